import type { IpfsConnector } from "#cluster";
import { CodedError, type Counter, type MetricRegistry } from "#lib";
import type { BlockWriter } from "#model";

/** What is counted of the calls of an IPFS node; names and texts are IPFS Cluster's. */
function countersIn(registry: MetricRegistry) {
  const counter = (name: string, help: string): Counter =>
    registry.counter(`ipfscluster_${name}`, help);
  return {
    pinAdd: counter("pins_pin_add", "Total number of IPFS pin requests"),
    pinAddErrors: counter("pins_pin_add_errors", "Total number of failed pin requests"),
    blocksPut: counter("blocks_put", "Total number of blocks/put requests"),
    blocksAdded: counter("blocks_added", "Total number of blocks added"),
    blocksAddedSize: counter("blocks_added_size", "Total size of blocks added in bytes"),
    blocksPutErrors: counter("blocks_put_errors", "Total number of block/put errors"),
  };
}

type Counters = ReturnType<typeof countersIn>;

/** The same connector, whose pins and blocks are counted. */
export function observeConnector(
  connector: IpfsConnector,
  registry: MetricRegistry,
): IpfsConnector {
  const counters = countersIn(registry);
  return {
    ...connector,
    pin: (pin, options) => countPin(counters, () => connector.pin(pin, options)),
    pinWritten: (pin) => countPin(counters, () => connector.pinWritten(pin)),
    openWriter: () => observeWriter(connector.openWriter(), counters),
  };
}

/** A pin whose content is not all here is tried again with fetching: that is one request, and no error. */
async function countPin(counters: Counters, pin: () => Promise<void>): Promise<void> {
  try {
    await pin();
  } catch (cause) {
    if (cause instanceof CodedError && cause.code === "BLOCK_NOT_FOUND") throw cause;
    counters.pinAdd.add();
    counters.pinAddErrors.add();
    throw cause;
  }
  counters.pinAdd.add();
}

function observeWriter(writer: BlockWriter, counters: Counters): BlockWriter {
  counters.blocksPut.add();
  const fail = (cause: unknown): never => {
    counters.blocksPutErrors.add();
    throw cause;
  };
  return {
    put: (cid, bytes) => {
      const { length } = bytes; // they are given away
      let room: void | Promise<void>;
      try {
        room = writer.put(cid, bytes);
      } catch (cause) {
        return fail(cause);
      }
      counters.blocksAdded.add();
      counters.blocksAddedSize.add(length);
      return room;
    },
    flush: () => writer.flush().catch(fail),
    ...(writer.allocate && { allocate: writer.allocate.bind(writer) }),
    [Symbol.asyncDispose]: () => writer[Symbol.asyncDispose](),
  };
}
