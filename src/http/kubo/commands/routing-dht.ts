import { peerIdBytes } from "#model";

import { bool, type KuboCommand } from "../command.ts";
import { AskedWronglyError, CommandError } from "../errors.ts";
import { findNetwork, routingFailure } from "../network-access.ts";
import type { KuboOutput } from "../output.ts";
import type { KuboRequest } from "../request.ts";
import { eventType, EventWriter, type OwnText } from "./routing-events.ts";

const query: KuboCommand = {
  path: "dht/query",
  arguments: [{ name: "peerID", type: "text", isRequired: true, isVariadic: true }],
  options: [bool("verbose", "v")],
  run: runQuery,
};

/** What became of the rest of `dht`. */
const removed = ["findprovs", "findpeer", "get", "put", "provide"].map((name): KuboCommand => ({
  path: `dht/${name}`,
  run: () => Promise.reject(new CommandError("removed, use 'ipfs routing' instead")),
}));

export const dhtCommands: readonly KuboCommand[] = [query, ...removed];

async function runQuery(request: KuboRequest, output: KuboOutput): Promise<void> {
  const dht = (await findNetwork(request))?.host.dht;
  if (dht === undefined) throw new CommandError("routing service is not a DHT");
  const key = readKey(request.arguments[0] ?? "");
  const events = new EventWriter(request, output, closestText);
  const options = { signal: request.signal, onEvent: events.tell };
  try {
    for await (const { peer } of dht.closestPeers(key, options)) {
      await events.emit({ Extra: "", ID: peer, Responses: null, Type: eventType.finalPeer });
    }
  } catch (cause) {
    request.signal.throwIfAborted();
    const reason = routingFailure(cause);
    await events.fail(reason);
    throw new CommandError(reason, { cause });
  }
}

function readKey(text: string): Uint8Array {
  try {
    return peerIdBytes(text);
  } catch (cause) {
    throw new AskedWronglyError("invalid peer ID", { cause });
  }
}

const closestText: OwnText = ({ Type, ID }) =>
  Type === eventType.finalPeer ? `${ID}\n` : undefined;
