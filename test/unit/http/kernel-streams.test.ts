// Goal: HTTP over connections that somebody else accepts is the HTTP of a listener: framing, trailers, limits, an orderly
// end. Method: streams in memory whose other end speaks by hand.

import { expect, test } from "bun:test";

import { type Handler, openStreamServer } from "#http";
import { type ByteStream, silentLogger } from "#lib";
import { eventually } from "#test/eventually";

/** One end of a connection for the server; the test speaks at the other. */
class Connection implements ByteStream {
  readonly peer = "12D3KooPeer";
  said = "";
  isEnded = false;
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
    this.abort();
  }

  abort(): void {
    this.#gone.abort(new Error("closed"));
  }
}

function open(handler: Handler) {
  const server = openStreamServer({ handler, name: "streams", logger: silentLogger, graceMs: 50 });
  const connection = new Connection();
  server.accept(connection);
  return { server, connection };
}

test("a request is answered, with trailers, and the connection is kept for the next", async () => {
  const { server, connection } = open(async (exchange) => {
    let body = "";
    for await (const piece of exchange.body) body += Buffer.from(piece).toString();
    const answer = exchange.begin(200, { Trailer: "X-End" });
    await answer.write(`${exchange.method} ${exchange.rawPath} ${body} ${exchange.remoteAddress}`);
    await answer.end({ "X-End": "yes" });
  });
  await using stack = new AsyncDisposableStack();
  stack.use(server);
  connection.say("POST /a HTTP/1.1", "Host: x", "Content-Length: 3", "", "abc");
  await eventually(() => connection.said.includes("X-End: yes\r\n\r\n"));
  expect(connection.said).toContain("POST /a abc 12D3KooPeer\r\n0\r\nX-End: yes\r\n\r\n");
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
