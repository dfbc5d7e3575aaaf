// Goal: the HTTP kernel keeps its promises on the wire: framing, trailers, limits, broken connections, orderly end.
// Method: a listener on a free port per test, spoken to by a bare socket (so that every byte counts) or by fetch.

import { afterEach, describe, expect, test } from "bun:test";
import { connect } from "node:net";

import { messageOf, silentLogger } from "#lib";
import { ManualClock } from "#test/manual-clock";
import { speak } from "#test/raw-http";

import {
  type ListenerOptions,
  openListener,
  PortTakenError,
} from "../../../src/http/kernel/index.ts";
import { discardRest } from "../../../src/http/kernel/request-body.ts";

const open: AsyncDisposable[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each[Symbol.asyncDispose]();
});

async function listen(options: Partial<ListenerOptions> & Pick<ListenerOptions, "handler">) {
  const base = { host: "127.0.0.1", port: 0, logger: silentLogger, name: "test" };
  const listener = await openListener({ ...base, ...options });
  open.push(listener);
  return listener;
}

const get = (path: string): string =>
  `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`;
const rejecting = (): Promise<void> => Promise.reject(new Error("secret"));
const plain = { "Content-Type": "text/plain" };

describe("answers", () => {
  test("a whole answer has its length and the headers of handler and middleware", async () => {
    const { port } = await listen({
      handler: (exchange) => {
        exchange.responseHeaders["Vary"] = "Origin";
        exchange.responseHeaders["Content-Type"] = "text/html";
        return exchange.send(200, { ...plain, "Set-Cookie": ["a=1", "b=2"] }, "héllo");
      },
    });
    const answer = await speak(port, get("/"));
    expect(answer).toContain("HTTP/1.1 200 OK\r\n");
    expect(answer).toContain("Vary: Origin\r\nContent-Type: text/plain\r\n");
    expect(answer).toContain("Set-Cookie: a=1\r\nSet-Cookie: b=2\r\n");
    expect(answer).toContain("Content-Length: 6\r\n");
  });

  test("HTTP/1.0 gets a stream without chunks and trailers, until the connection closes, or breaks", async () => {
    const { port } = await listen({
      handler: async (exchange) => {
        const body = exchange.begin(200, { ...plain, Trailer: "X-End" });
        await body.write("a\n");
        await body.end({ "X-End": exchange.rawPath.slice(1) });
      },
    });
    const url = `http://127.0.0.1:${port}`;
    const failed = Bun.spawn(["curl", "-s", "--http1.0", `${url}/failed`], { stdout: "ignore" });
    expect(await failed.exited).not.toBe(0);
    const answer = await speak(port, "GET / HTTP/1.0\r\n\r\n");
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(answer).toMatch(/\r\n\r\na\n$/);
    expect(answer).not.toMatch(/Trailer|X-End|chunked/);
  });

  test("204 and 304 have neither length nor body, HEAD has the length alone", async () => {
    const { port } = await listen({
      handler: (exchange) => exchange.send(Number(exchange.rawPath.slice(1)), {}, "body"),
    });
    expect(await speak(port, get("/204"))).not.toContain("Content-Length");
    expect(await speak(port, get("/304"))).toMatch(/\r\n\r\n$/);
    const head = await speak(port, get("/200").replace("GET", "HEAD"));
    expect(head).toContain("Content-Length: 4");
    expect(head).toMatch(/\r\n\r\n$/);
  });

  test("a stream is chunked and ends with its trailers, which cannot break the framing", async () => {
    const { port } = await listen({
      handler: async (exchange) => {
        const body = exchange.begin(200, { ...plain, Trailer: "X-Stream-Error" });
        await body.write("one\n");
        await body.write("");
        await body.write("two\n");
        await body.end({ "X-Stream-Error": "bad\r\nEvil: 1 é" });
      },
    });
    const answer = await speak(port, get("/"));
    expect(answer).toContain(
      "4\r\none\n\r\n4\r\ntwo\n\r\n0\r\nX-Stream-Error: bad  Evil: 1 Ã©\r\n\r\n",
    );
  });

  test("the head of a stream goes out before its first byte is there", async () => {
    const gate = Promise.withResolvers<void>();
    const { port } = await listen({
      handler: async (exchange) => {
        const body = exchange.begin(200, plain);
        await gate.promise;
        await body.end();
      },
    });
    const response = await fetch(`http://127.0.0.1:${port}/`);
    expect(response.status).toBe(200);
    gate.resolve();
    expect(await response.text()).toBe("");
  });

  test("a writer waits while the client does not read", async () => {
    let waits = 0;
    const { port } = await listen({
      handler: async (exchange) => {
        const body = exchange.begin(200, plain);
        const piece = new Uint8Array(256 * 1024);
        for (let i = 0; i < 256; i++) {
          const room = body.write(piece);
          if (room !== undefined) waits++;
          await room;
        }
        await body.end();
      },
    });
    const response = await fetch(`http://127.0.0.1:${port}/`);
    const reader = response.body?.getReader();
    await reader?.read();
    let size = 0;
    for (let piece = await reader?.read(); piece?.value; piece = await reader?.read()) {
      size += piece.value.length;
    }
    expect(size).toBeGreaterThan(60 * 1024 * 1024);
    expect(waits).toBeGreaterThan(10);
  });
});

describe("failures", () => {
  test("a handler that throws before the head is answered by the error mapper, without one by 500", async () => {
    const handler = rejecting;
    const mapped = await listen({
      handler,
      answerError: (exchange, error) => exchange.send(418, {}, error.message),
    });
    expect(await speak(mapped.port, get("/"))).toContain("HTTP/1.1 418");
    const bare = await listen({ handler });
    const answer = await speak(bare.port, get("/"));
    expect(answer).toContain("HTTP/1.1 500");
    expect(answer).not.toContain("secret");
  });

  test("a handler that throws after the head breaks the connection", async () => {
    const { port } = await listen({
      handler: async (exchange) => {
        await exchange.begin(200, plain).write("half");
        throw new Error("disk");
      },
    });
    const answer = await speak(port, get("/"));
    expect(answer).toEndWith("!reset");
    expect(answer).not.toContain("0\r\n\r\n");
  });

  test("a handler that gives no answer is a 500", async () => {
    const { port } = await listen({ handler: () => Promise.resolve() });
    expect(await speak(port, get("/"))).toContain("HTTP/1.1 500");
  });

  test("the signal is aborted and writes fail when the client goes away", async () => {
    const gone = Promise.withResolvers<unknown>();
    const { port } = await listen({
      handler: async (exchange) => {
        const { signal } = exchange;
        const body = exchange.begin(200, plain);
        await body.write("x");
        await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
        gone.resolve(body.write("y"));
        await gone.promise;
      },
    });
    const socket = connect(port, "127.0.0.1", () => socket.write(get("/")));
    socket.on("data", () => socket.destroy());
    const failure = await gone.promise.catch(messageOf);
    expect(failure).toContain("client closed");
  });

  test("a body that breaks off is an error for its reader", async () => {
    const seen = Promise.withResolvers<string>();
    const { port } = await listen({
      handler: async (exchange) => {
        const all = Array.fromAsync(exchange.body);
        seen.resolve(await all.then(String, messageOf));
      },
    });
    const socket = connect(port, "127.0.0.1", () => {
      socket.write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc", () =>
        socket.end(),
      );
    });
    socket.on("error", () => undefined);
    expect(await seen.promise).toContain("unexpected EOF");
  });
});

describe("early answers", () => {
  test("a body that trickles on is read for a minute at most", async () => {
    const clock = new ManualClock();
    const beganAt = clock.now();
    const trickle = async function* (): AsyncGenerator<Uint8Array> {
      for (;;) {
        clock.advance(100);
        yield new Uint8Array(1);
      }
    };
    await discardRest(trickle(), clock);
    expect(clock.now() - beganAt).toBe(60_000);
  });

  const size = 8 * 1024 * 1024;
  const upload = Buffer.concat([
    Buffer.from(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${size}\r\n\r\n`),
    Buffer.alloc(size),
  ]);

  for (const framing of ["length", "chunks"]) {
    test(`a client that sends all before it reads sees the answer (${framing}) and the end of the connection`, async () => {
      const { port } = await listen({
        handler: async (exchange) => {
          if (framing === "length") return exchange.send(500, plain, "no\n");
          const body = exchange.begin(500, plain);
          await body.write("no\n");
          await body.end();
        },
      });
      const answer = await speak(port, upload);
      expect(answer).toContain("Connection: close");
      expect(answer).toContain("no\n");
      expect(answer).not.toContain("!reset");
    });
  }

  test("a small body that nobody reads does not cost the connection", async () => {
    const { port } = await listen({ handler: (exchange) => exchange.send(200, {}, "ok") });
    const first = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc";
    const answer = await speak(port, first + get("/"));
    expect(answer.match(/HTTP\/1\.1 200/g)).toHaveLength(2);
  });

  test("a client that asks before it sends is told to go on", async () => {
    const { port } = await listen({
      handler: async (exchange) => {
        const body = Buffer.concat(await Array.fromAsync(exchange.body));
        await exchange.send(200, {}, body);
      },
    });
    const answer = await new Promise<string>((resolve) => {
      let text = "";
      const socket = connect(port, "127.0.0.1", () => {
        socket.write(
          "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nConnection: close\r\nContent-Length: 3\r\n\r\n",
        );
      });
      socket.on("data", (piece) => {
        text += piece.toString();
        if (text.endsWith("100 Continue\r\n\r\n")) socket.write("abc");
      });
      socket.on("close", () => resolve(text));
    });
    expect(answer).toMatch(/abc$/);
  });
});

describe("limits", () => {
  test("a head over the limit is a 431, a request that is none a 400", async () => {
    const { port } = await listen({
      handler: (exchange) => exchange.send(200, {}),
      limits: { headerBytesMax: 8192 },
    });
    const long = `GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${"a".repeat(20_000)}\r\n\r\n`;
    expect(await speak(port, long)).toStartWith("HTTP/1.1 431");
    expect(await speak(port, "NONSENSE\r\n\r\n")).toStartWith("HTTP/1.1 400");
  });

  test("more requests at once than allowed are answered 503 with Retry-After", async () => {
    const gate = Promise.withResolvers<void>();
    const inside = Promise.withResolvers<void>();
    const { port } = await listen({
      limits: { requestsMax: 1 },
      handler: async (exchange) => {
        inside.resolve();
        await gate.promise;
        await exchange.send(200, {});
      },
    });
    const first = speak(port, get("/"));
    await inside.promise;
    const second = await speak(port, get("/"));
    expect(second).toContain("HTTP/1.1 503");
    expect(second).toContain("Retry-After: 1");
    gate.resolve();
    expect(await first).toContain("HTTP/1.1 200");
  });

  test("a head that does not come in time ends the connection", async () => {
    const { port } = await listen({
      handler: (exchange) => exchange.send(200, {}),
      limits: { headersTimeoutMs: 50 },
    });
    expect(await speak(port, "GET / HTTP/1.1\r\nHost:")).toStartWith("HTTP/1.1 408");
  });
});

describe("end", () => {
  test("a taken port is named", async () => {
    const first = await listen({ handler: (exchange) => exchange.send(200, {}) });
    const second = listen({ handler: (exchange) => exchange.send(200, {}), port: first.port });
    const error = await second.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(PortTakenError);
    expect(String(error)).toContain(`127.0.0.1:${first.port}`);
  });

  test("disposal lets a running request end and then refuses connections", async () => {
    const gate = Promise.withResolvers<void>();
    const inside = Promise.withResolvers<void>();
    const listener = await listen({
      handler: async (exchange) => {
        inside.resolve();
        await gate.promise;
        await exchange.send(200, {}, "done");
      },
    });
    const answer = speak(listener.port, get("/"));
    await inside.promise;
    const closed = listener[Symbol.asyncDispose]();
    gate.resolve();
    expect(await answer).toContain("done");
    await closed;
    expect(await speak(listener.port, get("/"))).toBe("!reset");
  });

  test("a request that outlasts the grace time is broken off", async () => {
    const inside = Promise.withResolvers<void>();
    const aborted = Promise.withResolvers<void>();
    const listener = await listen({
      graceMs: 1,
      handler: async (exchange) => {
        exchange.signal.addEventListener("abort", () => aborted.resolve(), { once: true });
        inside.resolve();
        await aborted.promise;
      },
    });
    const answer = speak(listener.port, get("/"));
    await inside.promise;
    await listener[Symbol.asyncDispose]();
    expect(await answer).not.toContain("HTTP/1.1 200");
    await aborted.promise;
  });
});
