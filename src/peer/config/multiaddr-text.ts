// Multiaddrs as text: enough to tell a wrong one at once, without loading libp2p.

import { isIPv4, isIPv6 } from "node:net";

type Check = (value: string) => string | undefined;

const any: Check = () => undefined;

const protocols: Readonly<Record<string, Check | "nothing" | "path">> = {
  ip4: (value) => (isIPv4(value) ? undefined : `failed to parse ip4 addr: ${value}`),
  ip6: (value) => (isIPv6(value) ? undefined : `failed to parse ip6 addr: ${value}`),
  ip6zone: any,
  ipcidr: (value) => (isBelow(value, 255) ? undefined : "no number of bits"),
  dns: any,
  dns4: any,
  dns6: any,
  dnsaddr: any,
  tcp: portProblem,
  udp: portProblem,
  sctp: portProblem,
  p2p: any,
  ipfs: any,
  onion: any,
  onion3: any,
  garlic32: any,
  garlic64: any,
  sni: any,
  certhash: any,
  "http-path": any,
  memory: any,
  unix: "path",
  quic: "nothing",
  "quic-v1": "nothing",
  webtransport: "nothing",
  webrtc: "nothing",
  "webrtc-direct": "nothing",
  "p2p-circuit": "nothing",
  "p2p-webrtc-direct": "nothing",
  http: "nothing",
  https: "nothing",
  tls: "nothing",
  noise: "nothing",
  ws: "nothing",
  wss: "nothing",
  utp: "nothing",
};

/** What is wrong with a multiaddr, in go-multiaddr's words; undefined when nothing is. */
export function multiaddrProblem(text: string): string | undefined {
  const [first, ...parts] = text.replace(/\/+$/, "").split("/");
  if (first !== "") return "must begin with /";
  if (parts.length === 0) return "empty multiaddr";
  for (let at = 0; at < parts.length; at += 1) {
    const name = parts[at] ?? "";
    const check = Object.hasOwn(protocols, name) ? protocols[name] : undefined;
    if (check === undefined) return `unknown protocol ${name}`;
    if (check === "nothing") continue;
    const value = parts[at + 1];
    if (value === undefined) return "unexpected end of multiaddr";
    if (check === "path") return undefined;
    const problem = check(value);
    if (problem !== undefined) return `invalid value "${value}" for protocol ${name}: ${problem}`;
    at += 1;
  }
  return undefined;
}

/** The protocols and values of a multiaddr that is none the worse for it: `[["ip4","127.0.0.1"],["tcp","80"]]`. */
export function multiaddrParts(text: string): readonly (readonly [string, string])[] {
  const parts = text.replace(/\/+$/, "").split("/").slice(1);
  const result: (readonly [string, string])[] = [];
  for (let at = 0; at < parts.length; at += 1) {
    const name = parts[at] ?? "";
    const check = protocols[name];
    if (check === "path") {
      result.push([name, `/${parts.slice(at + 1).join("/")}`]);
      break;
    }
    if (check === "nothing") result.push([name, ""]);
    else result.push([name, parts[(at += 1)] ?? ""]);
  }
  return result;
}

function portProblem(value: string): string | undefined {
  const parsing = `failed to parse port addr: strconv.ParseUint: parsing "${value}"`;
  if (!/^\d+$/.test(value)) return `${parsing}: invalid syntax`;
  return isBelow(value, 65_535) ? undefined : `${parsing}: value out of range`;
}

function isBelow(value: string, max: number): boolean {
  return /^\d{1,5}$/.test(value) && Number(value) <= max;
}
