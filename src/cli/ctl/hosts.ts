import { lookup as lookupName } from "node:dns/promises";

import { codeOf, goQuote, messageOf } from "#lib";
import { multiaddrParts, multiaddrProblem } from "#model";

import { stop } from "./stop.ts";

type Part = readonly [protocol: string, value: string];

/** Before the multiaddr of an API over libp2p. */
export const libp2pScheme = "libp2p:";

/**
 * The addresses of `--host` as URLs, in their order; one with a peer id as `libp2p:` and itself. Names become all their IP
 * addresses, but not with HTTPS, where the certificate is the name's.
 * @throws {ExitError}
 */
export async function urlsOfHosts(
  hosts: string,
  isSecure: boolean,
  lookup: typeof resolveName = resolveName,
): Promise<readonly [string, ...string[]]> {
  const urls: string[] = [];
  for (const text of hosts.split(",")) {
    const parts = partsOf(text);
    if (parts.some(([name]) => name === "p2p" || name === "ipfs" || name === "dnsaddr")) {
      urls.push(libp2pUrl(text, parts));
    } else {
      const resolved = isSecure ? [parts] : await resolveParts(parts, lookup);
      urls.push(...resolved.map((each) => urlOf(each, isSecure)));
    }
  }
  const [first, ...rest] = urls;
  if (first === undefined) throw stop("creating API client", "no addresses");
  return [first, ...rest];
}

function partsOf(text: string): readonly Part[] {
  const problem = multiaddrProblem(text);
  if (problem === undefined) return multiaddrParts(text);
  const what = `failed to parse multiaddr ${goQuote(text)}: ${problem}`;
  throw stop("parsing host multiaddress", what);
}

function libp2pUrl(text: string, parts: readonly Part[]): string {
  const names = parts.map(([name]) => name);
  const at = names.findIndex((name) => name === "p2p" || name === "ipfs");
  if (at === 0) throw stop("creating API client", "APIAddr only includes a Peer ID");
  if (at > 0) return `${libp2pScheme}${text}`;
  throw stop("creating API client", `${text} names no peer: add /p2p/ID`);
}

const families: Readonly<Record<string, 0 | 4 | 6>> = { dns: 0, dns4: 4, dns6: 6 };

async function resolveParts(
  parts: readonly Part[],
  lookup: typeof resolveName,
): Promise<readonly (readonly Part[])[]> {
  const [first, ...rest] = parts;
  const family = families[first?.[0] ?? ""];
  if (first === undefined || family === undefined) return [parts];
  const found = await lookup(first[1], family);
  if (found.length > 0) return found.map((part) => [part].concat(rest));
  throw stop("creating configs", `resolving ${textOf(parts)} returned 0 results`);
}

/** The addresses of a name; none when it has none of that family. @throws {ExitError} for no such name */
async function resolveName(name: string, family: 0 | 4 | 6): Promise<readonly Part[]> {
  try {
    const found = await lookupName(name, { all: true, family: 0 });
    return found
      .filter((each) => family === 0 || each.family === family)
      .map((each) => [each.family === 6 ? "ip6" : "ip4", each.address] as const);
  } catch (error) {
    const code = codeOf(error);
    const problem = code === "ENOTFOUND" ? "no such host" : messageOf(error);
    throw stop("creating configs", `lookup ${name}: ${problem}`);
  }
}

const hostProtocols = new Set(["ip4", "ip6", "dns", "dns4", "dns6"]);

function urlOf(parts: readonly Part[], isSecure: boolean): string {
  const [[protocol, host] = ["", ""], [next, port] = ["", ""]] = parts;
  if (protocol === "unix") return `unix:${host}`;
  if (!hostProtocols.has(protocol)) {
    throw stop("creating API client", `${textOf(parts)} is not a 'thin waist' address`);
  }
  const name = protocol === "ip6" ? `[${host}]` : host;
  const end = next === "tcp" || next === "udp" ? `:${port}` : "";
  return `${isSecure ? "https" : "http"}://${name}${end}`;
}

function textOf(parts: readonly Part[]): string {
  return parts.map(([name, value]) => `/${name}${value === "" ? "" : `/${value}`}`).join("");
}
