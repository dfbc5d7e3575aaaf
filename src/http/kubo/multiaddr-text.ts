import { isIPv4, isIPv6 } from "node:net";

import { multiaddr } from "@multiformats/multiaddr";

import { messageOf } from "#lib";
import { peerIdBytes, peerIdText } from "#model";

import { CommandError } from "./errors.ts";

/** A multiaddr, split before the peer that it ends in. */
export interface PeerAddress {
  /** In base58; undefined when the address does not end in /p2p/ID. */
  readonly peer: string | undefined;
  /** What is before /p2p/ID; empty when there is nothing. */
  readonly transport: string;
}

/** @throws {CommandError} worded as go-multiaddr 0.16 for what people get wrong */
export function parsePeerAddress(text: string): PeerAddress {
  const path = text.replace(/\/+$/, "");
  const problem = problemOf(path);
  if (problem !== undefined) throw invalid(path, problem);
  let parts: readonly { readonly name: string; readonly value?: string | undefined }[];
  try {
    parts = multiaddr(path).getComponents();
  } catch (cause) {
    throw invalid(path, messageOf(cause));
  }
  const last = parts.at(-1);
  const whole = parts.map(({ name, value }) => (value === undefined ? name : `${name}/${value}`));
  if (last?.name !== "p2p" || last.value === undefined) {
    return { peer: undefined, transport: `/${whole.join("/")}` };
  }
  const before = whole.slice(0, -1).join("/");
  const peer = peerIdText(peerIdBytes(last.value));
  return { peer, transport: before === "" ? "" : `/${before}` };
}

function invalid(path: string, problem: string): CommandError {
  return new CommandError(`failed to parse multiaddr ${JSON.stringify(path)}: ${problem}`);
}

/** The first value that is wrong, of the protocols that are in most addresses. */
function problemOf(path: string): string | undefined {
  if (path === "") return "empty multiaddr";
  if (!path.startsWith("/")) return "must begin with /";
  const parts = path.slice(1).split("/");
  for (let at = 0; at < parts.length; at += 2) {
    const [name = "", value] = parts.slice(at, at + 2);
    const check = checks.get(name);
    if (check === undefined) return isKnown(name) ? undefined : `unknown protocol ${name}`;
    if (value === undefined) return "unexpected end of multiaddr";
    const reason = check(value);
    if (reason === undefined) continue;
    return `invalid value ${JSON.stringify(value)} for protocol ${name === "ipfs" ? "p2p" : name}: ${reason}`;
  }
  return undefined;
}

const checks: ReadonlyMap<string, (value: string) => string | undefined> = new Map([
  ["ip4", (value) => (isIPv4(value) ? undefined : `failed to parse ip4 addr: ${value}`)],
  ["ip6", (value) => (isIPv6(value) ? undefined : `failed to parse ip6 addr: ${value}`)],
  ["tcp", portProblem],
  ["udp", portProblem],
  ["p2p", peerProblem],
  ["ipfs", peerProblem],
]);

function portProblem(value: string): string | undefined {
  const call = `failed to parse port addr: strconv.ParseUint: parsing ${JSON.stringify(value)}`;
  if (!/^\d+$/.test(value)) return `${call}: invalid syntax`;
  return Number(value) > 65_535 ? `${call}: value out of range` : undefined;
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

function isKnown(name: string): boolean {
  try {
    multiaddr(`/${name}`);
    return true;
  } catch (cause) {
    return !messageOf(cause).includes("unknown");
  }
}
