import type { StreamMiddleware } from "@libp2p/interface";
import { AbstractMessageStream } from "@libp2p/utils";

import type { StreamMeter } from "../services/contract.ts";
import type { Libp2pParts } from "../services/libp2p-parts.ts";
import { releaseNegotiation } from "./received-memory.ts";
import { creditInHalves } from "./window-credit.ts";

/**
 * Tunes the streams of all protocols, libp2p's own services among them, and counts what they carry: the registrar lets
 * every stream pass by middleware once its protocol is known.
 */
export function watchStreams(
  registrar: Libp2pParts["registrar"],
  meterOf: (peer: string, protocol: string) => StreamMeter,
): void {
  const inner = registrar.getMiddleware.bind(registrar);
  const watch: StreamMiddleware = (stream, connection, next) => {
    if (stream instanceof AbstractMessageStream) {
      releaseNegotiation(stream);
      creditInHalves(stream);
      count(stream, meterOf(connection.remotePeer.toString(), stream.protocol));
    }
    next(stream, connection);
  };
  registrar.getMiddleware = (protocol) => [watch, ...inner(protocol)];
}

function count(stream: AbstractMessageStream, meter: StreamMeter): void {
  const onData = stream.onData.bind(stream);
  const sendData = stream.sendData.bind(stream);
  meter.received(stream.readBufferLength);
  stream.onData = (data) => {
    meter.received(data.byteLength);
    onData(data);
  };
  stream.sendData = (data) => {
    const result = sendData(data);
    meter.sent(result.sentBytes);
    return result;
  };
}
