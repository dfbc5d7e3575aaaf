import { CodedError } from "#lib";

/** Nobody is there to ask or to tell: the routing tables are empty, or nobody near the key answered. */
export class NoPeersError extends CodedError {
  override readonly code = "NO_PEERS";
  override readonly kind = "environment";
  override readonly isRetryable = true;

  constructor(attempt: string) {
    super(`${attempt}: no connected peers`);
  }
}

/** Nothing to tell others: none of our addresses can be reached from where they are. */
export class NoAddressError extends CodedError {
  override readonly code = "NO_ADDRESS";
  override readonly kind = "environment";
  override readonly isRetryable = true;

  constructor(network: "wan" | "lan") {
    super(
      network === "wan"
        ? "cannot provide: no public or relayed address to tell"
        : "cannot provide: no local address to tell",
    );
  }
}

/** A search for a peer's addresses ended without any. */
export class PeerNotFoundError extends CodedError {
  override readonly code = "PEER_NOT_FOUND";
  override readonly kind = "environment";
  override readonly isRetryable = true;
  readonly peer: string;

  constructor(peer: string) {
    super(`routing: peer ${peer} not found`);
    this.peer = peer;
  }
}

/** Bytes from the wire that are not a message of the DHT, or one that may not be. */
export class DhtMessageError extends CodedError {
  override readonly code = "DHT_MESSAGE";
  override readonly kind = "caller";

  constructor(problem: string) {
    super(`DHT message: ${problem}`);
  }
}

/** A record that must not be stored: invalid, too large, or worse than the one that is here. */
export class RecordRefusedError extends CodedError {
  override readonly code = "RECORD_REFUSED";
  override readonly kind = "caller";

  constructor(problem: string, cause?: unknown) {
    super(`record refused: ${problem}`, { cause });
  }
}
