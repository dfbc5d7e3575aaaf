import type { IpfsConnector } from "#cluster";
import { asError, type Clock, type Logger } from "#lib";
import { type CID, parseCid, parseContentPath, type PinMode } from "#model";

import type { NodeAddress } from "../node-address.ts";
import {
  decode,
  gcAnswer,
  idAnswer,
  refsAnswer,
  repoStatAnswer,
  resolveAnswer,
  swarmPeersAnswer,
} from "./answers.ts";
import { GarbageKeptError, KuboAnswerError, KuboDamagedError, PinsUnknownError } from "./errors.ts";
import { KuboPins } from "./kubo-pins.ts";
import { KuboRpc } from "./kubo-rpc.ts";
import { KuboWriter } from "./kubo-writer.ts";
import { NodeLink } from "./node-link.ts";
import type { KuboCallOptions } from "./open-answer.ts";
import { PinSnapshots } from "./pin-snapshot.ts";

/** How long the node's description is not asked for again. */
const idTtlMs = 1000;
/** For a quick look. */
const quickMs = 1000;
/** Questions about so many pins are answered from one list, fewer one by one. */
const snapshotFrom = 200;

/** Section `ipfs_connector.ipfshttp`. */
export interface KuboConnectorOptions {
  readonly address: NodeAddress;
  readonly requestTimeoutMs: number;
  readonly unpinTimeoutMs: number;
  readonly repoGcTimeoutMs: number;
  readonly isUnpinDisabled: boolean;
}

export interface KuboConnector extends IpfsConnector, AsyncDisposable {
  /** Resolves when the node has answered for the first time. */
  readonly ready: Promise<void>;
  /** Called when the node answers after it was away, or when it came late. */
  onReturn(callback: () => void): void;
  /** Fails every call that is under way, and those to come: nobody waits for a node that is slow any more. */
  endCalls(): void;
  /** Lets the node connect to another. @throws when it cannot */
  connectSwarm(address: string, options: { readonly signal: AbortSignal }): Promise<void>;
}

export interface KuboConnectorDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  /** A text that no content holds by chance: it parts the blocks of an upload. */
  readonly newBoundary: () => string;
}

/** The cluster's IpfsConnector over the RPC of a Kubo elsewhere, which may be away, come late, go and come back. */
export function createKuboConnector(
  deps: KuboConnectorDeps,
  options: KuboConnectorOptions,
): KuboConnector {
  const { clock, logger } = deps;
  const { address, requestTimeoutMs: timeoutMs } = options;
  const onReached = (isReached: boolean): void => link.note(isReached);
  const rpc = new KuboRpc({ address, clock, onReached });
  let lastId: string | undefined;
  const link = new NodeLink({
    clock,
    logger,
    ask: async (signal) => {
      lastId = (await describe(rpc, { signal, timeoutMs })).id;
    },
  });
  const pins = new KuboPins({ rpc, clock }, options);
  const snapshots = new PinSnapshots({ clock, list: () => pins.list() });
  const id = remembered(clock, async () => {
    const node = await describe(rpc, { timeoutMs });
    lastId = node.id;
    return node;
  });
  return {
    ready: link.ready,
    onReturn: (callback) => link.onReturn(callback),
    endCalls: () => rpc.endCalls(),
    id,
    lastId: () => lastId,
    pin: (pin, call) => pins.pin(pin, call),
    // a collection of the node's garbage may have taken some: that fails, and does not wait for others to have it
    pinWritten: (pin) => pins.pin(pin, { isLocalOnly: true }),
    unpin: (cid, call) => pins.unpin(cid, call),
    pinStatus: (cid, call) => pins.status(cid, call),
    pinStatuses: (cids) => statusesOf(cids, { pins, snapshots }),
    pinProgress: (cid) => pins.progress(cid),
    pinList: () => pins.list(),
    hasBlock: (cid) => hasBlock(rpc, cid),
    resolve: (path, call) => resolve(rpc, path, { ...call, timeoutMs }),
    linksOf: (cid, call) => linksOf(rpc, cid, { ...call, timeoutMs }),
    swarmPeers: async (call) => {
      const answer = await rpc.json("swarm/peers", { ...call, timeoutMs });
      const { Peers } = decode(swarmPeersAnswer, answer, "swarm/peers");
      return [...new Set(Peers?.map(({ Peer }) => Peer))];
    },
    repoStat: async () => {
      const call = "repo/stat?size-only=true";
      const stat = decode(repoStatAnswer, await rpc.json(call, { timeoutMs }), call);
      return { repoSize: stat.RepoSize, storageMax: stat.StorageMax };
    },
    openWriter: () => new KuboWriter(rpc, { timeoutMs, boundary: deps.newBoundary() }),
    collectGarbage: (call) => collect(rpc, { ...call, timeoutMs: options.repoGcTimeoutMs }),
    connectSwarm: async (other, call) => {
      await rpc.json(`swarm/connect?arg=${encodeURIComponent(other)}`, { ...call, timeoutMs });
    },
    [Symbol.asyncDispose]: async () => {
      snapshots[Symbol.dispose]();
      await link[Symbol.asyncDispose]();
      rpc[Symbol.dispose]();
    },
  };
}

interface NodeDescription {
  readonly id: string;
  readonly addresses: readonly string[];
}

async function describe(rpc: KuboRpc, options: KuboCallOptions): Promise<NodeDescription> {
  const { ID, Addresses } = decode(idAnswer, await rpc.json("id", options), "id");
  return { id: ID, addresses: Addresses ?? [] };
}

/** One question at a time, and its answer, or failure, for a short while: every status asks who the node is. */
function remembered<T>(clock: Clock, ask: () => Promise<T>): () => Promise<T> {
  let last: { readonly answer: Promise<T>; until: number } | undefined;
  return () => {
    if (last !== undefined && clock.now() < last.until) return last.answer;
    const current = { answer: ask(), until: Number.POSITIVE_INFINITY };
    last = current;
    const settle = (): void => {
      current.until = clock.now() + idTtlMs;
    };
    current.answer.then(settle, settle);
    return current.answer;
  };
}

async function statusesOf(
  cids: readonly CID[],
  { pins, snapshots }: { readonly pins: KuboPins; readonly snapshots: PinSnapshots },
): Promise<readonly (PinMode | undefined)[]> {
  try {
    const modes = cids.length < snapshotFrom ? undefined : await snapshots.modesOf(cids);
    return modes ?? (await Promise.all(cids.map((cid) => pins.status(cid))));
  } catch (cause) {
    throw new PinsUnknownError(asError(cause));
  }
}

/** A node that is slow, or away, has nothing that is worth waiting for. */
async function hasBlock(rpc: KuboRpc, cid: CID): Promise<boolean> {
  const call = `block/stat?arg=${cid.toString()}&offline=true`;
  try {
    await rpc.json(call, { timeoutMs: quickMs });
    return true;
  } catch {
    return false;
  }
}

async function linksOf(rpc: KuboRpc, cid: CID, options: KuboCallOptions): Promise<readonly CID[]> {
  const call = `refs?arg=${cid.toString()}`;
  const links: CID[] = [];
  for await (const line of rpc.lines(call, options)) {
    const { Ref, Err: problem = "" } = decode(refsAnswer, line, call);
    // a success all the same, as Kubo sees it
    if (problem !== "") throw new KuboAnswerError({ call, status: 200 }, problem);
    links.push(parseCid(Ref));
  }
  return links;
}

/** As IPFS Cluster: what is a CID already is not asked for, and of a longer answer the root counts. */
async function resolve(rpc: KuboRpc, path: string, options: KuboCallOptions): Promise<CID> {
  const { cid, segments } = parseContentPath(path);
  if (cid !== undefined && segments.length === 0) return cid;
  const rooted = path.startsWith("/") ? path : `/ipfs/${path}`;
  const call = `resolve?arg=${encodeURIComponent(rooted)}`;
  const { Path } = decode(resolveAnswer, await rpc.json(call, options), call);
  const found = parseContentPath(Path).cid;
  if (found === undefined) throw new KuboDamagedError(call, `${Path} is mutable`);
  return found;
}

/** What cannot be removed is told at the end: the rest goes all the same. */
async function* collect(rpc: KuboRpc, options: KuboCallOptions): AsyncGenerator<CID> {
  const call = "repo/gc?stream-errors=true";
  const problems: string[] = [];
  for await (const line of rpc.lines(call, options)) {
    const { Key, Error: problem = "" } = decode(gcAnswer, line, call);
    if (problem !== "" && problems.length < problemsMax) problems.push(problem);
    if (problem === "" && Key !== undefined && Key !== null) yield parseCid(Key["/"]);
  }
  if (problems.length > 0) throw new GarbageKeptError(problems);
}

/** Of a collection that goes wrong, so many reasons are told. */
const problemsMax = 100;
