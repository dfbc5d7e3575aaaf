import { isIPv4, isIPv6 } from "node:net";

/** Where an HTTP listener binds. */
export interface ListenAddress {
  /** As configured: a multiaddr. */
  readonly text: string;
  /** A name or address, or `/unix/<path>`. */
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
}

/** Reads `/ip4|ip6|dns|dns4|dns6/HOST/tcp/PORT[/http]` and `/unix/PATH`; undefined when it is something else. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  if (/^\/unix\/+[^/]/.test(text)) return { text, host: text, port: 0 };
  const match = /^\/(ip4|ip6|dns|dns4|dns6)\/([^/]+)\/tcp\/(\d{1,5})(?:\/http)?\/?$/.exec(text);
  if (match === null) return undefined;
  const [, protocol, host = "", portText] = match;
  const port = Number(portText);
  if (port > 65_535) return undefined;
  if (protocol === "ip4" && !isIPv4(host)) return undefined;
  if (protocol === "ip6" && !isIPv6(host)) return undefined;
  return { text, host, port };
}
