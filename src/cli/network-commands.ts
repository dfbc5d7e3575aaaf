import type { Argument, Command } from "./command.ts";
import { addresses, relayed, timeout, verbose } from "./relayed.ts";
import { swarmCommands } from "./swarm-commands.ts";

const peerArgument: Argument = { name: "PEER" };

const ping: Command = {
  name: "ping",
  summary: "measure round trips to a node",
  arguments: [peerArgument],
  flags: [
    {
      name: "count",
      short: "n",
      value: "N",
      isNumber: true,
      summary: "how many, a second apart (default: 10)",
    },
  ],
  load: relayed("ping"),
};

/** What `routing` and its older name `dht` share. */
function routingCommands(group: "routing" | "dht"): readonly Command[] {
  return [
    {
      name: `${group} findprovs`,
      summary: "find nodes that have a CID",
      arguments: [{ name: "CID" }],
      flags: [
        verbose,
        {
          name: "num-providers",
          short: "n",
          value: "N",
          isNumber: true,
          summary: "stop at so many (default: 20)",
        },
        timeout,
      ],
      load: relayed("routing/findprovs"),
    },
    {
      name: `${group} findpeer`,
      summary: "find a node's addresses",
      arguments: [peerArgument],
      flags: [verbose, timeout],
      load: relayed("routing/findpeer"),
    },
    {
      name: `${group} provide`,
      summary: "tell the network now that CIDs are here",
      arguments: [{ name: "CID", isRepeated: true }],
      flags: [
        verbose,
        { name: "recursive", short: "r", summary: "with every block below them" },
        timeout,
      ],
      load: relayed("routing/provide"),
    },
    {
      name: `${group} get`,
      summary: "print the best record of a key: /ipns/NAME",
      arguments: [{ name: "KEY" }],
      flags: [timeout],
      load: relayed("routing/get"),
    },
    {
      name: `${group} put`,
      summary: "store a record under its key: /ipns/NAME; - reads stdin",
      arguments: [{ name: "KEY" }, { name: "PATH", isFile: true }],
      flags: [{ name: "allow-offline", summary: "keep it here when there is no network" }, timeout],
      load: async () => (await import("./commands/routing.ts")).runRoutingPut,
    },
  ];
}

const query: Command = {
  name: "dht query",
  summary: "find the nodes whose ids are closest to a node's",
  arguments: [peerArgument],
  flags: [verbose, timeout],
  load: relayed("dht/query"),
};

const bitswapCommands: readonly Command[] = [
  {
    name: "bitswap stat",
    summary: "blocks and bytes exchanged with other nodes",
    arguments: [],
    flags: [verbose, { name: "human", summary: "sizes as 1.5 kB, 12 MB" }],
    load: relayed("bitswap/stat"),
  },
  {
    name: "bitswap wantlist",
    summary: "blocks that this node, or another of it, wants",
    arguments: [],
    flags: [{ name: "peer", short: "p", value: "PEER", summary: "what this node wants of us" }],
    load: relayed("bitswap/wantlist"),
  },
  {
    name: "bitswap ledger",
    summary: "what was exchanged with a node",
    arguments: [peerArgument],
    flags: [],
    load: relayed("bitswap/ledger"),
  },
];

const bootstrapCommands: readonly Command[] = [
  {
    name: "bootstrap",
    summary: "the nodes that this one connects to at its start",
    arguments: [],
    flags: [],
    load: relayed("bootstrap/list"),
  },
  {
    name: "bootstrap list",
    summary: "the same",
    arguments: [],
    flags: [{ name: "expand-auto", summary: "the public nodes instead of auto" }],
    load: relayed("bootstrap/list"),
  },
  {
    name: "bootstrap add",
    summary: "add nodes; auto: the public ones",
    arguments: [addresses],
    flags: [],
    load: relayed("bootstrap/add"),
  },
  {
    name: "bootstrap rm",
    summary: "remove nodes",
    arguments: [{ name: "MULTIADDR", isRepeated: true, isOptional: true }],
    flags: [{ name: "all", summary: "all of them" }],
    load: relayed("bootstrap/rm"),
  },
  {
    name: "bootstrap rm all",
    summary: "remove all nodes",
    arguments: [],
    flags: [],
    load: relayed("bootstrap/rm/all"),
  },
];

const pubsubCommands: readonly Command[] = [
  {
    name: "pubsub sub",
    summary: "print the messages of a topic as they come",
    arguments: [{ name: "TOPIC" }],
    flags: [],
    load: async () => (await import("./commands/pubsub.ts")).runSubscribe,
  },
  {
    name: "pubsub pub",
    summary: "publish a file, or stdin, to a topic",
    arguments: [{ name: "TOPIC" }, { name: "PATH", isOptional: true, isFile: true }],
    flags: [],
    load: async () => (await import("./commands/pubsub.ts")).runPublish,
  },
  {
    name: "pubsub ls",
    summary: "topics with a subscriber here",
    arguments: [],
    flags: [],
    load: relayed("pubsub/ls"),
  },
  {
    name: "pubsub peers",
    summary: "nodes that this one exchanges messages with",
    arguments: [{ name: "TOPIC", isOptional: true }],
    flags: [],
    load: async () => (await import("./commands/pubsub.ts")).runPubSubPeers,
  },
];

/** The IPFS node among others. */
export const networkCommands: readonly Command[] = [
  ...swarmCommands,
  ping,
  ...routingCommands("routing"),
  ...routingCommands("dht"),
  query,
  ...bitswapCommands,
  ...pubsubCommands,
  ...bootstrapCommands,
];
