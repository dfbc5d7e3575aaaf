import { LruMap } from "#lib";

import type { ExchangeLedger } from "./types.ts";

interface Account {
  sent: number;
  received: number;
  exchanged: number;
  /** Bytes that nobody wanted, less those that were. */
  unwanted: number;
}

/** Peers that are remembered after they have gone. */
const peersMax = 4096;

/** What was exchanged with whom. */
export class Ledgers {
  readonly #accounts = new LruMap<string, Account>(peersMax);
  readonly #unwantedMax: number;
  messagesReceived = 0;

  constructor(unwantedBytesMax: number) {
    this.#unwantedMax = unwantedBytesMax;
  }

  ledger(peer: string): ExchangeLedger {
    const account = this.#accounts.get(peer);
    const { sent = 0, received = 0, exchanged = 0 } = account ?? {};
    return { peer, sent, received, exchanged };
  }

  onMessage(peer: string): void {
    this.#account(peer).exchanged += 1;
  }

  onSent(peer: string, sizeBytes: number): void {
    const account = this.#account(peer);
    account.sent += sizeBytes;
    account.exchanged += 1;
  }

  onWanted(peer: string, sizeBytes: number): void {
    const account = this.#account(peer);
    account.received += sizeBytes;
    account.unwanted = Math.max(0, account.unwanted - sizeBytes);
  }

  /** True when the peer has sent more of it than may be. */
  onUnwanted(peer: string, sizeBytes: number): boolean {
    const account = this.#account(peer);
    account.received += sizeBytes;
    account.unwanted += sizeBytes + blockCost;
    return account.unwanted > this.#unwantedMax;
  }

  /** It begins anew: a peer that was dropped and comes again is not dropped for the past. */
  forgive(peer: string): void {
    this.#account(peer).unwanted = 0;
  }

  #account(peer: string): Account {
    const known = this.#accounts.get(peer);
    if (known !== undefined) return known;
    const account: Account = { sent: 0, received: 0, exchanged: 0, unwanted: 0 };
    this.#accounts.set(peer, account);
    return account;
  }
}

/** What a block costs besides its bytes: many empty ones are a nuisance too. */
const blockCost = 1024;
