import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

import { cidOf } from "#dag";
import type { PinMode } from "#model";

/** Answers one call: `args` are its `arg`s, `body` what came with it. */
type FakeAnswer = (
  call: {
    readonly query: URLSearchParams;
    readonly args: readonly string[];
    readonly body: Buffer;
  },
  response: ServerResponse,
) => void | Promise<void>;

/**
 * A Kubo's RPC in this process: pins, blocks, errors and streams as Kubo 0.44 tells them. What a test puts into `answers`
 * comes before. Content counts as whole as soon as its root is there.
 */
export interface FakeKubo extends AsyncDisposable {
  readonly port: number;
  /** What was asked, without `/api/v0/`, in order. */
  readonly calls: string[];
  readonly pins: Map<string, PinMode>;
  /** CIDs, version 1 of raw, whatever codec they were put with. */
  readonly blocks: Map<string, Buffer>;
  readonly answers: Map<string, FakeAnswer>;
  /** Closes the port and all connections. */
  stop(): Promise<void>;
  /** Opens it again. */
  start(): Promise<void>;
}

export const fakeKuboId = "12D3KooWKw3PYVDXZi9ab2A7deupsoh436tJnsA8qj478GBD4AUc";

export async function openFakeKubo(): Promise<FakeKubo> {
  const state: State = { calls: [], pins: new Map(), blocks: new Map(), answers: new Map() };
  const builtin = answersOf(state);
  let port = 0;
  let server: Server | undefined;
  const start = async (): Promise<void> => {
    server = createServer((request, response) => void serve(state, builtin, { request, response }));
    const listening = server;
    await new Promise<void>((resolve) => listening.listen({ host: "127.0.0.1", port }, resolve));
    const bound = listening.address();
    port = bound !== null && typeof bound === "object" ? bound.port : 0;
  };
  const stop = async (): Promise<void> => {
    const closing = server;
    server = undefined;
    if (closing === undefined) return;
    const closed = new Promise<void>((resolve) => closing.close(() => resolve()));
    closing.closeAllConnections();
    await closed;
  };
  await start();
  return { ...state, port, start, stop, [Symbol.asyncDispose]: stop };
}

type State = Pick<FakeKubo, "calls" | "pins" | "blocks" | "answers">;

async function serve(
  { calls, answers }: State,
  builtin: ReadonlyMap<string, FakeAnswer>,
  { request, response }: { readonly request: IncomingMessage; readonly response: ServerResponse },
): Promise<void> {
  const call = (request.url ?? "").slice("/api/v0/".length);
  calls.push(call);
  const [path = "", search = ""] = call.split("?");
  const query = new URLSearchParams(search);
  const pieces: Buffer[] = [];
  try {
    for await (const piece of request) pieces.push(Buffer.from(piece));
  } catch {
    return; // the client went away
  }
  const answer = answers.get(path) ?? builtin.get(path);
  const type = request.headers["content-type"] ?? "";
  const body = partsOf(Buffer.concat(pieces), /boundary=(.+)$/.exec(type)?.[1]);
  if (answer === undefined) response.writeHead(404).end("404 page not found\n");
  else await answer({ query, args: query.getAll("arg"), body }, response);
}

/** The parts of a form, each behind its length; anything else as it is. */
function partsOf(body: Buffer, boundary: string | undefined): Buffer {
  if (boundary === undefined) return body;
  const parts = body.toString("latin1").split(`--${boundary}`).slice(1, -1);
  const contents = parts.map((part) => {
    return Buffer.from(part.slice(part.indexOf("\r\n\r\n") + 4, -2), "latin1");
  });
  return Buffer.from(JSON.stringify(contents.map((content) => content.toString("base64"))));
}

export function refuse(response: ServerResponse, message: string): void {
  response.writeHead(500, { "Content-Type": "application/json", Trailer: "X-Stream-Error" });
  response.end(`${JSON.stringify({ Message: message, Code: 0, Type: "error" })}\n`);
}

export function tell(response: ServerResponse, ...values: readonly unknown[]): void {
  response.writeHead(200, { "Content-Type": "application/json" });
  response.end(values.map((value) => `${JSON.stringify(value)}\n`).join(""));
}

function answersOf({ pins, blocks }: State): ReadonlyMap<string, FakeAnswer> {
  const answers: Record<string, FakeAnswer> = {
    id: (_call, response) => tell(response, { ID: fakeKuboId, Addresses: ["/ip4/1.2.3.4/tcp/1"] }),
    "pin/ls": ({ query, args: [arg] }, response) => {
      const type = query.get("type");
      if (arg === undefined) {
        const found = [...pins].filter(([, mode]) => mode === type);
        return tell(response, ...found.map(([Cid, Type]) => ({ Cid, Type })));
      }
      if (pins.get(arg) === type) return tell(response, { Cid: arg, Type: type });
      refuse(response, `path '${arg}' is not pinned`);
    },
    "pin/add": ({ query, args: [arg = ""] }, response) => {
      if (!blocks.has(arg)) {
        const missing = `ipld: could not find ${arg}`;
        return refuse(response, `pin: block was not found locally (offline): ${missing}`);
      }
      pins.set(arg, query.get("recursive") === "false" ? "direct" : "recursive");
      tell(response, {}, { Progress: 1, Bytes: 4 }, { Pins: [arg] });
    },
    "pin/update": ({ args: [from = "", to = ""] }, response) => {
      pins.set(to, "recursive");
      tell(response, { Pins: [from, to] });
    },
    "pin/rm": ({ args: [arg = ""] }, response) => {
      if (pins.delete(arg)) tell(response, { Pins: [arg] });
      else refuse(response, "not pinned or pinned indirectly");
    },
    "block/put": ({ query, body }, response) => {
      const given: unknown = JSON.parse(body.toString());
      const contents = Array.isArray(given)
        ? given.map((one) => Buffer.from(String(one), "base64"))
        : [];
      const hash = query.get("mhtype") ?? undefined;
      const keys = contents.map((content) => {
        const cid = cidOf(0x55, content, { hash }).toString();
        blocks.set(cid, content);
        return { Key: cid, Size: content.length };
      });
      tell(response, ...keys);
    },
    "block/stat": ({ args: [arg = ""] }, response) => {
      const block = blocks.get(arg);
      if (block === undefined) refuse(response, `ipld: could not find ${arg}`);
      else tell(response, { Key: arg, Size: block.length });
    },
    "repo/stat": (_call, response) => tell(response, { RepoSize: 5, StorageMax: 10 }),
    "swarm/connect": (_call, response) => tell(response, { Strings: [] }),
  };
  return new Map(Object.entries(answers));
}
