// A host with a DHT in a process of its own, for a machine of `netns.ts`. It is told what to do by lines of JSON.

import { createInterface } from "node:readline";

import { messageOf } from "#lib";
import type { HostOptions, KnownPeer, RoutingTable } from "#net";
import { openTestHost } from "#test/net-host";
import type { NetnsMachine } from "#test/netns";

interface Answer {
  readonly id: string;
  readonly mode: "client" | "server";
  readonly tables: readonly RoutingTable[];
  readonly protocols: readonly string[];
  readonly providers: readonly KnownPeer[];
  readonly problem: string | undefined;
}

/** Multihashes are in hex. */
interface Command {
  readonly connect?: string;
  readonly provide?: string;
  readonly findProviders?: string;
}

export interface RemoteDht extends AsyncDisposable {
  readonly id: string;
  tell(command?: Command): Promise<Answer>;
}

export async function openRemoteDht(
  machine: NetnsMachine,
  options: Partial<Omit<HostOptions, "privateKey">>,
): Promise<RemoteDht> {
  const child = Bun.spawn(
    [...machine.launcher, process.execPath, import.meta.path, JSON.stringify(options)],
    { stdin: "pipe", stdout: "pipe", stderr: "inherit" },
  );
  const lines = linesOf(child.stdout);
  const tell = async (command: Command = {}): Promise<Answer> => {
    void child.stdin.write(`${JSON.stringify(command)}\n`);
    const { value } = await lines.next();
    if (typeof value !== "string") throw new Error(`the host on ${machine.name} has ended`);
    // oxlint-disable-next-line typescript/no-unsafe-return -- our own program's answer
    return JSON.parse(value);
  };
  const { id } = await tell();
  return {
    id,
    tell,
    [Symbol.asyncDispose]: async () => {
      child.kill();
      await child.exited;
    },
  };
}

async function* linesOf(stdout: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of stdout) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}

async function serve(): Promise<void> {
  // oxlint-disable-next-line typescript/no-unsafe-assignment -- what `openRemoteDht` has passed
  const options: Partial<HostOptions> = JSON.parse(process.argv[2] ?? "{}");
  await using host = await openTestHost({ dht: { mode: "auto", validators: [] }, ...options });
  const { dht } = host;
  if (dht === undefined) throw new Error("a host without a DHT");
  for await (const line of createInterface({ input: process.stdin })) {
    // oxlint-disable-next-line typescript/no-unsafe-assignment -- a line of `tell`
    const command: Command = JSON.parse(line);
    let found: readonly KnownPeer[] = [];
    let problem: string | undefined;
    try {
      if (command.connect !== undefined) await host.connect(command.connect);
      if (command.provide !== undefined) await dht.provide(Buffer.from(command.provide, "hex"));
      if (command.findProviders !== undefined) {
        found = await Array.fromAsync(dht.findProviders(Buffer.from(command.findProviders, "hex")));
      }
    } catch (thrown) {
      problem = messageOf(thrown);
    }
    const answer: Answer = {
      id: host.id,
      mode: dht.mode(),
      tables: dht.tables(),
      protocols: host.protocols(),
      providers: found,
      problem,
    };
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
}

if (import.meta.main) await serve();
