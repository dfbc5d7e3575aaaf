import type { Cluster } from "#cluster";
import { defaultRestConfig, type Gate, type Listener, openListener, pinningHandler } from "#http";
import { silentLogger, systemClock } from "#lib";

/** The pinning service over a cluster, on a free loopback port. */
export function openPinningService(
  cluster: Cluster,
  { gate }: { readonly gate?: Gate } = {},
): Promise<Listener> {
  const seams = { clock: systemClock, logger: silentLogger };
  const handler = pinningHandler({ ...seams, cluster, config: defaultRestConfig, gate });
  return openListener({ ...seams, host: "127.0.0.1", port: 0, name: "pinning service", handler });
}
