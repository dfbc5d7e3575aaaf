import { lookup as lookupName } from "node:dns/promises";

import { multiaddr } from "@multiformats/multiaddr";

import { messageOf } from "#lib";

import { stop } from "./stop.ts";

interface Part {
  readonly name: string;
  readonly value?: string | undefined;
}

/**
 * The addresses of `--host` as URLs, in their order. Names become all their IP addresses, but not with HTTPS, where the
 * certificate is the name's.
 * @throws {ExitError}
 */
export async function urlsOfHosts(
  hosts: string,
  isSecure: boolean,
  lookup: typeof resolveName = resolveName,
): Promise<readonly [string, ...string[]]> {
  const urls: string[] = [];
  for (const parts of hosts.split(",").map(parseHost)) {
    if (parts.some(({ name }) => name === "p2p" || name === "dnsaddr")) {
      throw stop("creating API client", "libp2p-http is not supported: use an HTTP address");
    }
    const resolved = isSecure ? [parts] : await resolveParts(parts, lookup);
    urls.push(...resolved.map((each) => urlOf(each, isSecure)));
  }
  const [first, ...rest] = urls;
  if (first === undefined) throw stop("creating API client", "no addresses");
  return [first, ...rest];
}

function parseHost(text: string): readonly Part[] {
  // the rest of it is the path of a socket file
  if (/^\/unix\/./.test(text)) return [{ name: "unix", value: text.slice("/unix".length) }];
  const problem = problemOf(text);
  if (problem !== undefined) {
    const what = `failed to parse multiaddr ${JSON.stringify(text)}: ${problem}`;
    throw stop("parsing host multiaddress", what);
  }
  return multiaddr(text).getComponents();
}

/** What Go says about a text that is no multiaddr. */
function problemOf(text: string): string | undefined {
  if (text === "") return "empty multiaddr";
  if (!text.startsWith("/")) return "must begin with /";
  try {
    multiaddr(text).getComponents();
    return undefined;
  } catch (error) {
    return inWordsOfGo(text) ?? messageOf(error);
  }
}

function inWordsOfGo(text: string): string | undefined {
  const [name = "", value, ...rest] = text.replace(/\/+$/, "").slice(1).split("/");
  if (!Object.hasOwn(valueProblems, name))
    return isKnown(name) ? undefined : `unknown protocol ${name}`;
  if (value === undefined) return "unexpected end of multiaddr";
  const problem = valueProblems[name]?.(value);
  if (problem !== undefined)
    return `invalid value ${JSON.stringify(value)} for protocol ${name}: ${problem}`;
  return rest.length === 0 ? undefined : inWordsOfGo(`/${rest.join("/")}`);
}

function isKnown(name: string): boolean {
  try {
    multiaddr(`/${name}`);
    return true;
  } catch (error) {
    return !/unknown|not supported|no protocol/i.test(messageOf(error));
  }
}

type Check = (value: string) => string | undefined;

function ipCheck(name: "ip4" | "ip6"): Check {
  return (value) => {
    try {
      multiaddr(`/${name}/${value}`);
      return undefined;
    } catch {
      return `failed to parse ${name} addr: ${value}`;
    }
  };
}

const portCheck: Check = (value) => {
  const problem = `failed to parse port addr: strconv.ParseUint: parsing ${JSON.stringify(value)}`;
  if (!/^\d+$/.test(value)) return `${problem}: invalid syntax`;
  return Number(value) < 65_536 ? undefined : `${problem}: value out of range`;
};

const anything: Check = () => undefined;

/** Protocols with a value of one segment. */
const valueProblems: Readonly<Record<string, Check>> = {
  ip4: ipCheck("ip4"),
  ip6: ipCheck("ip6"),
  tcp: portCheck,
  udp: portCheck,
  dns: anything,
  dns4: anything,
  dns6: anything,
  dnsaddr: anything,
  p2p: anything,
};

const families: Readonly<Record<string, 0 | 4 | 6>> = { dns: 0, dns4: 4, dns6: 6 };

async function resolveParts(
  parts: readonly Part[],
  lookup: typeof resolveName,
): Promise<readonly (readonly Part[])[]> {
  const [first, ...rest] = parts;
  const family = families[first?.name ?? ""];
  if (first?.value === undefined || family === undefined) return [parts];
  const found = await lookup(first.value, family);
  if (found.length > 0) return found.map((part) => [part].concat(rest));
  const text = parts.map(({ name, value }) => `/${name}/${value ?? ""}`).join("");
  throw stop("creating configs", `resolving ${text} returned 0 results`);
}

/** The addresses of a name as parts; none when it has none of that family. @throws {ExitError} for no such name */
async function resolveName(name: string, family: 0 | 4 | 6): Promise<readonly Part[]> {
  try {
    const found = await lookupName(name, { all: true, family: 0 });
    return found
      .filter((each) => family === 0 || each.family === family)
      .map((each) => ({ name: each.family === 6 ? "ip6" : "ip4", value: each.address }));
  } catch (error) {
    const code: unknown = error instanceof Error ? Reflect.get(error, "code") : undefined;
    const problem = code === "ENOTFOUND" ? "no such host" : messageOf(error);
    throw stop("creating configs", `lookup ${name}: ${problem}`);
  }
}

function urlOf(parts: readonly Part[], isSecure: boolean): string {
  const [host, port] = parts;
  if (host?.name === "unix") return `unix:${host.value ?? ""}`;
  const isThin = ["ip4", "ip6", "dns", "dns4", "dns6"].includes(host?.name ?? "");
  if (host?.value === undefined || !isThin) {
    const text = parts.map(
      ({ name, value }) => `/${name}${value === undefined ? "" : `/${value}`}`,
    );
    throw stop("creating API client", `${text.join("")} is not a 'thin waist' address`);
  }
  const name = host.name === "ip6" ? `[${host.value}]` : host.value;
  const hasPort = port?.name === "tcp" || port?.name === "udp";
  return `${isSecure ? "https" : "http"}://${name}${hasPort ? `:${port.value}` : ""}`;
}
