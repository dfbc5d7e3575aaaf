const kib = 1024;
const mib = 1024 * kib;

/** Every limit of the exchange. `README.md` says what each is good for. */
export interface ExchangeBounds {
  /** Largest message that is read. */
  readonly messageBytesMax: number;
  /** Memory for messages that are being read, of all peers; who holds more than his share is dropped when it is used up. */
  readonly readingBytesMax: number;
  /** How long a peer may stop in the middle of a message. */
  readonly readTimeoutMs: number;
  /** Largest block that is sent or taken. */
  readonly blockBytesMax: number;
  /** Inbound streams of one connection at once. */
  readonly inboundStreamsMax: number;
  /** Bytes of blocks that nobody wanted, before a peer is dropped; blocks that were wanted make good for it. */
  readonly unwantedBytesMax: number;

  /** Wants that one peer is asked at once. */
  readonly outstandingWantsMax: number;
  /** Bytes that one peer is asked for at once, at the least and at the most. */
  readonly windowBytesMin: number;
  readonly windowBytesMax: number;
  /** Bytes that all peers together are asked for at once. */
  readonly outstandingBytesMax: number;
  /** Wants of one session that are asked around for at once. */
  readonly probesMax: number;
  /** Peers that are asked about one want at once. */
  readonly broadcastPeersMax: number;
  /** Providers that one search looks for. */
  readonly providersMax: number;
  /** Dials of one session at once. */
  readonly dialsMax: number;
  readonly dialTimeoutMs: number;
  /** How long a peer may take to say whether it has a block, until more is known about it. */
  readonly answerTimeoutMs: number;
  /**
   * How long a peer may send nothing of what it was asked for, since its last block: at first, and then four times as
   * long as a block usually takes, at the least and at the most.
   */
  readonly stallMs: number;
  readonly stallMinMs: number;
  readonly stallMaxMs: number;
  /** Waits between searches for providers: the first, and the longest. */
  readonly searchDelayMs: number;
  readonly searchDelayMaxMs: number;

  /** Wants of one peer that are remembered. */
  readonly wantsPerPeerMax: number;
  /** Wants beyond that before the peer is dropped; blocks that it takes make good for it. */
  readonly refusedWantsMax: number;
  /** Bytes of blocks in one message, about. */
  readonly replyBytes: number;
  /** Bytes of blocks that are read and not yet sent, for all peers. */
  readonly servingBytesMax: number;
  /** A block that is not longer is sent when only asked for. */
  readonly haveReplaceBytes: number;
  /** How long a message may take, and so many bytes a second more. */
  readonly sendTimeoutMs: number;
  readonly sendBytesPerSecondMin: number;
  /** An outbound stream that was not used for so long is closed. */
  readonly streamIdleMs: number;

  /** Requests to one HTTP gateway at once. */
  readonly gatewayRequestsMax: number;
  /** HTTP gateways of one session that were found, not configured. */
  readonly gatewaysMax: number;
  readonly gatewayTimeoutMs: number;
  /** The longest that a gateway is left alone when it says so, or fails. */
  readonly gatewayBackoffMaxMs: number;
}

export const defaultBounds: ExchangeBounds = {
  messageBytesMax: 4 * mib,
  readingBytesMax: 128 * mib,
  readTimeoutMs: 30_000,
  blockBytesMax: 4 * mib - 4 * kib,
  inboundStreamsMax: 64,
  unwantedBytesMax: 32 * mib,

  outstandingWantsMax: 512,
  windowBytesMin: mib,
  windowBytesMax: 16 * mib,
  outstandingBytesMax: 64 * mib,
  probesMax: 32,
  broadcastPeersMax: 64,
  providersMax: 10,
  dialsMax: 4,
  dialTimeoutMs: 15_000,
  answerTimeoutMs: 5_000,
  stallMs: 5_000,
  stallMinMs: 1_500,
  stallMaxMs: 30_000,
  searchDelayMs: 1_000,
  searchDelayMaxMs: 60_000,

  wantsPerPeerMax: 4096,
  refusedWantsMax: 16_384,
  replyBytes: mib,
  servingBytesMax: 64 * mib,
  haveReplaceBytes: kib,
  sendTimeoutMs: 10_000,
  sendBytesPerSecondMin: 12_500,
  streamIdleMs: 60_000,

  gatewayRequestsMax: 8,
  gatewaysMax: 4,
  gatewayTimeoutMs: 30_000,
  gatewayBackoffMaxMs: 300_000,
};
