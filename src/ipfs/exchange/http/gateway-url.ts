import type { Provider } from "../types.ts";

const httpTransport = "transport-ipfs-gateway-http";

/** Base URLs at which a provider answers HTTP; none when it does not say that it does. */
export function gatewayUrlsOf({ protocols, addresses }: Provider): readonly string[] {
  if (protocols.length > 0 && !protocols.includes(httpTransport)) return [];
  return addresses.flatMap((address) => gatewayUrl(address) ?? []);
}

/**
 * The base URL of a multiaddr such as `/dns4/example.org/tcp/443/tls/http` or `/dns/example.org/https`; undefined when it
 * is not one of HTTP. Without TLS only addresses of this machine and of private networks count, as in boxo.
 */
export function gatewayUrl(address: string): string | undefined {
  const [, kind = "", host = "", ...rest] = address.split("/");
  const hasPort = rest[0] === "tcp";
  const security = (hasPort ? rest.slice(2) : rest).join("/").replace(/\/?p2p\/.*$/, "");
  const isSecure = /^(https|tls\/(sni\/[^/]+\/)?http)$/.test(security);
  if (!isSecure && security !== "http") return undefined;
  const port = hasPort ? Number(rest[1]) : isSecure ? 443 : 80;
  if (!Number.isInteger(port) || port < 1 || port > 65_535) return undefined;
  if (!isHost(kind, host) || (!isSecure && !isPrivate(kind, host))) return undefined;
  const name = kind === "ip6" ? `[${host}]` : host;
  const url = `${isSecure ? "https" : "http"}://${name}:${port}`;
  return URL.canParse(url) ? new URL(url).origin : undefined;
}

/** A configured gateway as a base URL without a slash at its end; undefined when it is no HTTP URL. */
export function baseUrl(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, origin, pathname } = new URL(text);
  if (protocol !== "http:" && protocol !== "https:") return undefined;
  return `${origin}${pathname.replace(/\/+$/, "")}`;
}

function isHost(kind: string, host: string): boolean {
  if (kind === "ip4") return /^\d{1,3}(\.\d{1,3}){3}$/.test(host);
  if (kind === "ip6") return /^[0-9a-f:.]+$/i.test(host);
  return ["dns", "dns4", "dns6"].includes(kind) && /^[a-z0-9.-]+$/i.test(host);
}

function isPrivate(kind: string, host: string): boolean {
  if (kind === "ip4") return /^(127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)/.test(host);
  return kind === "ip6" && /^(::1$|f[cd])/i.test(host);
}
