import { formatDuration, messageOf } from "#lib";

import { bool, boolTrue, type KuboCommand, pathArgument, text } from "../command.ts";
import { AskedWronglyError, CommandError } from "../errors.ts";
import { isOffline } from "../network-access.ts";
import type { KuboOutput } from "../output.ts";
import { createPeerIdEncoder } from "../peer-id-encoder.ts";
import type { KuboRequest } from "../request.ts";
import { ipnsBase, keyEncoder } from "./key-options.ts";
import { nameInspect } from "./name-inspect.ts";
import { checkPublishing, readDuration, resolveOptions } from "./name-options.ts";
import { nameRecordCommands } from "./name-records.ts";
import { printable } from "./swarm-text.ts";

const publish: KuboCommand = {
  path: "name/publish",
  arguments: [pathArgument("ipfs-path", false)],
  options: [
    { names: ["key", "k"], type: "string", default: "self" },
    boolTrue("resolve"),
    text("lifetime", "t"),
    text("ttl"),
    bool("quieter", "Q"),
    boolTrue("v1compat"),
    bool("allow-offline"),
    bool("allow-delegated"),
    { names: ["sequence"], type: "uint64" },
    ipnsBase,
  ],
  run: runPublish,
};

const resolve: KuboCommand = {
  path: "name/resolve",
  arguments: [{ name: "name", type: "text" }],
  options: [
    boolTrue("recursive", "r"),
    bool("nocache", "n"),
    { names: ["dht-record-count", "dhtrc"], type: "uint" },
    text("dht-timeout", "dhtt"),
    bool("stream", "s"),
  ],
  run: runResolve,
};

const pubsubState: KuboCommand = {
  path: "name/pubsub/state",
  run: (_request, output) => output.single({ Enabled: false }, () => "disabled\n"),
};

const pubsubSubs: KuboCommand = {
  path: "name/pubsub/subs",
  options: [ipnsBase],
  run: async (request) => {
    keyEncoder(request);
    return refusePubsub();
  },
};

const pubsubCancel: KuboCommand = {
  path: "name/pubsub/cancel",
  arguments: [{ name: "name", type: "text", isRequired: true }],
  run: refusePubsub,
};

export const nameCommands: readonly KuboCommand[] = [
  publish,
  resolve,
  nameInspect,
  ...nameRecordCommands,
  pubsubState,
  pubsubSubs,
  pubsubCancel,
];

/** Kubo's, until the configuration says otherwise. */
const defaultLifetimeMs = 48 * 3_600_000;

async function runPublish(request: KuboRequest, output: KuboOutput): Promise<void> {
  checkPublishing(request);
  const { lifetimeMs, ttlMs } = readTimes(request);
  const [path = ""] = request.arguments;
  const value = /^(?:\/|ip[fn]s:)/.test(path) ? path : `/ipfs/${path}`;
  const { signal } = request;
  if (request.flag("resolve") === true) {
    const cid = await request.resolveBlock(path);
    await request.source.get(cid, { signal });
  }
  const sequence = request.text("sequence");
  const published = await request.deps.ipfs.names.publish(value, {
    key: request.text("key") ?? "self",
    ...(lifetimeMs === undefined ? {} : { lifetimeMs }),
    ...(ttlMs === undefined ? {} : { ttlMs }),
    ...(sequence === undefined ? {} : { sequence: BigInt(sequence) }),
    isV1Compatible: request.flag("v1compat") === true,
    isOfflineAllowed: request.flag("allow-offline") === true,
    isLocalOnly: isOffline(request),
    signal,
  });
  const name = createPeerIdEncoder("base36")(published.peer);
  await output.single({ Name: name, Value: published.value }, () =>
    request.flag("quieter") === true
      ? `${name}\n`
      : `Published to ${name}: ${printable(published.value)}\n`,
  );
}

function readTimes(request: KuboRequest): {
  readonly lifetimeMs: number | undefined;
  readonly ttlMs: number | undefined;
} {
  const [lifetime, ttl] = [request.text("lifetime"), request.text("ttl")];
  let lifetimeMs: number | undefined;
  if (lifetime !== undefined) {
    try {
      lifetimeMs = readDuration(lifetime);
    } catch (cause) {
      throw new CommandError(`error parsing lifetime option: ${messageOf(cause)}`, { cause });
    }
    if (lifetimeMs <= 0) {
      throw new CommandError(`lifetime must be greater than zero, got ${lifetime}`);
    }
  }
  if (ttl === undefined) return { lifetimeMs, ttlMs: undefined };
  const ttlMs = readDuration(ttl);
  const limitMs = lifetimeMs ?? defaultLifetimeMs;
  if (ttlMs < 0) throw new CommandError(`ttl must not be negative, got ${ttl}`);
  if (ttlMs <= limitMs) return { lifetimeMs, ttlMs };
  const [shown, limit] = [formatDuration(ttlMs), formatDuration(limitMs)];
  throw new CommandError(`ttl (${shown}) must not be greater than lifetime (${limit})`);
}

async function runResolve(request: KuboRequest, output: KuboOutput): Promise<void> {
  const { names, identity } = request.deps.ipfs;
  const [name = identity.id] = request.arguments;
  const options = resolveOptions(request);
  if (request.flag("stream") !== true) {
    const { path } = await names.resolve(name, options);
    return output.single(...answerOf(path));
  }
  for await (const { path } of names.resolveStream(name, options)) {
    await output.emit(...answerOf(path));
  }
}

function answerOf(path: string): [value: { readonly Path: string }, text: () => string] {
  return [{ Path: path }, () => `${path}\n`];
}

function refusePubsub(): Promise<never> {
  return Promise.reject(new AskedWronglyError("IPNS pubsub subsystem is not enabled"));
}
