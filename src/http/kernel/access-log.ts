import type { NodeExchange } from "./exchange.ts";

/** A request that is over, one way or the other. */
export interface AccessEntry {
  /** When its head was read, in milliseconds since the epoch. */
  readonly at: number;
  readonly remoteAddress: string;
  readonly method: string;
  /** The request target as sent. */
  readonly target: string;
  readonly httpVersion: string;
  readonly status: number;
  /** Bytes of the answer's body, without framing. */
  readonly bodyBytes: number;
}

export function accessEntryOf(exchange: NodeExchange, at: number): AccessEntry {
  const { request, response, method, remoteAddress, bodyBytes } = exchange;
  return {
    at,
    remoteAddress,
    method,
    target: request.url ?? "/",
    httpVersion: request.httpVersion,
    status: response.statusCode,
    bodyBytes,
  };
}

/**
 * A line in the Common Log Format, as gorilla/handlers 1.5 writes it for IPFS Cluster: no user, `@` for a unix socket.
 * Credentials are in no field of it; what a client sent is escaped.
 */
export function accessLogLine(entry: AccessEntry): string {
  const { remoteAddress, method, target, httpVersion, status, bodyBytes } = entry;
  const from = remoteAddress === "" ? "@" : remoteAddress;
  const request = `${method} ${escaped(target)} HTTP/${httpVersion}`;
  return `${from} - - [${logTime(entry.at)}] "${request}" ${status} ${bodyBytes}`;
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** `21/Nov/2026:13:32:58 +0000`. */
function logTime(at: number): string {
  const iso = new Date(at).toISOString();
  const month = months[Number(iso.slice(5, 7)) - 1];
  return `${iso.slice(8, 10)}/${month}/${iso.slice(0, 4)}:${iso.slice(11, 19)} +0000`;
}

/** A target that cannot end its quotes or its line; its bytes beyond ASCII as `\xNN`, since their encoding is unknown. */
function escaped(target: string): string {
  return target.replaceAll(/["\\]|[^\x20-\x7e]/g, (character) => {
    if (character === '"' || character === "\\") return `\\${character}`;
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
}
