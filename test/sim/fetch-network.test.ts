// Goal: a pin of very many blocks over real connections survives the death of a peer and its own, fetches nothing twice,
// and stays small in memory. Method: processes on this machine. With PINFOLD_LONG_TESTS=1 the DAG has 10 GB.

import { describe, expect, test } from "bun:test";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { eventually } from "#test/eventually";
import { makeTempFolder } from "#test/temp-folder";

const isLong = process.env["PINFOLD_LONG_TESTS"] === "1";
const dag = isLong
  ? { leaves: 100_000, leafBytes: 100 * 1024 }
  : { leaves: 10_000, leafBytes: 1024 };
const patienceMs = isLong ? 1_800_000 : 60_000;
const memoryMax = (isLong ? 200 : 256) * 1024 * 1024;
const script = join(import.meta.dir, "../support/fetch-process.ts");

type Line = Readonly<Record<string, unknown>>;

/** A process of `fetch-process.ts`; killed with its scope. */
class Child implements Disposable {
  readonly lines: Line[] = [];
  readonly #process;
  hasEnded = false;

  constructor(...args: readonly string[]) {
    this.#process = spawn(process.execPath, [script, ...args], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.#process.on("exit", () => {
      this.hasEnded = true;
    });
    createInterface(this.#process.stdout).on("line", (line) => this.lines.push(JSON.parse(line)));
  }

  last(key: string): unknown {
    return this.lines.findLast((line) => line[key] !== undefined)?.[key];
  }

  kill(): void {
    this.#process.kill("SIGKILL");
  }

  [Symbol.dispose](): void {
    this.kill();
  }
}

async function serve(): Promise<Child> {
  const child = new Child("serve", String(dag.leaves), String(dag.leafBytes));
  await eventually(() => child.last("address") !== undefined, patienceMs);
  return child;
}

describe("a pin of very many blocks", () => {
  test(
    "is completed when one of its two peers dies, in little memory",
    async () => {
      using folder = makeTempFolder();
      const servers = await Promise.all([serve(), serve()]);
      using first = servers[0];
      using second = servers[1];
      const root = String(first.last("root"));
      const addresses = servers.map((server) => String(server.last("address")));
      using fetcher = new Child("fetch", folder.path, root, ...addresses);
      const blocks = Number(second.last("blocks"));
      await eventually(() => Number(fetcher.last("here")) > 0.3 * blocks, patienceMs);
      first.kill();
      await eventually(() => fetcher.hasEnded, patienceMs);
      expect(fetcher.last("isDone")).toBe(true);
      expect(fetcher.last("blocks")).toBe(blocks);
      expect(Number(fetcher.last("received"))).toBeLessThan(1.02 * blocks);
      expect(Number(fetcher.last("memory"))).toBeLessThan(memoryMax);
    },
    patienceMs,
  );

  test(
    "goes on after a kill with what is missing alone",
    async () => {
      using folder = makeTempFolder();
      using server = await serve();
      const [root, address] = [String(server.last("root")), String(server.last("address"))];
      const blocks = Number(server.last("blocks"));
      using killed = new Child("fetch", folder.path, root, address);
      await eventually(() => Number(killed.last("here")) > 0.4 * blocks, patienceMs);
      killed.kill();
      await eventually(() => killed.hasEnded, patienceMs);
      using next = new Child("fetch", folder.path, root, address);
      await eventually(() => next.hasEnded, patienceMs);
      const found = Number(next.last("found"));
      expect(found).toBeGreaterThan(0.2 * blocks);
      expect(next.last("isDone")).toBe(true);
      expect(next.last("blocks")).toBe(blocks);
      expect(Number(next.last("received"))).toBe(blocks - found);
    },
    patienceMs,
  );
});
