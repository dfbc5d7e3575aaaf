import type { PinOptions, SignalOptions } from "#model";

import { addParamsToQuery, type AddWishes } from "./add-params.ts";
import { pinOptionsToQuery } from "./pin-options.ts";
import { restDocument, type RestRequest, restStream, type RestTarget } from "./rest-transport.ts";
import type { Scope } from "./scopes.ts";
import type {
  AddedOutputJson,
  AlertJson,
  BandwidthJson,
  ConnectGraphJson,
  GlobalPinInfoJson,
  GlobalRepoGcJson,
  IdJson,
  MetricJson,
  PinJson,
  TokenJson,
  VersionJson,
} from "./types.ts";
import { encodeUpload, type UploadEntry } from "./upload.ts";

export type LocalOptions = SignalOptions & {
  /** Ask this one peer alone. */
  readonly local?: boolean;
};

export type StatusAllOptions = LocalOptions & {
  /** Status names, comma-separated. */
  readonly filter?: string;
  readonly cids?: readonly string[];
};

export type AddOptions = SignalOptions & {
  readonly params?: AddWishes;
  /** Bytes of content sent so far. */
  readonly onProgress?: (bytesSent: number) => void;
};

export type TokenOptions = SignalOptions & {
  readonly scopes?: readonly Scope[];
  /** A time from now on such as `12h` or `30d`, a moment, or `never`. */
  readonly expires?: string;
};

/**
 * A client of IPFS Cluster's REST API. Documents are answered as they came. Streams end with a RestApiError when the
 * server says so in its trailer. A target is a CID, or a path `/ipfs/…`, `/ipns/…`, `/ipld/…`.
 * Every call throws {RestApiError}.
 */
export interface RestClient {
  id(options?: SignalOptions): Promise<IdJson>;
  version(options?: SignalOptions): Promise<VersionJson>;
  /** Resolves when the peer answers. */
  health(options?: SignalOptions): Promise<void>;
  peers(options?: SignalOptions): AsyncIterable<IdJson>;
  peerAdd(peerId: string, options?: SignalOptions): Promise<IdJson>;
  peerRemove(peerId: string, options?: SignalOptions): Promise<void>;
  pin(target: string, options?: Partial<PinOptions> & SignalOptions): Promise<PinJson>;
  unpin(target: string, options?: SignalOptions): Promise<PinJson>;
  status(cid: string, options?: LocalOptions): Promise<GlobalPinInfoJson>;
  statusAll(options?: StatusAllOptions): AsyncIterable<GlobalPinInfoJson>;
  recover(cid: string, options?: LocalOptions): Promise<GlobalPinInfoJson>;
  /** Yields what was queued again. */
  recoverAll(options?: LocalOptions): AsyncIterable<GlobalPinInfoJson>;
  allocation(cid: string, options?: SignalOptions): Promise<PinJson>;
  /** `filter`: pin type names, comma-separated. */
  allocations(options?: SignalOptions & { readonly filter?: string }): AsyncIterable<PinJson>;
  /**
   * Uploads and pins, as a stream in both directions. What it yields promises nothing until it has ended without an error.
   * With `params.format` "car" there is one entry, a file.
   */
  add(
    entries: AsyncIterable<UploadEntry> | Iterable<UploadEntry>,
    options?: AddOptions,
  ): AsyncIterable<AddedOutputJson>;
  metricNames(options?: SignalOptions): Promise<readonly string[]>;
  metrics(name: string, options?: SignalOptions): Promise<readonly MetricJson[]>;
  alerts(options?: SignalOptions): Promise<readonly AlertJson[]>;
  bandwidth(options?: SignalOptions): Promise<BandwidthJson>;
  connectGraph(options?: SignalOptions): Promise<ConnectGraphJson>;
  repoGc(options?: LocalOptions): Promise<GlobalRepoGcJson>;
  /** A token for whoever asks: a JWT as IPFS Cluster's, or with options one that ends and can be revoked. */
  createToken(options?: TokenOptions): Promise<TokenJson>;
}

/** Opens nothing: connections are made by its calls. */
export function createRestClient(target: RestTarget): RestClient {
  const one = <T>(request: RestRequest): Promise<T> => restDocument<T>(target, request);
  const many = <T>(request: RestRequest): AsyncIterable<T> => restStream<T>(target, request);
  const get = <T>(path: string, options?: SignalOptions): Promise<T> =>
    one<T>({ method: "GET", path, signal: options?.signal });
  return {
    id: (options) => get("/id", options),
    version: (options) => get("/version", options),
    health: (options) => get("/health", options),
    peers: (options) => many({ method: "GET", path: "/peers", ...signalOf(options) }),
    peerAdd: (peerId, options) =>
      one({
        method: "POST",
        path: "/peers",
        headers: { "Content-Type": "application/json" },
        body: single(JSON.stringify({ peer_id: peerId })),
        signal: options?.signal,
      }),
    peerRemove: (peerId, options) =>
      one({ method: "DELETE", path: `/peers/${encodeURIComponent(peerId)}`, ...signalOf(options) }),
    pin: (pinned, options = {}) =>
      one({
        method: "POST",
        path: pinPath(pinned),
        query: pinOptionsToQuery(options),
        ...signalOf(options),
      }),
    unpin: (pinned, options) =>
      one({ method: "DELETE", path: pinPath(pinned), ...signalOf(options) }),
    status: (cid, options) =>
      one({ method: "GET", path: pinPath(cid), query: local(options), ...signalOf(options) }),
    statusAll: (options) =>
      many({ method: "GET", path: "/pins", query: statusQuery(options), ...signalOf(options) }),
    recover: (cid, options) =>
      one({
        method: "POST",
        path: `${pinPath(cid)}/recover`,
        query: local(options),
        ...signalOf(options),
      }),
    recoverAll: (options) =>
      many({ method: "POST", path: "/pins/recover", query: local(options), ...signalOf(options) }),
    allocation: (cid, options) => get(`/allocations/${encodeURIComponent(cid)}`, options),
    allocations: (options) =>
      many({
        method: "GET",
        path: "/allocations",
        query: new URLSearchParams(options?.filter === undefined ? {} : { filter: options.filter }),
        ...signalOf(options),
      }),
    add: (entries, options = {}) => many(addRequest(entries, options)),
    metricNames: (options) => get("/monitor/metrics", options),
    metrics: (name, options) => get(`/monitor/metrics/${encodeURIComponent(name)}`, options),
    alerts: (options) => get("/health/alerts", options),
    bandwidth: (options) => get("/health/bandwidth", options),
    connectGraph: (options) => get("/health/graph", options),
    repoGc: (options) =>
      one({ method: "POST", path: "/ipfs/gc", query: local(options), ...signalOf(options) }),
    createToken: (options) =>
      one({ method: "POST", path: "/token", query: tokenQuery(options), ...signalOf(options) }),
  };
}

function tokenQuery({ scopes, expires }: TokenOptions = {}): URLSearchParams {
  return new URLSearchParams({
    ...(scopes !== undefined && { scope: scopes.join(",") }),
    ...(expires !== undefined && { expires }),
  });
}

function addRequest(
  entries: AsyncIterable<UploadEntry> | Iterable<UploadEntry>,
  options: AddOptions,
): RestRequest {
  const boundary = `pinfold-${crypto.randomUUID()}`;
  const { onProgress, params = {} } = options;
  const upload = encodeUpload(entries, { boundary, ...(onProgress && { onProgress }) });
  return {
    method: "POST",
    path: "/add",
    query: addParamsToQuery({ ...params, streamChannels: true }),
    headers: { "Content-Type": upload.contentType },
    body: upload.bytes,
    ...signalOf(options),
  };
}

function pinPath(target: string): string {
  const segments = target.split("/").filter((segment) => segment !== "");
  return `/pins/${segments.map(encodeURIComponent).join("/")}`;
}

/** The commas of CIDs stay commas, as in IPFS Cluster's own client. */
function statusQuery({ filter = "", cids = [], ...options }: StatusAllOptions = {}): string {
  const query = local(options);
  query.set("filter", filter);
  return `${query.toString()}&cids=${cids.map(encodeURIComponent).join(",")}`;
}

function local(options: LocalOptions | undefined): URLSearchParams {
  return new URLSearchParams({ local: String(options?.local === true) });
}

function signalOf(options: SignalOptions | undefined): SignalOptions {
  return { signal: options?.signal };
}

async function* single(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}
