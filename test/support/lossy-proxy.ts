import { connect, createServer, type Server, type Socket } from "node:net";

export interface LossyProxyOptions {
  /** Where it leads to. */
  readonly port: number;
  readonly host?: string;
  /** Each way. */
  readonly delayMs?: number;
  /** Each way, of one connection. */
  readonly bytesPerSecond?: number;
  /**
   * Share of the packets (1,400 bytes) that are lost, 0 to 1. TCP loses no bytes: a loss is a wait until the sender's timer
   * has run out and sent again, during which nothing of that direction arrives.
   */
  readonly loss?: number;
  /** A lost packet comes again after this time. Default: 200, Linux's least, or three delays. */
  readonly retransmitMs?: number;
  /** A connection is reset after that many bytes in one direction. */
  readonly cutAfterBytes?: number;
  /** The same seed loses the same packets. */
  readonly seed?: number;
}

/** A TCP proxy that behaves like a bad line. */
export interface LossyProxy extends AsyncDisposable {
  readonly port: number;
  /** Connections that are open. */
  readonly connections: number;
  /** Nothing gets through until `resume`; connections stay open. */
  stall(): void;
  resume(): void;
  /** Resets every connection. */
  cut(): void;
}

const packetBytes = 1_400;
/** What may be on its way in one direction before its sender is held back; a window of TCP. */
const inFlightMax = 4 * 1024 * 1024;

export async function openLossyProxy(options: LossyProxyOptions): Promise<LossyProxy> {
  const sockets = new Set<Socket>();
  const line = { isStalled: false, wake: new Set<() => void>() };
  let connectionIndex = 0;
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({
      port: options.port,
      host: options.host ?? "127.0.0.1",
      allowHalfOpen: true,
    });
    connectionIndex += 1;
    const end = (): void => {
      near.destroy();
      far.destroy();
      sockets.delete(near);
    };
    sockets.add(near);
    for (const socket of [near, far]) {
      socket.setNoDelay(true);
      socket.on("error", end);
    }
    // An orderly end is carried like bytes; what is still on its way arrives.
    near.on("close", () => sockets.delete(near));
    const seed = (options.seed ?? 1) + 2 * connectionIndex;
    carry({ from: near, to: far, random: mulberry32(seed), line, cut: end }, options);
    carry({ from: far, to: near, random: mulberry32(seed + 1), line, cut: end }, options);
  });
  const port = await listen(server);
  const wakeAll = (): void => {
    for (const wake of line.wake) wake();
  };
  const cut = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    port,
    get connections() {
      return sockets.size;
    },
    stall: () => {
      line.isStalled = true;
    },
    resume: () => {
      line.isStalled = false;
      wakeAll();
    },
    cut,
    [Symbol.asyncDispose]: () => {
      cut();
      wakeAll();
      return new Promise((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}

interface Direction {
  readonly from: Socket;
  readonly to: Socket;
  readonly random: () => number;
  readonly line: { readonly isStalled: boolean; readonly wake: Set<() => void> };
  readonly cut: () => void;
}

interface Packet {
  readonly bytes: Uint8Array;
  readonly dueAt: number;
}

/** One direction: pieces wait in a queue until they are due; the end of the stream is the last piece. */
function carry({ from, to, random, line, cut }: Direction, options: LossyProxyOptions): void {
  const { delayMs = 0, loss = 0, bytesPerSecond = Infinity, cutAfterBytes = Infinity } = options;
  const retransmitMs = options.retransmitMs ?? Math.max(200, 3 * delayMs);
  const queue: Packet[] = [];
  let queuedBytes = 0;
  let passedBytes = 0;
  let freeAt = 0;
  let isEnded = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const push = (bytes: Uint8Array): void => {
    const now = performance.now();
    freeAt = Math.max(freeAt, now) + (bytes.length / bytesPerSecond) * 1000;
    const packets = Math.ceil(bytes.length / packetBytes);
    // What follows a lost packet waits for it too.
    if (random() < 1 - (1 - loss) ** packets) freeAt += retransmitMs;
    queue.push({ bytes, dueAt: freeAt + delayMs });
    queuedBytes += bytes.length;
    if (queuedBytes > inFlightMax) from.pause();
    schedule();
  };
  const schedule = (): void => {
    const [next] = queue;
    if (timer !== undefined || line.isStalled) return;
    if (next === undefined) {
      if (isEnded) to.end();
      return;
    }
    const waitMs = next.dueAt - performance.now();
    if (waitMs <= 0.5) return deliver();
    timer = setTimeout(() => {
      timer = undefined;
      deliver();
    }, waitMs);
  };
  const deliver = (): void => {
    const now = performance.now();
    while (!line.isStalled && queue[0] !== undefined && queue[0].dueAt <= now + 0.5) {
      const bytes = queue.shift()?.bytes ?? new Uint8Array();
      queuedBytes -= bytes.length;
      passedBytes += bytes.length;
      if (passedBytes > cutAfterBytes) return cut();
      if (!to.write(bytes)) from.pause();
    }
    if (queuedBytes < inFlightMax && !to.writableNeedDrain) from.resume();
    schedule();
  };
  to.on("drain", () => {
    if (queuedBytes < inFlightMax) from.resume();
  });
  from.on("data", push);
  from.on("end", () => {
    isEnded = true;
    schedule();
  });
  line.wake.add(schedule);
  to.on("close", () => {
    clearTimeout(timer);
    line.wake.delete(schedule);
  });
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      if (typeof address === "object" && address !== null) resolve(address.port);
      else reject(new Error("the proxy has no port"));
    });
  });
}

/** Small, even, and the same everywhere. */
function mulberry32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d_2b_79_f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 4_294_967_296;
  };
}
