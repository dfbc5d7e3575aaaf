/** What of a yamux stream is used here. */
interface CreditedStream {
  readonly recvWindow: number;
  readonly recvWindowCapacity: number;
  sendWindowUpdate(): void;
}

/**
 * Gives the peer new credit when half a window is used up, as Go's yamux does. The package gives it after every frame: a
 * third of a receiver's time went into those writes. The peer always has half a window left, so it never waits for less.
 * Only for streams whose protocol is negotiated: before, an update may carry the flags that open the stream.
 */
export function creditInHalves(stream: object): void {
  if (!isCredited(stream)) return;
  const update = stream.sendWindowUpdate.bind(stream);
  stream.sendWindowUpdate = () => {
    if (stream.recvWindowCapacity <= stream.recvWindow / 2) update();
  };
}

function isCredited(stream: object): stream is CreditedStream {
  return (
    "sendWindowUpdate" in stream &&
    typeof stream.sendWindowUpdate === "function" &&
    "recvWindow" in stream &&
    typeof stream.recvWindow === "number" &&
    "recvWindowCapacity" in stream &&
    typeof stream.recvWindowCapacity === "number"
  );
}
