import { withWellKnownBlocks } from "#dag";
import {
  type GatewayDeps,
  gatewayHandler,
  type GatewayOptions,
  type Listener,
  openListener,
} from "#http";
import { silentLogger, systemClock } from "#lib";
import { buildTree, type Tree } from "#test/build-dag";
import { MemoryBlocks } from "#test/memory-blocks";

/** A file of ten blocks, when chunks are 100 bytes. */
export const big: Uint8Array = Buffer.from(Array.from({ length: 1000 }, (_, at) => at % 251));

const tree: Tree = {
  "a.txt": "hello\n",
  "big.bin": big,
  bignoext: big,
  empty: "",
  link: "link:a.txt",
  "page.json": '{"a": [1]}',
  site: { "index.html": "<p>home", "b.css": "p{}" },
  ą: { ę: { "file-źł.txt": "źł" } },
  "<&\"'>": { x: "x" },
};

/** A gateway over blocks in memory that count reads, with a folder of all kinds of things. */
export class TestGateway implements AsyncDisposable {
  readonly blocks: MemoryBlocks;
  readonly root: string;
  readonly listener: Listener;

  constructor(blocks: MemoryBlocks, root: string, listener: Listener) {
    this.blocks = blocks;
    this.root = root;
    this.listener = listener;
  }

  /** A request below the root of the folder; redirects are not followed. */
  get(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(this.urlOf(path), { redirect: "manual", ...init });
  }

  urlOf(path: string): string {
    return `${this.listener.url}/ipfs/${this.root}${path}`;
  }

  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(this.listener.url + path, { redirect: "manual", ...init });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.listener[Symbol.asyncDispose]();
  }
}

export async function openTestGateway(): Promise<TestGateway> {
  const blocks = new MemoryBlocks();
  const root = (await buildTree(blocks, tree, { chunkBytes: 100 })).toString();
  return new TestGateway(blocks, root, await openGateway(blocks));
}

/** A gateway that has these blocks and no network, unless `others` says more. */
export function openGateway(
  blocks: MemoryBlocks,
  others: Partial<GatewayDeps> = {},
  options: Partial<GatewayOptions> = {},
): Promise<Listener> {
  const source = withWellKnownBlocks(blocks);
  const own = { source, localSource: source, clock: systemClock, logger: silentLogger };
  const deps = { ...own, ...others };
  return openListener({
    host: "127.0.0.1",
    port: 0,
    name: "gateway",
    logger: silentLogger,
    handler: gatewayHandler(deps, options),
  });
}
