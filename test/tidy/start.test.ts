// Goal: a program starts quickly, since a command loads what it needs when it runs. Method: from each program's door, every
// import that is not dynamic is followed; none may lead to a room other than lib.

import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

import { projectFolder } from "#test/source-files";

const transpiler = new Bun.Transpiler({ loader: "ts" });

/** The rooms that are loaded along with a file of `cli`, and by which file. */
function roomsLoadedBy(entry: string): ReadonlyMap<string, string> {
  const rooms = new Map<string, string>();
  const files = new Set([join(projectFolder, "src/cli", entry)]);
  for (const file of files) {
    for (const { kind, path } of transpiler.scanImports(readFileSync(file, "utf8"))) {
      if (kind !== "import-statement") continue;
      if (path.startsWith(".")) files.add(resolve(dirname(file), path));
      else if (path.startsWith("#")) rooms.set(path, file);
    }
  }
  return rooms;
}

test.each(["index.ts", "run-cli.ts", "ctl/index.ts", "service/index.ts", "follow/index.ts"])(
  "%s loads no room but lib",
  (entry) => {
    const others = [...roomsLoadedBy(entry)].filter(([room]) => room !== "#lib");
    expect(others).toEqual([]);
  },
);

test("what ipfs-cluster-ctl asks an API with needs nothing of a peer", () => {
  for (const file of [
    "run-pin.ts",
    "run-add.ts",
    "run-health.ts",
    "run-peers.ts",
    "run-status.ts",
  ]) {
    expect(roomsLoadedBy(`ctl/${file}`).has("#peer"), file).toBe(false);
  }
});

test("the check follows imports to their end", () => {
  expect(roomsLoadedBy("commands/daemon.ts").keys().toArray()).toContain("#peer");
});
