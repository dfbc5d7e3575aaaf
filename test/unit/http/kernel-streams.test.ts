// Goal: HTTP over connections that somebody else accepts is the HTTP of a listener: framing, trailers, limits, an orderly
// end. Method: streams in memory whose other end speaks by hand.

import { describe, expect, test } from "bun:test";

import { type Handler, openStreamServer } from "#http";
import { type ByteStream, silentLogger } from "#lib";
import { eventually } from "#test/eventually";
import { ManualClock } from "#test/manual-clock";

/** One end of a connection for the server; the test speaks at the other. */
class Connection implements ByteStream {
  readonly peer = "12D3KooPeer";
  readonly ip = "192.0.2.1";
  said = "";
  isEnded = false;
  /** How it was closed. */
  end: "close" | "abort" | undefined;
  readonly #gone = new AbortController();
  #pieces: Uint8Array[] = [];
  #onPiece: (() => void) | undefined;

  get closed(): AbortSignal {
    return this.#gone.signal;
  }

  async *chunks(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const piece = this.#pieces.shift();
      if (piece !== undefined) yield piece;
      else await new Promise<void>((resolve) => (this.#onPiece = resolve));
    }
  }

  say(...lines: readonly string[]): void {
    this.#pieces.push(Buffer.from(lines.join("\r\n")));
    this.#onPiece?.();
  }

  async send(bytes: Uint8Array): Promise<void> {
    this.said += Buffer.from(bytes).toString();
  }

  async closeWrite(): Promise<void> {
    this.isEnded = true;
  }

  async close(): Promise<void> {
    this.#leave("close");
  }

  abort(): void {
    this.#leave("abort");
  }

  #leave(end: "close" | "abort"): void {
    this.end ??= end;
    this.#gone.abort(new Error("closed"));
  }
}

function open(handler: Handler, more: Partial<Parameters<typeof openStreamServer>[0]> = {}) {
  const options = { handler, name: "streams", logger: silentLogger, graceMs: 50, ...more };
  const server = openStreamServer(options);
  const connection = new Connection();
  server.accept(connection);
  return { server, connection };
}

test("a request is answered, with trailers, and the connection is kept for the next", async () => {
  const { server, connection } = open(async (exchange) => {
    let body = "";
    for await (const piece of exchange.body) body += Buffer.from(piece).toString();
    const answer = exchange.begin(200, { Trailer: "X-End" });
    await answer.write(
      `${exchange.method} ${exchange.rawPath} ${body} ${exchange.remoteAddress} ${exchange.clientAddress}`,
    );
    await answer.end({ "X-End": "yes" });
  });
  await using stack = new AsyncDisposableStack();
  stack.use(server);
  connection.say("POST /a HTTP/1.1", "Host: x", "Content-Length: 3", "", "abc");
  await eventually(() => connection.said.includes("X-End: yes\r\n\r\n"));
  expect(connection.said).toContain("POST /a abc 12D3KooPeer 192.0.2.1\r\n0\r\nX-End: yes\r\n\r\n");
  connection.say(
    "POST /b HTTP/1.1",
    "Host: x",
    "Transfer-Encoding: chunked",
    "",
    "1",
    "z",
    "0",
    "",
    "",
  );
  await eventually(() => connection.said.includes("POST /b z"));
});

test("what is no request is a 400, and ends the connection", async () => {
  const { server, connection } = open((exchange) => exchange.send(200, {}));
  await using stack = new AsyncDisposableStack();
  stack.use(server);
  connection.say("nonsense", "", "");
  await eventually(() => connection.isEnded);
  expect(connection.said).toStartWith("HTTP/1.1 400 Bad Request\r\n");
});

test("when the last answer is out the connection is closed, though the other side keeps its half open", async () => {
  const { server, connection } = open((exchange) => exchange.send(200, { Connection: "close" }));
  await using stack = new AsyncDisposableStack();
  stack.use(server);
  connection.say("GET / HTTP/1.1", "Host: x", "", "");
  await eventually(() => connection.end === "close");
  expect(connection.isEnded).toBe(true);
});

test("an answer that breaks off breaks the connection", async () => {
  const { server, connection } = open(async (exchange) => {
    const body = exchange.begin(200, {});
    await body.write("half");
    body.abort();
  });
  await using stack = new AsyncDisposableStack();
  stack.use(server);
  connection.say("GET / HTTP/1.1", "Host: x", "", "");
  await eventually(() => connection.end === "abort");
});

const endless: Handler = ({ signal }) =>
  new Promise((_resolve, reject) => signal.addEventListener("abort", reject));

test("an answer that takes too long breaks the connection, and says nothing", async () => {
  const { server, connection } = open(endless, { limits: { answerTimeoutMs: 50 } });
  await using stack = new AsyncDisposableStack();
  stack.use(server);
  connection.say("GET / HTTP/1.1", "Host: x", "", "");
  await eventually(() => connection.end === "abort");
  expect(connection.said).toBe("");
});

const readAll: Handler = async (exchange) => {
  const pieces = await Array.fromAsync(exchange.body);
  await exchange.send(200, {}, String(Buffer.concat(pieces).length));
};

describe("a connection has so much time", () => {
  const limits = { headersTimeoutMs: 1000, requestTimeoutMs: 3000, idleTimeoutMs: 5000 };
  test.each([
    ["for its first head", [], 1000],
    ["for its first head, however slowly it comes", ["GET / HTTP/1.1", "Ho"], 1000],
    ["for a whole request", ["POST / HTTP/1.1", "Host: x", "Content-Length: 9", "", "ab"], 3000],
  ])("%s", async (_what, lines, ms) => {
    const clock = new ManualClock();
    const { server, connection } = open(readAll, { clock, limits });
    await using stack = new AsyncDisposableStack();
    stack.use(server);
    connection.say(...lines);
    await eventually(() => clock.next === clock.now() + ms);
    clock.advance(ms - 1);
    expect(connection.said).toBe("");
    clock.advance(1);
    await eventually(() => connection.end === "close");
    expect(connection.said).toStartWith("HTTP/1.1 408 Request Timeout\r\n");
  });

  test("for the next request, and none while one is answered", async () => {
    const clock = new ManualClock();
    const answer = Promise.withResolvers<void>();
    const handler: Handler = async (exchange) => {
      await answer.promise;
      await exchange.send(200, {}, "at last");
    };
    const { server, connection } = open(handler, { clock, limits });
    await using stack = new AsyncDisposableStack();
    stack.use(server);
    connection.say("GET / HTTP/1.1", "Host: x", "", "");
    await eventually(() => clock.next === clock.now() + limits.requestTimeoutMs);
    clock.advance(60_000);
    answer.resolve();
    await eventually(() => clock.next === clock.now() + limits.idleTimeoutMs);
    expect(connection.said).toEndWith("at last");
    clock.advance(limits.idleTimeoutMs);
    await eventually(() => connection.end !== undefined);
    expect(connection.said).toEndWith("at last");
  });
});

test("disposal waits a while for what runs, and then ends it", async () => {
  const running = Promise.withResolvers<void>();
  const gone = Promise.withResolvers<void>();
  const { server, connection } = open((exchange) => {
    exchange.signal.addEventListener("abort", () => gone.resolve());
    running.resolve();
    return new Promise(() => undefined);
  });
  connection.say("GET / HTTP/1.1", "Host: x", "", "");
  await running.promise;
  await server[Symbol.asyncDispose]();
  await gone.promise;
  expect(connection.closed.aborted).toBe(true);
});
