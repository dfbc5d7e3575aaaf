import { kuboHandler, openListener } from "#http";
import type { Ipfs } from "#ipfs";
import { silentLogger } from "#lib";
import { fixtureSelf, type NamesStack, openNamesStack } from "#test/names-stack";
import { openNodeStack } from "#test/node-stack";

export interface NamesRpc extends AsyncDisposable {
  readonly url: string;
  readonly ipfs: Ipfs;
  readonly stack: NamesStack;
}

/** A node whose names and keys are `openNamesStack`'s, behind Kubo's RPC on a free loopback port. */
export async function openNamesRpc(
  folder: string,
  config: Parameters<typeof openNamesStack>[1] = {},
): Promise<NamesRpc> {
  const node = await openNodeStack(`${folder}/node`, { isOffline: true });
  const stack = openNamesStack(`${folder}/keys`, config);
  const identity = { id: fixtureSelf.peer, publicKey: fixtureSelf.publicKey };
  const ipfs: Ipfs = { ...node.ipfs, identity, keys: stack.keys, names: stack.names };
  const ports: number[] = [];
  const listener = await openListener({
    host: "127.0.0.1",
    port: 0,
    logger: silentLogger,
    name: "Kubo RPC",
    handler: kuboHandler({ ipfs, clock: stack.clock, logger: silentLogger, ports }),
    graceMs: 100,
  });
  ports.push(listener.port);
  return {
    url: listener.url,
    ipfs,
    stack,
    [Symbol.asyncDispose]: async () => {
      await listener[Symbol.asyncDispose]();
      await stack[Symbol.asyncDispose]();
      await node[Symbol.asyncDispose]();
    },
  };
}
