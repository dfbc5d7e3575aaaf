// Goal: an answer of Kubo's RPC counts only when it is whole. Method: a node:http server that answers well, badly, late
// and half.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createServer, type Server, type ServerResponse } from "node:http";

import { RpcError } from "../../../src/cli/errors.ts";
import { createRpcClient, type RpcClient } from "../../../src/cli/rpc-client.ts";

const answers: Readonly<
  Record<string, (response: ServerResponse, query: URLSearchParams) => void>
> = {
  echo: (response, query) => void response.end(JSON.stringify([...query])),
  upload: (response) => void response.req.pipe(response),
  late: (response) => {
    response.writeHead(200, { Trailer: "X-Stream-Error" });
    response.write('{"a":1}\n{"a":');
    response.write("2}\n");
    response.addTrailers({ "X-Stream-Error": "it broke" });
    response.end();
  },
  refused: (response) => {
    response.writeHead(500, { "Content-Type": "application/json" });
    response.end('{"Message":"no such thing","Code":0,"Type":"error"}\n');
  },
  unknown: (response) => void response.writeHead(404).end("404 page not found\n"),
  cut: (response) => {
    response.writeHead(200, { "Content-Length": "100" });
    response.write("half", () => response.socket?.destroy());
  },
};

let server: Server;
let client: RpcClient;

beforeAll(async () => {
  server = createServer((request, response) => {
    const url = new URL(request.url ?? "", "http://localhost");
    answers[url.pathname.replace("/api/v0/", "")]?.(response, url.searchParams);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  client = createRpcClient(`http://127.0.0.1:${port}`);
});

afterAll(() => void server.close());

async function failure(work: Promise<unknown>): Promise<RpcError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof RpcError) return error;
  throw new Error(`expected an RpcError, got ${String(error)}`);
}

describe("the client", () => {
  test("sends arguments and the options that are given", async () => {
    const call = { command: "echo", arguments: ["a b", "c&d"], options: { x: 1, y: undefined } };
    expect(await client.document(call)).toEqual([
      ["arg", "a b"],
      ["arg", "c&d"],
      ["x", "1"],
    ]);
  });

  test("sends a file as the part of a multipart body", async () => {
    const { chunks } = await client.bytes({ command: "upload", file: Buffer.from("a\r\nb") });
    const body = Buffer.concat(await Array.fromAsync(chunks)).toString();
    expect(body).toMatch(
      /^--(\S+)\r\nContent-Disposition: form-data; [^]*\r\n\r\na\r\nb\r\n--\1--\r\n$/,
    );
  });

  test("yields the good lines and then the error of the trailer", async () => {
    const seen: unknown[] = [];
    const work = (async () => {
      for await (const line of client.lines({ command: "late" })) seen.push(line);
    })();
    expect((await failure(work)).message).toBe("it broke");
    expect(seen).toEqual([{ a: 1 }, { a: 2 }]);
  });

  test("tells Kubo's message, or the plain text", async () => {
    const refused = await failure(client.document({ command: "refused" }));
    expect([refused.status, refused.message]).toEqual([500, "no such thing"]);
    const unknown = await failure(client.document({ command: "unknown" }));
    expect([unknown.status, unknown.message]).toEqual([404, "404 page not found"]);
  });

  test("fails when the answer is cut", async () => {
    const { chunks } = await client.bytes({ command: "cut" });
    expect((await failure(Array.fromAsync(chunks))).message).toContain("ended early");
  });

  test("fails when nobody is there, and says where", async () => {
    const nobody = createRpcClient("http://127.0.0.1:1");
    const error = await failure(nobody.document({ command: "id" }));
    expect(error.message).toStartWith("cannot reach the peer at http://127.0.0.1:1");
  });
});
