// Multiaddrs as text, without libp2p: enough to tell a wrong one at once, in the words of go-multiaddr 0.16.

import { isIPv4, isIPv6 } from "node:net";

import { goQuote, messageOf } from "#lib";

import { peerIdBytes } from "./peer-id.ts";

/** What is wrong with a value; undefined when nothing is. */
type Check = (value: string) => string | undefined;

const unchecked: Check = () => undefined;

/** By protocol: how its value is checked; `nothing` when it has none, `path` when everything that follows is its value. */
const protocols = new Map<string, Check | "nothing" | "path">([
  ["ip4", (value) => (isIPv4(value) ? undefined : `failed to parse ip4 addr: ${value}`)],
  ["ip6", (value) => (isIPv6(value) ? undefined : `failed to parse ip6 addr: ${value}`)],
  ["ip6zone", unchecked],
  ["ipcidr", (value) => numberProblem(value, 255)],
  ["dns", nameProblem],
  ["dns4", nameProblem],
  ["dns6", nameProblem],
  ["dnsaddr", nameProblem],
  ["tcp", portProblem],
  ["udp", portProblem],
  ["dccp", portProblem],
  ["sctp", portProblem],
  ["p2p", peerProblem],
  ["ipfs", peerProblem],
  ["onion", unchecked],
  ["onion3", unchecked],
  ["garlic32", unchecked],
  ["garlic64", unchecked],
  ["sni", unchecked],
  ["certhash", unchecked],
  ["http-path", unchecked],
  ["memory", unchecked],
  ["unix", "path"],
  ["quic", "nothing"],
  ["quic-v1", "nothing"],
  ["webtransport", "nothing"],
  ["webrtc", "nothing"],
  ["webrtc-direct", "nothing"],
  ["p2p-circuit", "nothing"],
  ["p2p-webrtc-direct", "nothing"],
  ["http", "nothing"],
  ["https", "nothing"],
  ["tls", "nothing"],
  ["noise", "nothing"],
  ["plaintextv2", "nothing"],
  ["ws", "nothing"],
  ["wss", "nothing"],
  ["udt", "nothing"],
  ["utp", "nothing"],
]);

/** What is wrong with a multiaddr; undefined when nothing is. */
export function multiaddrProblem(text: string): string | undefined {
  const [first, ...parts] = text.replace(/\/+$/, "").split("/");
  if (first !== "") return "must begin with /";
  if (parts.length === 0) return "empty multiaddr";
  for (let at = 0; at < parts.length; at += 1) {
    const name = parts[at] ?? "";
    const check = protocols.get(name);
    if (check === undefined) return `unknown protocol ${name}`;
    if (check === "nothing") continue;
    const value = parts[at + 1];
    if (value === undefined) return "unexpected end of multiaddr";
    if (check === "path") return undefined;
    const problem = check(value);
    if (problem !== undefined) {
      const protocol = name === "ipfs" ? "p2p" : name;
      return `invalid value ${goQuote(value)} for protocol ${protocol}: ${problem}`;
    }
    at += 1;
  }
  return undefined;
}

/** The protocols and values of a multiaddr in which nothing is wrong: `[["ip4","127.0.0.1"],["tcp","80"]]`. */
export function multiaddrParts(text: string): readonly (readonly [string, string])[] {
  const parts = text.replace(/\/+$/, "").split("/").slice(1);
  const result: (readonly [string, string])[] = [];
  for (let at = 0; at < parts.length; at += 1) {
    const name = parts[at] ?? "";
    const check = protocols.get(name);
    if (check === "path") {
      result.push([name, `/${parts.slice(at + 1).join("/")}`]);
      break;
    }
    if (check === "nothing") result.push([name, ""]);
    else result.push([name, parts[(at += 1)] ?? ""]);
  }
  return result;
}

function nameProblem(value: string): string | undefined {
  return value === "" ? "empty dns addr" : undefined;
}

function portProblem(value: string): string | undefined {
  const problem = numberProblem(value, 65_535);
  return problem === undefined ? undefined : `failed to parse port addr: ${problem}`;
}

function numberProblem(value: string, max: number): string | undefined {
  const parsing = `strconv.ParseUint: parsing ${goQuote(value)}`;
  if (!/^\d+$/.test(value)) return `${parsing}: invalid syntax`;
  return Number(value) <= max ? undefined : `${parsing}: value out of range`;
}

function peerProblem(value: string): string | undefined {
  try {
    peerIdBytes(value);
    return undefined;
  } catch (cause) {
    const reason = messageOf(cause).replace("failed to parse peer ID: ", "");
    return `failed to parse p2p addr: ${value} ${reason}`;
  }
}
