import { CodedError, messageOf } from "#lib";

/** An address that does not parse, or that lacks what it must say. */
export class InvalidAddressError extends CodedError {
  override readonly code = "INVALID_ADDRESS";
  override readonly kind = "caller";
  readonly address: string;

  constructor(address: string, problem: string) {
    super(`invalid peer address ${JSON.stringify(address)}: ${problem}`);
    this.address = address;
  }
}

/** An address cannot be listened on: taken, not this machine's, or of an unknown transport. */
export class ListenError extends CodedError {
  override readonly code = "HOST_LISTEN_FAILED";
  override readonly kind = "operator";
  readonly addresses: readonly string[];
  readonly reason: string;

  constructor(addresses: readonly string[], cause: unknown) {
    const reason = reasonsOf(messageOf(cause));
    super(`cannot listen on ${addresses.join(", ")}: ${reason}`, { cause });
    this.addresses = addresses;
    this.reason = reason;
  }
}

/** libp2p answers with the stacks of all errors; the reasons stand at their beginnings. */
function reasonsOf(text: string): string {
  const reasons = text.match(/\b\w*Error: [^\n]+/g) ?? [text.split("\n")[0] ?? ""];
  return [...new Set(reasons)].join("; ");
}

/** A peer could not be reached. */
export class DialError extends CodedError {
  override readonly code = "DIAL_FAILED";
  override readonly kind = "environment";
  override readonly isRetryable = true;
  readonly target: string;

  constructor(target: string, problem: string, cause?: unknown) {
    super(`failed to dial ${target}: ${problem}`, { cause });
    this.target = target;
  }
}

/** The peer speaks none of the protocols, or answered against their rules. */
export class ProtocolError extends CodedError {
  override readonly code = "PROTOCOL_UNSUPPORTED";
  override readonly kind = "environment";
  readonly peer: string;
  readonly protocols: readonly string[];

  constructor(peer: string, protocols: readonly string[], problem: string) {
    super(`no stream to ${peer} for ${protocols.join(", ")}: ${problem}`);
    this.peer = peer;
    this.protocols = protocols;
  }
}

/** A peer announced a message over the limit. */
export class MessageTooLargeError extends CodedError {
  override readonly code = "MESSAGE_TOO_LARGE";
  override readonly kind = "environment";
  readonly sizeBytes: number;
  readonly bytesMax: number;

  constructor(sizeBytes: number, bytesMax: number) {
    super(`message of ${sizeBytes} bytes is over the limit of ${bytesMax}`);
    this.sizeBytes = sizeBytes;
    this.bytesMax = bytesMax;
  }
}

/** A stream ended otherwise than by both sides closing it. */
export class StreamResetError extends CodedError {
  override readonly code = "STREAM_RESET";
  override readonly kind = "environment";
  override readonly isRetryable = true;

  constructor(problem: string, cause?: unknown) {
    super(`stream reset: ${problem}`, { cause });
  }
}

/** The other side of a connection did not prove who it is, or is somebody else. */
export class HandshakeError extends CodedError {
  override readonly code = "HANDSHAKE_FAILED";
  override readonly kind = "environment";

  constructor(problem: string, cause?: unknown) {
    super(`handshake failed: ${problem}`, { cause });
  }
}

/** A certificate that is not one of libp2p's. */
export class InvalidCertificateError extends CodedError {
  override readonly code = "INVALID_CERTIFICATE";
  override readonly kind = "environment";

  constructor(problem: string, cause?: unknown) {
    super(`invalid certificate: ${problem}`, { cause });
  }
}

/** A key for a private network that has the wrong length. */
export class InvalidPresharedKeyError extends CodedError {
  override readonly code = "INVALID_PRESHARED_KEY";
  override readonly kind = "operator";

  constructor(problem: string) {
    super(`invalid pre-shared key: ${problem}`);
  }
}
