import type { Cluster } from "#cluster";
import {
  defaultRestConfig,
  type Gate,
  type Listener,
  openListener,
  type PinningConfig,
  pinningHandler,
} from "#http";
import { type Clock, silentLogger, systemClock } from "#lib";

/** The pinning service over a cluster, on a free loopback port. */
export function openPinningService(
  cluster: Cluster,
  options: {
    readonly gate?: Gate;
    readonly config?: Partial<PinningConfig>;
    readonly clock?: Clock;
  } = {},
): Promise<Listener> {
  const { gate, clock = systemClock } = options;
  const config = { ...defaultRestConfig, ...options.config };
  return openListener({
    host: "127.0.0.1",
    port: 0,
    logger: silentLogger,
    name: "pinning service",
    handler: pinningHandler({ cluster, clock, logger: silentLogger, config, gate }),
  });
}
