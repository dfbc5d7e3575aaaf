import { type CID, cidText } from "#model";

import { bool, type KuboCommand, text } from "../command.ts";
import { AskedWronglyError } from "../errors.ts";
import { findNetwork, offlineText, readPeerId, requireNetwork } from "../network-access.ts";
import type { KuboOutput } from "../output.ts";
import type { KuboRequest } from "../request.ts";
import { humanBytes } from "./stats-text.ts";

const stat: KuboCommand = {
  path: "bitswap/stat",
  options: [bool("verbose", "v"), bool("human")],
  run: runStat,
};

const wantlist: KuboCommand = {
  path: "bitswap/wantlist",
  options: [text("peer", "p")],
  run: runWantlist,
};

const ledger: KuboCommand = {
  path: "bitswap/ledger",
  arguments: [{ name: "peer", type: "text", isRequired: true }],
  run: runLedger,
};

export const bitswapCommands: readonly KuboCommand[] = [
  stat,
  { ...stat, path: "stats/bitswap" },
  wantlist,
  ledger,
];

async function runStat(request: KuboRequest, output: KuboOutput): Promise<void> {
  const network = await findNetwork(request);
  if (network === undefined) {
    throw new AskedWronglyError(`unable to run offline: ${offlineText.command}`);
  }
  const found = network.exchange.stat();
  const value = {
    Wantlist: found.wantlist.map(linkOf),
    Peers: found.peers,
    BlocksReceived: found.blocksReceived,
    DataReceived: found.dataReceived,
    DupBlksReceived: found.dupBlocksReceived,
    DupDataReceived: found.dupDataReceived,
    MessagesReceived: found.messagesReceived,
    BlocksSent: found.blocksSent,
    DataSent: found.dataSent,
  };
  const encode = request.cidEncoder();
  await output.single(value, () => {
    const size = request.flag("human") === true ? humanBytes : String;
    const lines = [
      "bitswap status",
      `\tblocks received: ${found.blocksReceived}`,
      `\tblocks sent: ${found.blocksSent}`,
      `\tdata received: ${size(found.dataReceived)}`,
      `\tdata sent: ${size(found.dataSent)}`,
      `\tdup blocks received: ${found.dupBlocksReceived}`,
      `\tdup data received: ${size(found.dupDataReceived)}`,
      `\twantlist [${found.wantlist.length} keys]`,
      ...found.wantlist.map((cid) => `\t\t${encode(cid)}`),
      `\tpartners [${found.peers.length}]`,
      ...(request.flag("verbose") === true ? found.peers.map((peer) => `\t\t${peer}`) : []),
    ];
    return lines.map((line) => `${line}\n`).join("");
  });
}

async function runWantlist(request: KuboRequest, output: KuboOutput): Promise<void> {
  const { host, exchange } = await requireNetwork(request);
  const named = request.text("peer");
  const peer = named === undefined ? host.id : readPeerId(named);
  const isOwn = peer === host.id;
  const cids = isOwn ? exchange.wantlist() : exchange.wantlist(peer);
  const Keys = cids.length === 0 && !isOwn ? null : cids.map(linkOf);
  const encode = request.cidEncoder();
  await output.single({ Keys }, () =>
    cids
      .map((cid) => `${encode(cid)}\n`)
      .toSorted()
      .join(""),
  );
}

async function runLedger(request: KuboRequest, output: KuboOutput): Promise<void> {
  const { exchange } = await requireNetwork(request);
  const peer = readPeerId(request.arguments[0] ?? "");
  const { sent, received, exchanged } = exchange.ledger(peer);
  const ratio = sent / (received + 1);
  const value = { Peer: peer, Value: ratio, Sent: sent, Recv: received, Exchanged: exchanged };
  await output.single(
    value,
    () =>
      `Ledger for ${peer}\nDebt ratio:\t${ratio.toFixed(6)}\nExchanges:\t${exchanged}\nBytes sent:\t${sent}\nBytes received:\t${received}\n\n`,
  );
}

function linkOf(cid: CID): { readonly "/": string } {
  return { "/": cidText(cid) };
}
