// Goal: archives unpack into their target and nowhere else. Method: archives that the dag room and `tar` make, and
// handmade ones that try to leave.

import { describe, expect, test } from "bun:test";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

import { makeTempFolder } from "#test/temp-folder";

import { UnpackError } from "../../../src/cli/errors.ts";
import { unpackTar } from "../../../src/cli/unpack-tar.ts";

interface Entry {
  readonly name: string;
  readonly type?: string;
  readonly body?: string;
  readonly link?: string;
}

function head({ name, type = "0", body = "", link = "" }: Entry): Buffer {
  const block = Buffer.alloc(512);
  block.write(name, 0);
  block.write("0000644\0", 100);
  block.write(`${Buffer.byteLength(body).toString(8).padStart(11, "0")}\0`, 124);
  block.write("00000000001\0", 136);
  block.write(type, 156);
  block.write(link, 157);
  block.write("ustar\0", 257);
  block.fill(" ", 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}

function archive(entries: readonly Entry[], end = Buffer.alloc(1024)): Buffer {
  const parts = entries.flatMap((entry) => {
    const body = Buffer.from(entry.body ?? "");
    return [head(entry), body, Buffer.alloc((512 - (body.length % 512)) % 512)];
  });
  return Buffer.concat([...parts, end]);
}

/** In pieces that fit nothing. */
async function* pieces(bytes: Uint8Array, size = 777): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

describe("an archive", () => {
  test("unpacks files, folders and links, renamed to the target", async () => {
    using folder = makeTempFolder();
    const target = join(folder.path, "out");
    const long = "n".repeat(180);
    const record = `path=root/${long}\n`;
    const pax = `${record.length + 4} ${record}`;
    const bytes = archive([
      { name: "root", type: "5" },
      { name: "root/a", body: "a\n" },
      { name: "root/sub", type: "5" },
      { name: "root/sub/big", body: "x".repeat(100_000) },
      { name: "root/link", type: "2", link: "a" },
      { name: "PaxHeaders.0/x", type: "x", body: pax },
      { name: "root/cut", body: "long name" },
    ]);
    expect(await unpackTar(pieces(bytes), target)).toEqual({ kind: "directory", name: "root" });
    expect(readFileSync(join(target, "a"), "utf8")).toBe("a\n");
    expect(readFileSync(join(target, "sub", "big"), "utf8")).toBe("x".repeat(100_000));
    expect(readlinkSync(join(target, "link"))).toBe("a");
    expect(readFileSync(join(target, long), "utf8")).toBe("long name");
  });

  test("of one file becomes that file", async () => {
    using folder = makeTempFolder();
    const target = join(folder.path, "file");
    await unpackTar(pieces(archive([{ name: "Qm", body: "hi" }])), target);
    expect(readFileSync(target, "utf8")).toBe("hi");
    expect(lstatSync(target).mode & 0o777).toBe(0o644);
  });
});

describe("an archive that tries to leave its target is refused", () => {
  const root: Entry = { name: "root", type: "5" };
  test.each<[string, readonly Entry[]]>([
    ["by ..", [root, { name: "root/../../evil", body: "x" }]],
    ["by an absolute name", [{ name: "/evil", body: "x" }]],
    ["by ./", [root, { name: "root/./evil", body: "x" }]],
    ["by a second root", [root, { name: "evil", body: "x" }]],
    [
      "through a symbolic link",
      [root, { name: "root/out", type: "2", link: ".." }, { name: "root/out/evil", body: "x" }],
    ],
    [
      "over a symbolic link",
      [root, { name: "root/evil", type: "2", link: "../evil" }, { name: "root/evil", body: "x" }],
    ],
    ["by a hard link", [root, { name: "root/hard", type: "1", link: "/etc/passwd" }]],
    ["by a device", [root, { name: "root/dev", type: "3" }]],
  ])("%s", async (_how, entries) => {
    using folder = makeTempFolder();
    mkdirSync(join(folder.path, "inner"));
    writeFileSync(join(folder.path, "untouched"), "");
    const target = join(folder.path, "inner", "out");
    const work = unpackTar(pieces(archive(entries)), target);
    expect(
      await work.then(
        () => "unpacked",
        () => "refused",
      ),
    ).toBe("refused");
    expect(readdirSync(folder.path).toSorted()).toEqual(["inner", "untouched"]);
    expect(existsSync(join(folder.path, "inner", "evil"))).toBe(false);
  });
});

describe("an archive that is not whole is refused", () => {
  const whole = archive([
    { name: "root", type: "5" },
    { name: "root/a", body: "x".repeat(2000) },
  ]);

  test.each([0, 512, 700, 2000, whole.length - 1024])("after %d bytes", async (length) => {
    using folder = makeTempFolder();
    const work = unpackTar(pieces(whole.subarray(0, length)), join(folder.path, "out"));
    await expect(work).rejects.toBeInstanceOf(UnpackError);
  });

  test("when the stream fails after its end", async () => {
    using folder = makeTempFolder();
    await expect(unpackTar(failingAfter(whole), join(folder.path, "out"))).rejects.toThrow("late");
  });
});

async function* failingAfter(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield* pieces(bytes);
  throw new Error("late");
}
