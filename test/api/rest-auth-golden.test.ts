// Goal: who may come in, and what others are told, is as with a real IPFS Cluster 1.1.6, but for one hole of its.
// Method: 73 requests with and without credentials, recorded from the real program with the configuration that stands in the
// recording, are sent again; status, headers and body are compared.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { request as send } from "node:http";
import { join } from "node:path";

import { z } from "zod";

import { createGate } from "#http";
import { silentLogger, systemClock } from "#lib";
import { MemoryConnector } from "#test/memory-connector";
import { MemoryKeyspace } from "#test/memory-keyspace";
import { openRestStack, type RestStack } from "#test/rest-stack";
import { makeTempFolder } from "#test/temp-folder";

import { createAccounts } from "../../src/peer/users/accounts.ts";
import { PasswordHasher } from "../../src/peer/users/password.ts";
import { openUserStore } from "../../src/peer/users/user-store.ts";

const recording = z
  .object({
    configuration: z.object({
      basic_auth_credentials: z.record(z.string(), z.string()),
      headers: z.record(z.string(), z.array(z.string())),
    }),
    exchanges: z.array(
      z.object({
        name: z.string(),
        method: z.string(),
        path: z.string(),
        headers: z.record(z.string(), z.string()),
        answer: z.object({
          status: z.number(),
          headers: z.record(z.string(), z.array(z.string())),
          body: z.string(),
        }),
      }),
    ),
  })
  .parse(
    JSON.parse(
      readFileSync(
        join(import.meta.dir, "../fixtures/golden-http/cluster-auth-1.1.6.json"),
        "utf8",
      ),
    ),
  );

type Recorded = (typeof recording.exchanges)[number];

/** Answered differently on purpose (docs/differences.md). */
const different: Readonly<Record<string, number>> = { "empty key": 401 };

let rest: RestStack;

beforeAll(async () => {
  using folder = makeTempFolder();
  const seams = { clock: systemClock, logger: silentLogger };
  const store = await openUserStore(join(folder.path, "users.json"), seams);
  const { basic_auth_credentials: credentials, headers } = recording.configuration;
  const deps = { store, hasher: new PasswordHasher(), ...seams };
  const gate = createGate(
    { accounts: createAccounts(deps, credentials), ...seams },
    {
      describe: (code, message) => ({ code, message }),
      headers,
      limits: { failuresMax: 1000, forgiveMs: 1000, addressesMax: 10 },
    },
  );
  const memory = { connector: new MemoryConnector(), pinset: new MemoryKeyspace() };
  rest = await openRestStack(memory, { gate, rest: { headers } });
});

afterAll(() => rest[Symbol.asyncDispose]());

test.each(recording.exchanges.map((recorded) => [recorded.name, recorded] as const))(
  "%s is answered as recorded",
  async (name, recorded) => {
    const answer = await ask(recorded);
    const status = different[name];
    if (status !== undefined) return expect(answer.status).toBe(status);
    expect(answer).toEqual(recorded.answer);
  },
);

/** What no two servers share, and what follows from the body. */
const ignored = new Set(["date", "connection", "keep-alive", "content-length"]);

function ask(recorded: Recorded): Promise<Recorded["answer"]> {
  const { method, path, headers } = recorded;
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(rest.url);
    const outgoing = send({ hostname, port, method, path, headers, agent: false }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (bytes: Buffer) => parts.push(bytes));
      response.on("end", () => {
        const body = Buffer.concat(parts).toString();
        resolve({
          status: response.statusCode ?? 0,
          headers: headersOf(response.rawHeaders),
          body,
        });
      });
    });
    outgoing.on("error", reject);
    outgoing.end();
  });
}

function headersOf(raw: readonly string[]): Record<string, string[]> {
  const headers: Record<string, string[]> = {};
  for (let index = 0; index < raw.length; index += 2) {
    const name = (raw[index] ?? "").toLowerCase();
    if (!ignored.has(name)) (headers[name] ??= []).push(raw[index + 1] ?? "");
  }
  return headers;
}
