// Goal: a peer over a real Kubo keeps its content there, tells how it stands as the Go peer over the same Kubo does, and
// stands that Kubo goes and comes back; its proxy is that Kubo's RPC. Method: a peer in this process, a real Kubo, and a real
// ipfs-cluster-service where there is one. Skipped without `ipfs`.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { eventually } from "#test/eventually";
import { openGoCluster } from "#test/go-cluster";
import { openPeerOverKubo, openRestartableKubo, type RestartableKubo } from "#test/kubo-cluster";
import { hasKubo, withoutKubo } from "#test/kubo-peer";

const hasService = Bun.which("ipfs-cluster-service") !== null;
const withoutService = hasService ? "" : " (skipped: no `ipfs-cluster-service` on PATH)";
const missing = "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku";

let stack: AsyncDisposableStack;
let kubo: RestartableKubo;
let rest: string;
let proxy: string;

beforeAll(async () => {
  if (!hasKubo) return;
  stack = new AsyncDisposableStack();
  kubo = stack.use(await openRestartableKubo());
  const { addresses } = await openPeerOverKubo(kubo.port, stack);
  rest = addresses.rest ?? "";
  proxy = addresses.proxy ?? "";
});

afterAll(async () => {
  await stack?.disposeAsync();
});

/** JSON documents of an answer, a line each. */
async function ask(path: string, init: RequestInit = {}, base = rest): Promise<unknown[]> {
  const response = await fetch(`${base}${path}`, init);
  const text = await response.text();
  return text.split("\n").flatMap((line): unknown[] => (line === "" ? [] : [JSON.parse(line)]));
}

const post = { method: "POST" };

function form(...files: readonly (readonly [name: string, content: string | Uint8Array])[]) {
  const body = new FormData();
  for (const [name, content] of files) body.append("file", new Blob([content]), name);
  return { method: "POST", body };
}

/** Of a status: the only peer's. */
function statusOf(info: unknown): { readonly status: unknown; readonly error: unknown } {
  const peers: unknown =
    typeof info === "object" && info !== null ? Reflect.get(info, "peer_map") : {};
  const [peer]: unknown[] = Object.values(Object(peers));
  return { status: Reflect.get(Object(peer), "status"), error: Reflect.get(Object(peer), "error") };
}

async function status(cid: string): Promise<unknown> {
  const [info] = await ask(`/pins/${cid}`);
  return statusOf(info).status;
}

function keptInKubo(type: string): Promise<string> {
  return kubo.ipfs("pin", "ls", `--type=${type}`, "--quiet");
}

/** Puts a block into Kubo, past the peer; answers its CID. */
async function putBlock(content: string): Promise<string> {
  const url = `http://127.0.0.1:${kubo.port}/api/v0/block/put`;
  const answer: unknown = await (await fetch(url, form(["block", content]))).json();
  return String(Reflect.get(Object(answer), "Key"));
}

describe.skipIf(!hasKubo)(`content${withoutKubo}`, () => {
  test("that is added lies in Kubo, pinned, under the CID that Kubo would give it", async () => {
    const content = Buffer.alloc(3_000_000, "a longer text ");
    const [added] = await ask("/add", form(["file.txt", content]));
    const cid = String(Reflect.get(Object(added), "cid"));
    expect(await keptInKubo("recursive")).toContain(cid);
    expect(await kubo.ipfs("cat", cid)).toBe(content.toString());
    const own = await fetch(
      `http://127.0.0.1:${kubo.port}/api/v0/add?only-hash=true`,
      form(["f", content]),
    );
    expect(await own.json()).toMatchObject({ Hash: cid });
    expect(await status(cid)).toBe("pinned");
  });

  test("of a folder, and of a CAR, comes whole", async () => {
    const added = await ask(
      "/add?wrap-with-directory=true",
      form(["a/b.txt", "b"], ["a/c.txt", "c"]),
    );
    const root = String(Reflect.get(Object(added.at(-1)), "cid"));
    expect(await kubo.ipfs("cat", `${root}/a/c.txt`)).toBe("c");
    const car = await fetch(`http://127.0.0.1:${kubo.port}/api/v0/dag/export?arg=${root}`, post);
    const bytes = new Uint8Array(await car.arrayBuffer());
    await ask(`/pins/${root}`, { method: "DELETE" });
    await eventually(async () => !(await keptInKubo("recursive")).includes(root));
    await kubo.ipfs("repo", "gc");
    await ask("/add?format=car", form(["x.car", bytes]));
    expect(await keptInKubo("recursive")).toContain(root);
    expect(await kubo.ipfs("cat", `${root}/a/b.txt`)).toBe("b");
  });

  test("that Kubo has is pinned before the answer, also directly, and lists say so", async () => {
    const whole = await putBlock("a block");
    await ask(`/pins/${whole}`, post);
    expect(await status(whole)).toBe("pinned");
    const [added] = await ask("/add", form(["x", "direct"]));
    const cid = String(Reflect.get(Object(added), "cid"));
    await ask(`/pins/${cid}`, { method: "DELETE" });
    await eventually(async () => !(await keptInKubo("recursive")).includes(cid));
    await ask(`/pins/${cid}?mode=direct`, post);
    expect(await keptInKubo("direct")).toContain(cid);
    for (const info of await ask("/pins")) expect(statusOf(info).status).toBe("pinned");
  });

  test("that nobody has is being pinned until it is unpinned", async () => {
    await ask(`/pins/${missing}`, post);
    await eventually(async () => (await status(missing)) === "pinning");
    await ask(`/pins/${missing}`, { method: "DELETE" });
    await eventually(async () => (await status(missing)) === "unpinned");
  });
});

describe.skipIf(!hasKubo)(`the proxy${withoutKubo}`, () => {
  test("is Kubo's RPC for Kubo's own command line", async () => {
    const api = `/ip4/127.0.0.1/tcp/${new URL(proxy).port}`;
    expect(await kubo.ipfs("--api", api, "id", "-f", "<id>")).toBe(kubo.id);
    const [added] = await ask("/api/v0/add?pin=false", form(["x", "by the proxy"]), proxy);
    const hash = String(Reflect.get(Object(added), "Hash"));
    expect(await kubo.ipfs("--api", api, "cat", hash)).toBe("by the proxy");
  });
});

describe.skipIf(!hasKubo || !hasService)(`the Go peer${withoutKubo || withoutService}`, () => {
  test("over the same Kubo gives the same answers", async () => {
    await using go = new AsyncDisposableStack();
    const theirs = `http://127.0.0.1:${await openGoCluster(kubo.port, go)}`;
    const [added] = await ask("/add", form(["x", "compared"]));
    const cid = String(Reflect.get(Object(added), "cid"));
    const requests: readonly (readonly [path: string, init?: RequestInit])[] = [
      [`/pins/${cid}`, post],
      [`/pins/${missing}?name=nobody`, post],
      [`/pins/${cid}`],
      [`/pins/${cid}?local=true`],
      [`/pins/ipns/nonsense`, post],
      [`/pins/ipfs/${cid}/below`, post],
      ["/add?cid-version=1&hash=blake2b-256", form(["y", "in another hash"])],
      [`/pins/${missing}`, { method: "DELETE" }],
    ];
    for (const [path, init = {}] of requests) {
      // what is under way ends, so that both tell the same
      const settled = async (base: string): Promise<string> => {
        const answer = async (): Promise<string> => plain(await ask(path, init, base));
        if (init.method !== undefined) return answer();
        return eventually(async () => {
          const text = await answer();
          return !text.includes("queued") && text;
        });
      };
      expect({ path, answer: await settled(rest) }).toEqual({
        path,
        answer: await settled(theirs),
      });
    }
  });
});

/** Without what differs between any two peers. */
function plain(documents: readonly unknown[]): string {
  return JSON.stringify(documents)
    .replaceAll(/12D3KooW\w{44}/g, "ID")
    .replaceAll(/"peername":"[^"]*"/g, '"peername":"NAME"')
    .replaceAll(/"(timestamp|created)":"[^"]*"/g, '"$1":"TIME"');
}

describe.skipIf(!hasKubo)(`a Kubo that goes and comes back${withoutKubo}`, () => {
  test("shows in every status, and what failed meanwhile is done on its return", async () => {
    const [added] = await ask("/add", form(["x", "kept"]));
    const cid = String(Reflect.get(Object(added), "cid"));
    const later = await putBlock("for later");
    await kubo.stop();
    const refused = `dial tcp 127.0.0.1:${kubo.port}: connect: connection refused`;
    const [info] = await ask(`/pins/${cid}`);
    const call = `http://127.0.0.1:${kubo.port}/api/v0/pin/ls?stream=true&arg=${cid}&type=recursive`;
    const error = `Post "${call}": ${refused}`;
    expect(statusOf(info)).toEqual({ status: "cluster_error", error });
    const told = fetch(`${rest}/pins/${later}`, post);
    expect((await told).status).toBe(200);
    await eventually(async () => (await status(later)) === "pin_error");
    expect((await fetch(`${proxy}/api/v0/id`, post)).status).toBe(502);
    await kubo.start();
    await eventually(async () => (await status(later)) === "pinned");
    expect(await keptInKubo("recursive")).toContain(later);
    expect(await status(cid)).toBe("pinned");
  }, 60_000);
});
