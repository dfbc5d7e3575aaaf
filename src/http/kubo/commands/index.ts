import type { KuboCommand } from "../command.ts";
import { add } from "./add.ts";
import { bitswapCommands } from "./bitswap.ts";
import { blockCommands } from "./block.ts";
import { bootstrapCommands } from "./bootstrap.ts";
import { dagImport } from "./dag-import.ts";
import { dagCommands } from "./dag.ts";
import { get } from "./get.ts";
import { keyCommands } from "./key.ts";
import { ls } from "./ls.ts";
import { nameCommands } from "./name.ts";
import { nodeCommands } from "./node.ts";
import { pinLs } from "./pin-ls.ts";
import { pinCommands } from "./pin.ts";
import { ping } from "./ping.ts";
import { provideCommands } from "./provide.ts";
import { pubsubCommands } from "./pubsub.ts";
import { readCommands } from "./read.ts";
import { refsCommands } from "./refs.ts";
import { repoCommands } from "./repo.ts";
import { dhtCommands } from "./routing-dht.ts";
import { routingCommands } from "./routing.ts";
import { statsCommands } from "./stats.ts";
import { swarmCommands } from "./swarm.ts";

/** Every command that is built. */
export const commands: readonly KuboCommand[] = [
  add,
  get,
  ls,
  dagImport,
  pinLs,
  ...readCommands,
  ...blockCommands,
  ...dagCommands,
  ...pinCommands,
  ...refsCommands,
  ...repoCommands,
  ...nodeCommands,
  ...bitswapCommands,
  ...bootstrapCommands,
  ping,
  ...provideCommands,
  ...pubsubCommands,
  ...routingCommands,
  ...dhtCommands,
  ...statsCommands,
  ...swarmCommands,
  ...keyCommands,
  ...nameCommands,
];
