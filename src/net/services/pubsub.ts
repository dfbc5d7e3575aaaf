import { type GossipSub, gossipsub, type Message, StrictSign } from "@libp2p/gossipsub";

import { abortReason } from "#lib";

import { MessageTooLargeError } from "../errors.ts";
import type { PubSub, PubSubMessage } from "../types.ts";
import { withBoundedStreams } from "./bounded-stream.ts";
import type { Libp2pParts } from "./libp2p-parts.ts";

/** An RPC of gossipsub; as go-libp2p-pubsub. The data of one message must leave room for its envelope. */
const rpcBytesMax = 1_048_576;
const envelopeBytesMax = 1_024;
/** What may wait for a slow peer before its stream is reset. */
const outboundBytesMax = 4 * rpcBytesMax;
const queueDefault = 256;
/** What is remembered of a bad peer that has gone; libp2p would keep it for an hour. */
const scoreMs = 600_000;

/** gossipsub with Kubo's choices: signed by the author, own messages to every peer of the topic. */
export function createGossip(): (parts: Libp2pParts) => GossipSub {
  const create = gossipsub({
    globalSignaturePolicy: StrictSign,
    emitSelf: true,
    floodPublish: true,
    allowPublishToZeroTopicPeers: true,
    fallbackToFloodsub: true,
    awaitRpcHandler: true,
    awaitRpcMessageHandler: true,
    maxInboundDataLength: rpcBytesMax,
    maxOutboundBufferSize: outboundBytesMax,
    maxInboundStreams: 4,
    maxOutboundStreams: 4,
    runOnLimitedConnection: false,
    // Peers of one home share an IP; Kubo does not score at all.
    scoreParams: { IPColocationFactorWeight: 0, retainScore: scoreMs },
  });
  return (parts) => create(withBoundedStreams(parts));
}

/** The door to gossipsub. A topic is left when its last subscription ends. */
export function openPubSub(gossip: GossipSub): PubSub & Disposable {
  const queues = new Map<string, Set<MessageQueue>>();
  const onMessage = ({ detail }: CustomEvent<Message>): void => {
    const message = decodeMessage(detail);
    if (message === undefined) return;
    for (const queue of queues.get(message.topic) ?? []) queue.push(message);
  };
  gossip.addEventListener("message", onMessage);
  const leave = (topic: string, queue: MessageQueue): void => {
    const others = queues.get(topic);
    if (others?.delete(queue) !== true || others.size > 0) return;
    queues.delete(topic);
    gossip.unsubscribe(topic);
  };
  return {
    topics: () => gossip.getTopics(),
    peers: (topic) =>
      (topic === undefined ? gossip.getPeers() : gossip.getSubscribers(topic)).map(String),
    async publish(topic, data) {
      const bytesMax = rpcBytesMax - envelopeBytesMax;
      if (data.length > bytesMax) throw new MessageTooLargeError(data.length, bytesMax);
      await gossip.publish(topic, data);
    },
    async subscribe(topic, { signal, queueMax = queueDefault } = {}) {
      if (signal?.aborted === true) throw abortReason(signal);
      const queue = new MessageQueue(queueMax, (ended) => leave(topic, ended));
      const others = queues.get(topic) ?? new Set();
      queues.set(topic, others.add(queue));
      if (others.size === 1) gossip.subscribe(topic);
      return queue.read(signal);
    },
    [Symbol.dispose]: () => {
      gossip.removeEventListener("message", onMessage);
      for (const set of queues.values()) for (const queue of set) queue.end();
    },
  };
}

/** Messages between gossipsub and one reader; the oldest go first when it is slow. */
class MessageQueue {
  readonly #sizeMax: number;
  readonly #onEnd: (queue: MessageQueue) => void;
  #messages: PubSubMessage[] = [];
  #wake: (() => void) | undefined;
  #isEnded = false;

  constructor(sizeMax: number, onEnd: (queue: MessageQueue) => void) {
    this.#sizeMax = sizeMax;
    this.#onEnd = onEnd;
  }

  push(message: PubSubMessage): void {
    this.#messages.push(message);
    if (this.#messages.length > this.#sizeMax) this.#messages.shift();
    this.#wake?.();
  }

  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#onEnd(this);
    this.#wake?.();
  }

  /** The subscription ends with the signal even when nobody reads. */
  read(signal: AbortSignal | undefined): AsyncIterable<PubSubMessage> {
    const onAbort = (): void => this.end();
    signal?.addEventListener("abort", onAbort, { once: true });
    const next = async (): Promise<IteratorResult<PubSubMessage, undefined>> => {
      while (this.#messages.length === 0 && !this.#isEnded) await this.#more();
      if (signal?.aborted === true) throw abortReason(signal);
      const value = this.#messages.shift();
      return value === undefined ? { done: true, value: undefined } : { done: false, value };
    };
    const stop = async (): Promise<IteratorResult<PubSubMessage, undefined>> => {
      signal?.removeEventListener("abort", onAbort);
      this.#messages = [];
      this.end();
      return { done: true, value: undefined };
    };
    return { [Symbol.asyncIterator]: () => ({ next, return: stop }) };
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}

function decodeMessage(message: Message): PubSubMessage | undefined {
  if (message.type !== "signed") return undefined;
  const sequenceNumber = new Uint8Array(8);
  new DataView(sequenceNumber.buffer).setBigUint64(0, message.sequenceNumber);
  const { topic, from, data } = message;
  return { topic, from: from.toString(), data, sequenceNumber };
}
