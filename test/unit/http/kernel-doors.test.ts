// Goal: the kernel's other doors: HTTPS, socket files, limits on whole requests and answers, and the access log.
// Method: listeners on free ports and in temp folders, spoken to by node's clients and by bare sockets.

import { afterEach, describe, expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, request } from "node:http";
import { request as secureRequest, type RequestOptions } from "node:https";
import { join } from "node:path";
import { connect as secureConnect } from "node:tls";

import { silentLogger } from "#lib";
import { ManualClock, until } from "#test/manual-clock";
import { speak } from "#test/raw-http";
import { projectFolder } from "#test/source-files";
import { makeTempFolder } from "#test/temp-folder";

import {
  type AccessEntry,
  accessLogLine,
  type ListenerOptions,
  openListener,
  PortTakenError,
} from "../../../src/http/kernel/index.ts";

const fixture = (name: string): string =>
  readFileSync(join(projectFolder, "test/fixtures/tls", name), "utf8");
const tls = { cert: fixture("localhost.cert.pem"), key: fixture("localhost.key.pem") };

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

function get(send: typeof request, options: RequestOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    const outgoing = send(options, (response) => {
      let text = "";
      response.on("data", (bytes: Buffer) => (text += bytes.toString()));
      response.on("end", () => resolve(`${text}${response.trailers["x-end"] ?? ""}`));
      response.on("error", reject);
    });
    outgoing.on("error", reject);
    outgoing.end();
  });
}

const streamed: ListenerOptions["handler"] = async (exchange) => {
  const body = exchange.begin(200, { Trailer: "X-End" });
  await body.write(`${exchange.remoteAddress} `);
  await body.end({ "X-End": "whole" });
};

describe("HTTPS", () => {
  test("serves streams with trailers, and checked certificates", async () => {
    const { url, port } = await listen({ handler: streamed, tls });
    expect(url).toBe(`https://127.0.0.1:${port}`);
    const place = { hostname: "127.0.0.1", port, agent: false };
    expect(await get(secureRequest, { ...place, ca: tls.cert })).toBe("127.0.0.1 whole");
    await expect(get(secureRequest, place)).rejects.toThrow();
  });

  test("speaks nothing older than TLS 1.2", async () => {
    const { port } = await listen({ handler: streamed, tls });
    const protocolOf = (maxVersion: "TLSv1.1" | "TLSv1.2"): Promise<string> =>
      new Promise((resolve) => {
        const options = { rejectUnauthorized: false, minVersion: "TLSv1", maxVersion } as const;
        const socket = secureConnect(port, "127.0.0.1", options, () => {
          resolve(socket.getProtocol() ?? "");
          socket.destroy();
        });
        socket.on("error", () => resolve("refused"));
      });
    expect(await protocolOf("TLSv1.1")).toBe("refused");
    expect(await protocolOf("TLSv1.2")).toBe("TLSv1.2");
  });

  test("does not answer plain HTTP, and lives on", async () => {
    const { port } = await listen({ handler: streamed, tls });
    await expect(get(request, { hostname: "127.0.0.1", port })).rejects.toThrow();
    const place = { hostname: "127.0.0.1", port, agent: false, rejectUnauthorized: false };
    expect(await get(secureRequest, place)).toBe("127.0.0.1 whole");
  });
});

const failing: ListenerOptions["handler"] = async (exchange) => {
  await exchange.begin(200, {}).write("half");
  throw new Error("lost");
};
const endless: ListenerOptions["handler"] = ({ signal }) =>
  new Promise((_resolve, reject) => signal.addEventListener("abort", reject));

describe.each(["TCP", "TLS", "a socket file"] as const)("over %s", (carrier) => {
  async function ask(options: Parameters<typeof listen>[0]): Promise<string> {
    using folder = makeTempFolder();
    const socketPath = join(folder.path, "api.sock");
    const more = carrier === "TLS" ? { tls } : {};
    const host = carrier === "a socket file" ? `/unix${socketPath}` : "127.0.0.1";
    const { port } = await listen({ ...options, ...more, host });
    const place = { hostname: "127.0.0.1", port, agent: false, rejectUnauthorized: false };
    if (carrier === "a socket file") return get(request, { socketPath, agent: false });
    return get(carrier === "TLS" ? secureRequest : request, place);
  }

  test("an answer that fails on its way breaks the connection", async () => {
    await expect(ask({ handler: failing })).rejects.toThrow();
  });

  test("an answer that takes too long does, too", async () => {
    await expect(ask({ handler: endless, limits: { answerTimeoutMs: 50 } })).rejects.toThrow();
  });
});

const handler: ListenerOptions["handler"] = (exchange) =>
  exchange.send(200, {}, `from ${JSON.stringify(exchange.remoteAddress)}`);

describe("a socket file", () => {
  test("is served without a certificate, and gone with its listener", async () => {
    using folder = makeTempFolder();
    const path = join(folder.path, "api.sock");
    const listener = await openListener({
      host: `/unix${path}`,
      port: 0,
      logger: silentLogger,
      name: "test",
      handler,
      tls,
    });
    expect(listener.url).toBe(`unix:${path}`);
    expect(await get(request, { socketPath: path, agent: false })).toBe('from ""');
    await listener[Symbol.asyncDispose]();
    expect(existsSync(path)).toBe(false);
  });

  test("that a killed process left is replaced", async () => {
    using folder = makeTempFolder();
    const path = join(folder.path, "api.sock");
    const killed = Bun.spawnSync([
      process.execPath,
      "-e",
      `require("node:http").createServer().listen({ path: ${JSON.stringify(path)} }, () => process.kill(process.pid, 9))`,
    ]);
    expect(killed.signalCode).toBe("SIGKILL");
    expect(existsSync(path)).toBe(true);
    await listen({ host: `/unix${path}`, handler });
    expect(await get(request, { socketPath: path, agent: false })).toBe('from ""');
  });

  test("at which somebody answers, or which is another file, is left alone", async () => {
    using folder = makeTempFolder();
    const path = join(folder.path, "api.sock");
    const other = createServer((_request, response) => response.end("other"));
    await new Promise<void>((resolve) => other.listen({ path }, resolve));
    await expect(listen({ host: `/unix${path}`, handler })).rejects.toBeInstanceOf(PortTakenError);
    expect(await get(request, { socketPath: path, agent: false })).toBe("other");
    await new Promise((resolve) => other.close(resolve));
    writeFileSync(path, "text");
    await expect(listen({ host: `/unix${path}`, handler })).rejects.toBeInstanceOf(PortTakenError);
    expect(readFileSync(path, "utf8")).toBe("text");
  });
});

describe("limits", () => {
  test("end a request whose body does not come in time", async () => {
    const { port } = await listen({
      limits: { headersTimeoutMs: 0, requestTimeoutMs: 100 },
      handler: async (exchange) => {
        await Array.fromAsync(exchange.body);
        await exchange.send(200, {}, "");
      },
    });
    const head = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n";
    expect(await speak(port, `${head}a`)).not.toContain("200 OK");
  });

  test("break an answer off that takes too long, and let another be", async () => {
    const clock = new ManualClock();
    const held = Promise.withResolvers<void>();
    const { port } = await listen({
      clock,
      limits: { answerTimeoutMs: 1000 },
      handler: async (exchange) => {
        if (exchange.rawPath === "/slow") await held.promise;
        await exchange.send(200, { Connection: "close" }, "whole");
      },
    });
    const slow = speak(port, "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
    await until(() => clock.next !== undefined);
    expect(await speak(port, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")).toEndWith("whole");
    clock.advance(1000);
    expect(await slow).not.toContain("200");
    held.resolve();
  });
});

describe("the access log", () => {
  const entry: AccessEntry = {
    at: Date.parse("2026-11-21T13:32:58.900Z"),
    remoteAddress: "127.0.0.1",
    method: "GET",
    target: "/id?x=1",
    httpVersion: "1.1",
    status: 401,
    bodyBytes: 56,
  };

  test("has a line as IPFS Cluster 1.1.6 writes it", () => {
    expect(accessLogLine(entry)).toBe(
      '127.0.0.1 - - [21/Nov/2026:13:32:58 +0000] "GET /id?x=1 HTTP/1.1" 401 56',
    );
    expect(accessLogLine({ ...entry, remoteAddress: "" })).toStartWith("@ - - [");
  });

  test("cannot be given a line by a client", () => {
    const line = accessLogLine({ ...entry, target: '/"\r\n\\\u00e4' });
    expect(line).toContain(String.raw`"GET /\"\x0d\x0a\\\xe4 HTTP/1.1"`);
  });

  test("gets every request with its status and the bytes of its body", async () => {
    const entries: AccessEntry[] = [];
    const { port } = await listen({
      onAccess: (one) => entries.push(one),
      handler: async (exchange) => {
        if (exchange.rawPath === "/fail") throw new Error("no");
        if (exchange.rawPath === "/whole") return exchange.send(200, {}, "häh");
        const body = exchange.begin(200, {});
        await body.write("ü");
        await body.write(new Uint8Array(3));
        await body.end();
      },
    });
    for (const path of ["/whole", "/stream", "/fail"])
      await fetch(`http://127.0.0.1:${port}${path}`);
    await until(() => entries.length === 3);
    const told = entries.map(({ target, status, bodyBytes }) => [target, status, bodyBytes]);
    expect(told).toEqual([
      ["/whole", 200, 4],
      ["/stream", 200, 5],
      ["/fail", 500, 15],
    ]);
    expect(entries[0]).toMatchObject({ method: "GET", remoteAddress: "127.0.0.1" });
  });
});
