import { bool, type KuboCommand } from "../command.ts";
import type { BootstrapList } from "../deps.ts";
import { CommandError } from "../errors.ts";
import { parsePeerAddress } from "../multiaddr-text.ts";
import type { KuboOutput } from "../output.ts";
import type { KuboRequest } from "../request.ts";

const list: KuboCommand = {
  path: "bootstrap/list",
  options: [bool("expand-auto")],
  run: async (request, output) => {
    const isExpanded = request.flag("expand-auto") === true;
    await tell(output, "", await requireList(request).list({ isExpanded }));
  },
};

const add: KuboCommand = {
  path: "bootstrap/add",
  arguments: [{ name: "peer", type: "text", isVariadic: true, mayComeFromBody: true }],
  run: runAdd,
};

const remove: KuboCommand = {
  path: "bootstrap/rm",
  arguments: [{ name: "peer", type: "text", isVariadic: true, mayComeFromBody: true }],
  options: [bool("all")],
  run: runRemove,
};

const removeAll: KuboCommand = {
  path: "bootstrap/rm/all",
  run: async (request, output) => {
    const kept = requireList(request);
    const all = await kept.list();
    await kept.remove(all);
    await tell(output, "removed ", all);
  },
};

export const bootstrapCommands: readonly KuboCommand[] = [
  list,
  { ...list, path: "bootstrap" },
  add,
  remove,
  removeAll,
];

const auto = "auto";

function requireList({ deps }: KuboRequest): BootstrapList {
  if (deps.bootstrap !== undefined) return deps.bootstrap;
  throw new CommandError("this node has no list of bootstrap peers that could be read or changed");
}

async function runAdd(request: KuboRequest, output: KuboOutput): Promise<void> {
  if (request.arguments.length === 0) throw new CommandError("no bootstrap peers to add");
  const wanted = [...new Set(request.arguments.map((peer) => (peer === "default" ? auto : peer)))];
  for (const peer of wanted) if (peer !== auto) checkPeer(peer);
  await requireList(request).add(wanted);
  await tell(output, "added ", wanted);
}

function checkPeer(text: string): void {
  const { peer, transport } = parsePeerAddress(text);
  if (peer === undefined) throw new CommandError(`invalid bootstrap address: ${text}`);
  if (transport === "") throw new CommandError(`bootstrap address without a transport: ${text}`);
}

/** Of a peer without a transport every address is removed. */
async function runRemove(request: KuboRequest, output: KuboOutput): Promise<void> {
  if (request.flag("all") === true) return removeAll.run(request, output);
  const kept = requireList(request);
  const wanted = request.arguments.map((text) =>
    text === auto || text === "default" ? auto : readPeer(text),
  );
  const removed = (await kept.list()).filter((entry) =>
    wanted.some((one) => (one === auto ? entry === auto : isSame(entry, one))),
  );
  await kept.remove(removed);
  await tell(output, "removed ", removed);
}

type Peer = ReturnType<typeof parsePeerAddress>;

function readPeer(text: string): Peer {
  const peer = parsePeerAddress(text);
  if (peer.peer === undefined) throw new CommandError("invalid p2p multiaddr");
  return peer;
}

function isSame(entry: string, { peer, transport }: Peer): boolean {
  if (entry === auto) return false;
  const found = parsePeerAddress(entry);
  return found.peer === peer && (transport === "" || found.transport === transport);
}

async function tell(output: KuboOutput, done: string, peers: readonly string[]): Promise<void> {
  const isNil = done === "" && peers.length === 0;
  await output.single({ Peers: isNil ? null : peers }, () =>
    peers
      .toSorted()
      .map((peer) => `${done}${peer}\n`)
      .join(""),
  );
}
