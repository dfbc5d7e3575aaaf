import { base64url } from "multiformats/bases/base64";
import { bases } from "multiformats/basics";

import { messageOf } from "#lib";

import { fileArgument, type KuboCommand, text } from "../command.ts";
import { CommandError } from "../errors.ts";
import { findNetwork, type PubSub, readPeerId } from "../network-access.ts";
import type { KuboOutput } from "../output.ts";
import type { KuboRequest } from "../request.ts";
import { readFirst } from "./routing-records.ts";
import { listOf, listOrNull } from "./swarm-text.ts";

const subscribe: KuboCommand = {
  path: "pubsub/sub",
  arguments: [{ name: "topic", type: "text", isRequired: true }],
  run: runSubscribe,
};

const publish: KuboCommand = {
  path: "pubsub/pub",
  arguments: [{ name: "topic", type: "text", isRequired: true }, fileArgument("data")],
  run: async (request) => {
    const topic = readTopic(request.arguments[0] ?? "");
    const pubsub = await requirePubSub(request);
    await pubsub.publish(topic, await readFirst(request.files));
  },
};

const list: KuboCommand = {
  path: "pubsub/ls",
  run: async (request, output) => {
    const topics = (await requirePubSub(request)).topics();
    const [value] = listOrNull(topics.map((topic) => encode(Buffer.from(topic))));
    const [, toText] = listOf(topics);
    await output.single(value, toText);
  },
};

const peers: KuboCommand = {
  path: "pubsub/peers",
  arguments: [{ name: "topic", type: "text" }],
  run: async (request, output) => {
    const [given] = request.arguments;
    const topic = given === undefined ? undefined : readTopic(given);
    const found = (await requirePubSub(request)).peers(topic);
    await output.single(...listOf(found.toSorted()));
  },
};

/** Kubo forgets here which sequence numbers it has seen; ours are forgotten by themselves. */
const reset: KuboCommand = {
  path: "pubsub/reset",
  options: [text("peer", "p")],
  run: runReset,
};

export const pubsubCommands: readonly KuboCommand[] = [subscribe, publish, list, peers, reset];

async function requirePubSub(request: KuboRequest): Promise<PubSub> {
  const pubsub = (await findNetwork(request))?.host.pubsub;
  if (pubsub !== undefined) return pubsub;
  throw new CommandError(
    "experimental pubsub feature not enabled, run daemon with --enable-pubsub-experiment to use",
  );
}

/** The head goes out when the subscription is there, so that a client knows when it can publish. Ends with the client. */
async function runSubscribe(request: KuboRequest, output: KuboOutput): Promise<void> {
  const topic = readTopic(request.arguments[0] ?? "");
  const pubsub = await requirePubSub(request);
  const messages = await pubsub.subscribe(topic, { signal: request.signal });
  output.begin();
  for await (const { from, data, sequenceNumber } of messages) {
    const value = {
      from,
      data: encode(data),
      seqno: encode(sequenceNumber),
      topicIDs: [encode(Buffer.from(topic))],
    };
    await output.emit(value, () => data);
  }
  request.signal.throwIfAborted();
}

async function runReset(request: KuboRequest, output: KuboOutput): Promise<void> {
  const peer = request.text("peer");
  if (peer === undefined) {
    return output.single({ deleted: 0 }, () => "Reset validator state for 0 peer(s)\n");
  }
  try {
    readPeerId(peer);
  } catch (cause) {
    throw new CommandError(`invalid peer ID: ${messageOf(cause)}`, { cause });
  }
  await output.single({ deleted: 0 }, () => `No validator state found for peer ${peer}\n`);
}

/** Topics and data are bytes; on the wire they are base64url with its multibase letter, and nothing else. */
function encode(bytes: Uint8Array): string {
  return base64url.encode(bytes);
}

/** @throws {CommandError} worded as Kubo and go-multibase */
function readTopic(argument: string): string {
  const problem = multibaseProblem(argument);
  if (problem !== undefined)
    throw new CommandError(`URL arg must be multibase encoded: ${problem}`);
  if (!argument.startsWith(base64url.prefix)) {
    throw new CommandError("URL arg must be base64url encoded");
  }
  return Buffer.from(base64url.decode(argument)).toString("utf8");
}

function multibaseProblem(encoded: string): string | undefined {
  if (encoded === "") return "cannot decode multibase for zero length string";
  const letter = encoded.charAt(0);
  const base = Object.values(bases).find(({ prefix }) => prefix === letter);
  // octal, decimal and z-base-32 are not in go-multibase
  if (base === undefined || "79h".includes(letter)) return "selected encoding not supported";
  try {
    base.decoder.decode(encoded);
    return undefined;
  } catch (cause) {
    return messageOf(cause);
  }
}
