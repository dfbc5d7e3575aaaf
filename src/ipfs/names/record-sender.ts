import { type Clock, CodedError, type Logger } from "#lib";

import type { SigningKey } from "../keys/types.ts";
import type { Routing } from "../routing/types.ts";
import { raceAbort, withDeadline } from "./deadline.ts";
import { inlinedKey, type NameId, publicKeyRoutingKey } from "./name-id.ts";
import type { NameRecord } from "./record.ts";

/** One record. */
const timeoutMs = 60_000;

export interface SentRecord {
  readonly name: NameId;
  readonly record: NameRecord;
  /** Of a record that was signed here. */
  readonly key?: SigningKey;
}

/** Gives records to the network. */
export class RecordSender {
  readonly #clock: Clock;
  readonly #logger: Logger;

  constructor(deps: { readonly clock: Clock; readonly logger: Logger }) {
    this.#clock = deps.clock;
    this.#logger = deps.logger;
  }

  /** For a record that is kept here: that nobody is there to take it is no failure, as in Kubo. */
  async send(
    opening: Promise<Routing> | undefined,
    sent: SentRecord,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    try {
      if (opening !== undefined) await this.put(opening, sent, signal);
    } catch (cause) {
      if (!(cause instanceof CodedError) || cause.code !== "NO_PEERS") throw cause;
      this.#logger.info("a name is kept here until there are peers to take it", {
        name: sent.name.text,
      });
    }
  }

  /** With the public key, when it does not stand in the name. */
  async put(
    opening: Promise<Routing>,
    { name, record, key }: SentRecord,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const routing = await raceAbort(opening, signal);
    const isKeySent = key !== undefined && inlinedKey(name) === undefined;
    await withDeadline({ clock: this.#clock, timeoutMs }, signal, async (putSignal) => {
      const options = { signal: putSignal };
      const keySent = isKeySent
        ? routing.putRecord(publicKeyRoutingKey(name), key.publicKey, options)
        : Promise.resolve();
      // the record carries the key too
      const settled = keySent.catch(() => undefined);
      await routing.putRecord(name.routingKey, record.bytes, options);
      await settled;
    });
  }
}
