// A host in a process of its own, for a machine of `netns.ts`. It is told what to do by lines of JSON.

import { createInterface } from "node:readline";

import type { HostOptions, Reachability } from "#net";
import { openTestHost } from "#test/net-host";
import type { NetnsMachine } from "#test/netns";

/** What a remote host can be asked. */
interface Answers {
  readonly id: string;
  readonly addresses: readonly string[];
  readonly connections: readonly {
    readonly peer: string;
    readonly address: string;
    readonly isLimited: boolean;
  }[];
  readonly reachability: Reachability;
}

export interface RemoteHost extends AsyncDisposable {
  readonly id: string;
  state(): Promise<Answers>;
  /** Connects, and resolves with an error's message or undefined. */
  connect(address: string): Promise<string | undefined>;
}

interface Command {
  readonly connect?: string;
}

/** Starts a host on a machine. */
export async function openRemoteHost(
  machine: NetnsMachine,
  options: Partial<Omit<HostOptions, "privateKey">>,
): Promise<RemoteHost> {
  const child = Bun.spawn(
    [...machine.launcher, process.execPath, import.meta.path, JSON.stringify(options)],
    { stdin: "pipe", stdout: "pipe", stderr: "inherit" },
  );
  const lines = linesOf(child.stdout);
  const ask = async (command: Command): Promise<Answers & { readonly problem?: string }> => {
    void child.stdin.write(`${JSON.stringify(command)}\n`);
    const { value } = await lines.next();
    if (typeof value !== "string") throw new Error(`the host on ${machine.name} has ended`);
    // oxlint-disable-next-line typescript/no-unsafe-return -- our own program's answer
    return JSON.parse(value);
  };
  const { id } = await ask({});
  return {
    id,
    state: () => ask({}),
    connect: async (address) => (await ask({ connect: address })).problem,
    [Symbol.asyncDispose]: async () => {
      child.kill();
      await child.exited;
    },
  };
}

async function* linesOf(stdout: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const bytes of stdout) {
    text += decoder.decode(bytes, { stream: true });
    for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n")) {
      yield text.slice(0, end);
      text = text.slice(end + 1);
    }
  }
}

async function serve(optionsText: string): Promise<void> {
  await using host = await openTestHost(JSON.parse(optionsText));
  for await (const line of createInterface({ input: process.stdin })) {
    // oxlint-disable-next-line typescript/no-unsafe-assignment -- our own program's question
    const command: Command = JSON.parse(line);
    const problem = await connectTo(host, command.connect);
    const connections = host
      .connections()
      .map(({ peer, address, isLimited }) => ({ peer, address, isLimited }));
    const { id } = host;
    const reachability = host.reachability();
    const answers = { id, addresses: host.addresses(), connections, reachability, problem };
    process.stdout.write(`${JSON.stringify(answers)}\n`);
  }
}

async function connectTo(
  host: { connect(target: string): Promise<unknown> },
  target: string | undefined,
): Promise<string | undefined> {
  if (target === undefined) return undefined;
  try {
    await host.connect(target);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

if (import.meta.main) await serve(process.argv[2] ?? "{}");
