import { randomBytes } from "node:crypto";

import type { Clock, Logger } from "#lib";
import type { Host, RecordValidator, ResourceProfile } from "#net";
import type { BlockStore, Keyspace } from "#storage";

import { openExchange } from "./exchange/open-exchange.ts";
import { createIpnsValidator, createPublicKeyValidator } from "./names/record-check.ts";
import type { Network } from "./network.ts";
import { openRouting, type RoutingType } from "./routing/open-routing.ts";
import type { Announceable, ProvideStrategy } from "./routing/types.ts";

/** Opens the swarm; the DHT stores and believes only records that one of the validators takes. */
export type OpenHost = (validators: readonly RecordValidator[]) => Promise<Host>;

export interface NetworkOptions {
  readonly routingType: RoutingType;
  readonly profile: ResourceProfile;
  /** What we call ourselves to HTTP routers. */
  readonly userAgent: string;
  /** URLs that speak /routing/v1. */
  readonly delegatedRouters: readonly string[];
  readonly provideStrategy: ProvideStrategy;
  /** How long a sweep over everything takes; 0: only what is new is announced. */
  readonly provideIntervalMs: number;
  /** URLs of trustless gateways. */
  readonly httpGateways: readonly string[];
}

/** Opens host, routing and exchange, in this order; all is closed again when one of them fails. */
export async function openNetwork(
  deps: {
    readonly openHost: OpenHost;
    readonly blocks: BlockStore;
    readonly datastore: Keyspace;
    readonly announceable: Announceable;
    readonly clock: Clock;
    readonly logger: Logger;
  },
  options: NetworkOptions,
): Promise<Network & AsyncDisposable> {
  const { clock, logger, blocks, datastore, announceable } = deps;
  await using stack = new AsyncDisposableStack();
  const validators = [createIpnsValidator({ clock }), createPublicKeyValidator()];
  const host = stack.use(await deps.openHost(validators));
  const routing = stack.use(
    await openRouting(
      { host, keyspace: datastore, clock, logger, validators, randomBytes, fetch },
      {
        type: options.routingType,
        profile: options.profile,
        userAgent: options.userAgent,
        delegatedRouters: options.delegatedRouters,
        strategy: options.provideStrategy,
        intervalMs: options.provideIntervalMs,
        announceable,
      },
    ),
  );
  const exchange = stack.use(
    await openExchange(
      { host, blocks, providers: routing, clock, logger, fetch },
      { httpGateways: options.httpGateways },
    ),
  );
  const open = stack.move();
  return { host, routing, exchange, [Symbol.asyncDispose]: () => open.disposeAsync() };
}
