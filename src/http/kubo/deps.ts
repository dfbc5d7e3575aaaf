import type { Ipfs } from "#ipfs";
import type { Clock, Logger } from "#lib";
import type { ContentPath, SignalOptions } from "#model";

/** What the RPC stands on. */
export interface KuboDeps {
  readonly ipfs: Ipfs;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Ports that the RPC listens on: pages from there may use it. Looked at for every request, so it may fill up later. */
  readonly ports: readonly number[];
  readonly options?: Partial<KuboOptions>;
  /** Where a name of /ipns leads; default: where the node's names say. */
  readonly resolveName?: (path: ContentPath, options: SignalOptions) => Promise<ContentPath>;
  /** Without it the commands `bootstrap` are an error. */
  readonly bootstrap?: BootstrapList;
}

/** The peers to begin with, as the configuration keeps them. `auto` stands for the public ones. */
export interface BootstrapList {
  /** In the order of the configuration; with `isExpanded` the public ones instead of `auto`. */
  list(options?: { readonly isExpanded?: boolean }): Promise<readonly string[]>;
  /** Puts peers in front, in their order; those that are there already move. Durable when it resolves. */
  add(peers: readonly string[]): Promise<void>;
  /** Takes out entries of the list, spelled as there. Durable when it resolves. */
  remove(peers: readonly string[]): Promise<void>;
}

export interface KuboOptions {
  /** Told by `version`, and in the Server header. Strict semver. */
  readonly version: string;
  readonly commit: string;
  /** Architecture and system, in Go's words. */
  readonly system: string;
  /** Kubo's `API.HTTPHeaders`: on every answer of a command; Access-Control-Allow-Origin, -Methods and -Credentials shape CORS. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
  /** Kubo's `API.Authorizations`; empty: everybody may do everything. */
  readonly authorizations: readonly KuboAuthorization[];
}

export interface KuboAuthorization {
  /** `bearer:<token>`, `basic:<user>:<password>`, `basic:<base64>`, or a bearer token alone. */
  readonly secret: string;
  readonly allowedPaths: readonly string[];
}

export const defaultKuboOptions: KuboOptions = {
  version: "0.43.0",
  commit: "",
  system: "amd64/linux",
  headers: {},
  authorizations: [],
};

/** Number that Kubo 0.43 gives its repository format. */
export const repoVersion = "18";
