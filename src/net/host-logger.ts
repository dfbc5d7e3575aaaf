import type { ComponentLogger, Logger as Libp2pLogger } from "@libp2p/interface";

const ignore = (): void => undefined;

/**
 * libp2p's own log goes nowhere: it formats every frame. What matters of it comes back as errors, and what remote peers
 * write stays out of the log.
 */
export function quietLogger(): ComponentLogger {
  const logger: Libp2pLogger = Object.assign(ignore.bind(undefined), {
    error: ignore,
    trace: ignore,
    enabled: false,
    newScope: (): Libp2pLogger => logger,
  });
  return { forComponent: () => logger };
}
