import {
  type AccessEntry,
  type Exchange,
  type Handler,
  type Listener,
  type ListenerLimits,
  openListener,
  type TlsFiles,
} from "#http";
import { asError, type Clock, type Logger, named } from "#lib";

import { openAccessLog } from "./access-log.ts";
import type { ListenAddress } from "./config/listen-address.ts";
import { ListenError } from "./errors.ts";
import { readTlsFiles, type TlsPlace } from "./tls-files.ts";

export type SurfaceName = "rest" | "rpc" | "gateway" | "proxy" | "pinsvc" | "metrics";

/** What a surface's entries in the log are named; IPFS Cluster's names where it has them. */
const components: Readonly<Record<SurfaceName, string>> = {
  rest: "restapi",
  pinsvc: "pinsvcapi",
  proxy: "ipfsproxy",
  rpc: "rpc",
  gateway: "gateway",
  metrics: "metrics",
};

/** One surface: where it is to be bound, and the place in service.json that says so. */
export interface Surface {
  readonly name: SurfaceName;
  readonly title: string;
  readonly configKey: string;
  readonly addresses: readonly ListenAddress[];
  readonly limits?: Partial<ListenerLimits>;
  /** Where its certificate lies; without one it speaks plain HTTP. */
  readonly tls?: TlsPlace | undefined;
  /** A line for every request, in this file or else in the log, at `debug`. Without: none. */
  readonly accessLog?: { readonly path: string | undefined } | undefined;
}

/**
 * Listens before there is anything to say: requests that come early wait for the handler. So the first answer needs
 * no more than what it is about.
 */
class LateHandler {
  #handler: Handler | undefined;
  readonly #arrival = Promise.withResolvers<Handler>();

  constructor() {
    // a failed start is reported where it fails; requests that wait are cut off with their connections
    this.#arrival.promise.catch(() => undefined);
  }

  readonly handle: Handler = (exchange: Exchange) =>
    this.#handler === undefined
      ? this.#arrival.promise.then((handler) => handler(exchange))
      : this.#handler(exchange);

  arrive(handler: Handler): void {
    this.#handler = handler;
    this.#arrival.resolve(handler);
  }

  fail(error: Error): void {
    this.#arrival.reject(error);
  }
}

export interface OpenSurface {
  readonly surface: Surface;
  readonly late: LateHandler;
  readonly listeners: readonly Listener[];
}

/**
 * Binds every address of a surface.
 * @throws {ListenError} naming the address and its key {TlsFilesError} {AccessLogError}
 */
export async function openSurface(
  surface: Surface,
  seams: { readonly clock: Clock; readonly logger: Logger },
  stack: AsyncDisposableStack,
): Promise<OpenSurface> {
  const late = new LateHandler();
  const { limits = {}, title: name } = surface;
  const tls: TlsFiles | undefined = surface.tls && (await readTlsFiles(surface.tls));
  const onAccess = await accessLogOf(surface, seams.logger, stack);
  const logger = named(seams.logger, components[surface.name]);
  const listeners: Listener[] = [];
  for (const { host, port, text } of surface.addresses) {
    const options = {
      host,
      port,
      handler: late.handle,
      name,
      limits,
      tls,
      onAccess,
      ...seams,
      logger,
    };
    try {
      listeners.push(stack.use(await openListener(options)));
    } catch (cause) {
      throw new ListenError(text, surface.configKey, asError(cause));
    }
  }
  return { surface, late, listeners };
}

/** Closed after the listeners, so that the last requests are in it. */
export async function accessLogOf(
  { accessLog, name }: Surface,
  logger: Logger,
  stack: AsyncDisposableStack,
): Promise<((entry: AccessEntry) => void) | undefined> {
  if (accessLog === undefined) return undefined;
  const component = `${components[name]}log`;
  const log = stack.use(await openAccessLog(accessLog.path, named(logger, component)));
  return (entry) => log.write(entry);
}
