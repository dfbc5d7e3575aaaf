import { multiaddr } from "@multiformats/multiaddr";

import { messageOf } from "#lib";
import { multiaddrProblem, peerIdBytes, peerIdText } from "#model";

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
  const problem = multiaddrProblem(path);
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
