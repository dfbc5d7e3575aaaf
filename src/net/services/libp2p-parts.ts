import type { Libp2pInit } from "libp2p";

/** libp2p's inside, as it hands it to whatever is plugged in. */
export type Libp2pParts = Parameters<NonNullable<Libp2pInit["services"]>[string]>[0];

/** The same parts with some replaced, for a plug-in that must not see the real ones. */
export function withParts(parts: Libp2pParts, replaced: Partial<Libp2pParts>): Libp2pParts {
  return new Proxy(parts, {
    get: (target, key, receiver) =>
      key in replaced ? Reflect.get(replaced, key) : Reflect.get(target, key, receiver),
  });
}
