// Goal: the forwarder changes nothing of a request and its answer but what speaks of a connection, keeps neither in memory,
// and breaks off where the node breaks off. Method: a listener in front of a small node in this process.

import { afterEach, beforeEach, expect, test } from "bun:test";
import {
  createServer,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from "node:http";
import { connect } from "node:net";

import { ClientGoneError, type Handler, openForwarder, openListener } from "#http";
import { silentLogger } from "#lib";
import { eventually } from "#test/eventually";

type Answer = (asked: IncomingMessage, response: ServerResponse) => void;

let stack: AsyncDisposableStack;
let answer: Answer;
let node: Server;
let port: number;
let nodePort: number;

beforeEach(async () => {
  stack = new AsyncDisposableStack();
  node = createServer((asked, response) => answer(asked, response));
  await new Promise<void>((resolve) => node.listen({ host: "127.0.0.1", port: 0 }, resolve));
  stack.defer(() => {
    node.closeAllConnections();
    node.close();
  });
  const bound = node.address();
  nodePort = bound !== null && typeof bound === "object" ? bound.port : 0;
  port = await openProxy();
});

afterEach(() => stack.disposeAsync());

/** `around`: what comes before and after the forwarder. */
async function openProxy(around = (handle: Handler): Handler => handle): Promise<number> {
  const target = { host: "127.0.0.1", port: nodePort, socketPath: undefined, isHttps: false };
  const handler = around(stack.use(openForwarder(target, silentLogger)).handle);
  const options = { host: "127.0.0.1", port: 0, handler, name: "proxy", graceMs: 0 };
  return stack.use(await openListener({ ...options, logger: silentLogger })).port;
}

interface Answered {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly trailers: IncomingMessage["trailers"];
  readonly body: string;
}

function ask(
  path: string,
  { body, ...options }: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const asking = request({ host: "127.0.0.1", port, path, method: "POST", ...options });
    asking.on("error", reject);
    asking.on("response", (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("error", reject);
      response.on("end", () => {
        const { statusCode: status = 0, headers, trailers } = response;
        resolve({ status, headers, trailers, body: Buffer.concat(parts).toString() });
      });
    });
    asking.end(body);
  });
}

test("a request arrives as it was sent, but for what speaks of its connection", async () => {
  let seen: IncomingMessage | undefined;
  answer = (asked, response) => {
    seen = asked;
    response.end("ok");
  };
  const headers = {
    Origin: "http://example.org",
    "X-Own": "1",
    "X-Hop": "2",
    Connection: "X-Hop, Upgrade",
    Upgrade: "websocket",
    TE: "trailers",
  };
  const { status, body } = await ask("/api/v0/a%2Fb/../c?arg=%20x&arg=y", { headers });
  expect([status, body]).toEqual([200, "ok"]);
  expect(seen?.url).toBe("/api/v0/a%2Fb/../c?arg=%20x&arg=y");
  expect(seen?.headers).toMatchObject({
    origin: "http://example.org",
    "x-own": "1",
    host: `127.0.0.1:${port}`,
    "x-forwarded-for": "127.0.0.1",
  });
  for (const name of ["x-hop", "upgrade", "te"]) expect(seen?.headers[name]).toBeUndefined();
});

test("an answer arrives as it was given, with its trailers", async () => {
  answer = (_asked, response) => {
    response.writeHead(207, {
      Trailer: "X-Stream-Error",
      "Set-Cookie": ["a=1", "b=2"],
      "Content-Type": "application/json",
      "X-Hop": "1",
      Connection: "X-Hop",
    });
    response.write("{}");
    response.addTrailers({ "X-Stream-Error": "late" });
    response.end("\n");
  };
  const { status, headers, trailers, body } = await ask("/api/v0/x");
  expect([status, body]).toEqual([207, "{}\n"]);
  expect(headers).toMatchObject({ "set-cookie": ["a=1", "b=2"], trailer: "X-Stream-Error" });
  expect(headers["x-hop"]).toBeUndefined();
  expect(trailers).toEqual({ "x-stream-error": "late" });
});

test("what stands beyond ASCII in an answer's headers and trailers arrives byte for byte", async () => {
  const bytes = Buffer.from("é✓").toString("latin1");
  answer = (_asked, response) => {
    response.writeHead(200, { Trailer: "X-Stream-Error", "X-Name": bytes });
    response.addTrailers({ "X-Stream-Error": bytes });
    response.end("{}");
  };
  const { headers, trailers } = await ask("/");
  expect([headers["x-name"], trailers["x-stream-error"]]).toEqual([bytes, bytes]);
});

test("a request that the node may have done before it cut the connection is not done again", async () => {
  const asked: (string | undefined)[] = [];
  answer = ({ url, socket }, response) => {
    asked.push(url);
    if (url === "/kept") response.end();
    else socket.destroy();
  };
  // one on a new connection, and one on a connection that is kept
  expect((await ask("/cut/1")).status).toBe(502);
  await ask("/kept");
  expect((await ask("/cut/2")).status).toBe(502);
  expect(asked).toEqual(["/cut/1", "/kept", "/cut/2"]);
});

test("HEAD and OPTIONS go to the node, too", async () => {
  answer = (asked, response) => {
    if (asked.method === "HEAD") response.writeHead(200, { "Content-Length": "5" }).end();
    else response.writeHead(204, { Allow: "POST" }).end();
  };
  const head = await ask("/", { method: "HEAD" });
  expect([head.status, head.headers["content-length"], head.body]).toEqual([200, "5", ""]);
  const options = await ask("/", { method: "OPTIONS" });
  expect([options.status, options.headers.allow]).toEqual([204, "POST"]);
});

test("a body streams to the node while the node answers", async () => {
  answer = (asked, response) => {
    response.writeHead(200);
    asked.on("data", (piece: Buffer) => response.write(piece));
    asked.on("end", () => response.end());
  };
  const asking = request({ host: "127.0.0.1", port, path: "/", method: "POST" });
  const echoed: string[] = [];
  asking.on("response", (response) => {
    response.on("data", (piece: Buffer) => echoed.push(piece.toString()));
  });
  for (const piece of ["one", "two", "three"]) {
    asking.write(piece);
    await eventually(() => echoed.includes(piece));
  }
  asking.end();
});

test("a client that does not read stops the node, and a node that does not read stops the client", async () => {
  const piece = Buffer.alloc(256 * 1024);
  const bytesMax = 64 * 1024 * 1024;
  let [told, taken] = [0, 0];
  answer = (asked, response) => {
    if (asked.url === "/take") {
      asked.pause();
      return;
    }
    const write = (): void => {
      while (told < bytesMax) {
        told += piece.length;
        if (!response.write(piece)) return void response.once("drain", write);
      }
      response.end();
    };
    write();
  };
  const reader = connect(port, "127.0.0.1");
  reader.pause();
  reader.write("POST /give HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
  const writer = connect(port, "127.0.0.1");
  writer.write(`POST /take HTTP/1.1\r\nHost: x\r\nContent-Length: ${bytesMax}\r\n\r\n`);
  const send = (): void => {
    while (taken < bytesMax) {
      taken += piece.length;
      if (!writer.write(piece)) return void writer.once("drain", send);
    }
  };
  send();
  let before = [-1, -1];
  // both stand still when a look finds what the look before found
  await eventually(async () => {
    await Bun.sleep(200);
    const isStill = told > 0 && taken > 0 && before[0] === told && before[1] === taken;
    before = [told, taken];
    return isStill;
  });
  expect(told).toBeLessThan(bytesMax);
  expect(taken).toBeLessThan(bytesMax);
  reader.destroy();
  writer.destroy();
});

test("an answer that breaks off breaks off for the client, too", async () => {
  answer = (_asked, response) => {
    response.writeHead(200, { "Content-Length": "10" });
    response.write("half", () => response.destroy());
  };
  await expect(ask("/")).rejects.toThrow();
});

test("a client that goes away ends the request at the node", async () => {
  const gone = Promise.withResolvers<void>();
  answer = (_asked, response) => {
    response.on("close", () => gone.resolve());
    response.writeHead(200).write("begin");
  };
  const asking = request({ host: "127.0.0.1", port, path: "/", method: "POST" });
  asking.on("error", () => undefined);
  asking.on("response", () => asking.destroy());
  asking.end();
  await gone.promise;
});

test("a client that went away before its turn is not forwarded", async () => {
  const forwarded = Promise.withResolvers<unknown>();
  const asking = Promise.withResolvers<void>();
  port = await openProxy((handle) => async (exchange) => {
    const { signal } = exchange;
    asking.resolve();
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    await handle(exchange).catch(forwarded.resolve);
  });
  const client = connect(port, "127.0.0.1");
  client.write("POST / HTTP/1.1\r\nHost: x\r\n\r\n");
  await asking.promise;
  client.destroy();
  expect(await forwarded.promise).toBeInstanceOf(ClientGoneError);
});

test("a node that is away is a 502, told as Kubo tells errors", async () => {
  node.close();
  const { status, headers, body } = await ask("/api/v0/id");
  expect([status, headers["content-type"]]).toEqual([502, "application/json"]);
  expect(JSON.parse(body)).toMatchObject({ Code: 0, Type: "error" });
});
