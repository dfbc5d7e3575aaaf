// Goal: rooms stay a ladder. Method: every specifier in the text of every source file (type imports too) is held against
// the table below; a room is entered through its door alone, and a file may not import what its room may not know.

import { expect, test } from "bun:test";
import { dirname, join, relative, resolve } from "node:path";

import { commentless, projectFolder, sourceFiles } from "#test/source-files";

/** Who may import whom. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  lib: [],
  model: ["lib"],
  storage: ["lib", "model"],
  dag: ["lib", "model"],
  net: ["lib", "model"],
  ipfs: ["lib", "model", "storage", "dag", "net"],
  cluster: ["lib", "model", "dag"],
  api: ["lib", "model"],
  http: ["lib", "model", "dag", "ipfs", "cluster", "api"],
  peer: ["lib", "model", "storage", "dag", "net", "ipfs", "cluster", "api", "http"],
  cli: ["lib", "model", "api", "peer"],
  "main.ts": ["cli"],
};

const source = join(projectFolder, "src");

function roomOf(path: string): string {
  return path.split(/[\\/]/)[0] ?? "";
}

function complaint(file: string, specifier: string): string | undefined {
  const room = roomOf(relative(source, file));
  const allowed = mayImport[room];
  if (allowed === undefined) return `${file}: ${room} is not in the table of rooms`;
  if (specifier.startsWith(".")) {
    const target = roomOf(relative(source, resolve(dirname(file), specifier)));
    if (target === room || target === "..") return undefined;
    return `${file}: "${specifier}" leaves the room, write "#${target}"`;
  }
  if (!specifier.startsWith("#")) return undefined;
  const target = roomOf(specifier.slice(1));
  if (specifier !== `#${target}`) return `${file}: "${specifier}" passes the door of ${target}`;
  return allowed.includes(target) ? undefined : `${file}: ${room} may not import ${target}`;
}

function specifiersIn(text: string): string[] {
  const pattern = /(?:\bfrom|\bimport)\s*\(?\s*["']([^"'\n]+)["']/g;
  return [...text.matchAll(pattern)].map((match) => match[1] ?? "");
}

test("a room imports only what the table lets it know", () => {
  const complaints = sourceFiles("src").flatMap(({ path, text }) =>
    specifiersIn(commentless(text)).flatMap((specifier) => complaint(path, specifier) ?? []),
  );
  expect(complaints).toEqual([]);
});

test("every room has a door", () => {
  const doors = new Set(sourceFiles("src").map(({ path }) => relative(source, path)));
  for (const room of Object.keys(mayImport)) {
    if (room !== "main.ts") expect(doors, room).toContain(`${room}/index.ts`);
  }
});

test("the check sees every way to import", () => {
  const text = `import type { A } from "#http";\nexport * from '#peer';\nconst b = await import("#cli");\nlet c: import("#ui").C;`;
  expect(specifiersIn(text)).toEqual(["#http", "#peer", "#cli", "#ui"]);
  const file = join(source, "dag", "x.ts");
  expect(complaint(file, "#ipfs")).toContain("dag may not import ipfs");
  expect(complaint(file, "../model/cid.ts")).toContain('write "#model"');
  expect(complaint(file, "#model/cid")).toContain("passes the door");
  expect(complaint(file, "#model")).toBeUndefined();
});
