import { type Exchange, type Handler, type Listener, openListener } from "#http";
import { asError, type Clock, type Logger } from "#lib";

import type { ListenAddress } from "./config/listen-address.ts";
import { ListenError } from "./errors.ts";

/** One surface: where it is to be bound, and the place in service.json that says so. */
export interface Surface {
  readonly name: "rest" | "rpc" | "gateway";
  readonly title: string;
  readonly configKey: string;
  readonly addresses: readonly ListenAddress[];
  readonly headerBytesMax?: number;
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

/** Binds every address of a surface. @throws {ListenError} naming the address and its key */
export async function openSurface(
  surface: Surface,
  seams: { readonly clock: Clock; readonly logger: Logger },
  stack: AsyncDisposableStack,
): Promise<OpenSurface> {
  const late = new LateHandler();
  const listeners: Listener[] = [];
  for (const { host, port, text } of surface.addresses) {
    const limits =
      surface.headerBytesMax === undefined ? {} : { headerBytesMax: surface.headerBytesMax };
    const options = { host, port, handler: late.handle, name: surface.title, limits, ...seams };
    try {
      listeners.push(stack.use(await openListener(options)));
    } catch (cause) {
      throw new ListenError(text, surface.configKey, asError(cause));
    }
  }
  return { surface, late, listeners };
}
