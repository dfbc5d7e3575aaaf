// Goal: ipfs-cluster-ctl understands addresses, times and paths, and complains in the Go program's words. Method: what the
// real 1.1.6 printed for the same arguments.

import { describe, expect, test } from "bun:test";

import { RequestTimeoutError } from "#api";
import { capturedRun } from "#test/captured-run";

import { withBridges } from "../../../src/cli/ctl/bridges.ts";
import { goCause } from "../../../src/cli/ctl/go-cause.ts";
import { urlsOfHosts } from "../../../src/cli/ctl/hosts.ts";
import { runCtl } from "../../../src/cli/ctl/index.ts";
import { targetPath } from "../../../src/cli/ctl/target.ts";
import { isUrl, nameInUrl } from "../../../src/cli/url-argument.ts";

const cid = "QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o";

const found = () => Promise.resolve(["1.1.1.1", "2.2.2.2"].map((ip) => ["ip4", ip] as const));
const nothing = () => Promise.resolve([]);

describe("hosts", () => {
  test.each([
    ["/ip4/127.0.0.1/tcp/9094", "http://127.0.0.1:9094"],
    ["/ip4/127.0.0.1/tcp/9094/", "http://127.0.0.1:9094"],
    ["/ip4/127.0.0.1/tcp/9094/http", "http://127.0.0.1:9094"],
    ["/ip6/::1/tcp/9094", "http://[::1]:9094"],
    ["/ip4/1.2.3.4", "http://1.2.3.4"],
    ["/unix/run/api.sock", "unix:/run/api.sock"],
    ["/ip4/1.2.3.4/tcp/1,/ip4/1.2.3.4/tcp/2", "http://1.2.3.4:1 http://1.2.3.4:2"],
  ])("%s", async (hosts, urls) => {
    expect((await urlsOfHosts(hosts, false)).join(" ")).toBe(urls);
  });

  test("names become their addresses, but not with HTTPS", async () => {
    const host = "/dns4/example.com/tcp/9094";
    expect(await urlsOfHosts(host, false, found)).toEqual([
      "http://1.1.1.1:9094",
      "http://2.2.2.2:9094",
    ]);
    expect(await urlsOfHosts(host, true, found)).toEqual(["https://example.com:9094"]);
    await expect(urlsOfHosts(host, false, nothing)).rejects.toThrow(
      `resolving ${host} returned 0 results`,
    );
  });

  test.each([
    ["", 'parsing host multiaddress: failed to parse multiaddr "": empty multiaddr'],
    ["\u007f", String.raw`failed to parse multiaddr "\x7f": must begin with /`],
    ["x", 'parsing host multiaddress: failed to parse multiaddr "x": must begin with /'],
    [
      "/foo/1",
      'parsing host multiaddress: failed to parse multiaddr "/foo/1": unknown protocol foo',
    ],
    [
      "/ip4",
      'parsing host multiaddress: failed to parse multiaddr "/ip4": unexpected end of multiaddr',
    ],
    [
      "/ip4/1.2.3",
      'failed to parse multiaddr "/ip4/1.2.3": invalid value "1.2.3" for protocol ip4: failed to parse ip4 addr: 1.2.3',
    ],
    [
      "/ip4/127.0.0.1/tcp/abc",
      'invalid value "abc" for protocol tcp: failed to parse port addr: strconv.ParseUint: parsing "abc": invalid syntax',
    ],
    ["/ip4/127.0.0.1/tcp/99999", 'parsing "99999": value out of range'],
    ["/ip4/127.0.0.1/tcp/1,", 'failed to parse multiaddr "": empty multiaddr'],
    ["/tcp/1", "creating API client: /tcp/1 is not a 'thin waist' address"],
  ])('"%s" is refused', async (hosts, problem) => {
    await expect(urlsOfHosts(hosts, false)).rejects.toThrow(problem);
  });
});

test("of several libp2p addresses the first that answers is taken, and no more are tried", async () => {
  const asked: string[] = [];
  const open = ({ address }: { readonly address: string }) => {
    asked.push(address);
    if (address === "/a") return Promise.reject(new Error("nobody"));
    return Promise.resolve({
      socketPath: "/run/b.sock",
      [Symbol.asyncDispose]: () => Promise.resolve(),
    });
  };
  await using stack = new AsyncDisposableStack();
  const target = { url: "libp2p:/a", fallbacks: ["libp2p:/b", "http://c", "libp2p:/d"] };
  const bridged = await withBridges(target, { secret: "", stack, open });
  expect(bridged).toEqual({ url: "unix:/run/b.sock", fallbacks: ["http://c"] });
  expect(asked).toEqual(["/a", "/b"]);
  await expect(withBridges({ url: "libp2p:/a" }, { secret: "", stack, open })).rejects.toThrow(
    "nobody",
  );
});

describe("targets", () => {
  test.each([
    [cid, `/ipfs/${cid}`],
    [`/ipfs/${cid}/a/../b/`, `/ipfs/${cid}/b`],
    [`${cid}/x`, `/ipfs/${cid}/x`],
    ["/ipns/example.com", "/ipns/example.com"],
  ])("%s", (text, path) => {
    expect(targetPath(text)).toBe(path);
  });

  test.each([
    ["\u007f", String.raw`invalid path "/ipfs/\x7f": invalid cid: cid too short`],
    ["", 'invalid path "/ipfs/": path does not have enough components'],
    ["nonsense", 'invalid path "/ipfs/nonsense": invalid cid: selected encoding not supported'],
    [
      `/ipfx/${cid}`,
      `invalid path "/ipfs//ipfx/${cid}": invalid cid: selected encoding not supported`,
    ],
  ])('"%s" is none', (text, problem) => {
    expect(() => targetPath(text)).toThrow(`error : ${problem}`);
  });
});

function told(more: object): string {
  return goCause(Object.assign(new Error("x"), more), "something else");
}

test("why nobody answers is told as Go's client does", () => {
  const refused = { code: "ECONNREFUSED", address: "::1", port: 1 };
  expect(told(refused)).toBe("dial tcp [::1]:1: connect: connection refused");
  expect(told({ code: "ENOENT", address: "/run/x" })).toBe(
    "dial unix /run/x: connect: no such file or directory",
  );
  expect(told({ code: "ERR_SSL_WRONG_VERSION_NUMBER" })).toBe(
    "http: server gave HTTP response to HTTPS client",
  );
  expect(told({ code: "ODD" })).toBe("something else");
  expect(goCause(new RequestTimeoutError("late"), "")).toStartWith("context deadline exceeded");
});

test("that credentials mean HTTPS is told to whoever looks for it", async () => {
  const words = ["--basic-auth", "ann:secret", "commands"];
  expect(await capturedRun(runCtl, words)).toMatchObject({ code: 0, stderr: "" });
  const { stderr } = await capturedRun(runCtl, ["--debug", ...words]);
  expect(stderr).toContain("\tWARN\tcluster-ctl\tSSL automatically enabled");
  expect(stderr).not.toContain("secret");
});

test.each([
  ["http://example.com/a/b.txt?c=d", "b.txt"],
  ["HTTPS://example.com/a%20b", "a b"],
  ["http://example.com/100%", "100%"],
  ["http://example.com/a/", "a"],
  ["http://example.com/a%2Fb", "b"],
  ["http://example.com", ""],
])("what %s answers is called %j", (url, name) => {
  expect(isUrl(url)).toBe(true);
  expect(nameInUrl(url)).toBe(name);
});
