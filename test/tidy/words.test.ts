// Goal: what tools do not check. Method: the text of the files. Each rule names what to write instead.

import { expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join, relative } from "node:path";

import { commentless, projectFolder, sourceFiles } from "#test/source-files";

/** Rooms that may touch the process: they hand its clock, its environment and its chance to the others. */
const outerRooms = new Set(["lib", "peer", "cli", "main.ts"]);

const banned: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/\bDate\.now\b/, "take a Clock (#lib)"],
  [/\bMath\.random\b/, "take randomness as an argument, or crypto.randomUUID for a boundary"],
  [/\bsetTimeout\b/, "take a Clock and sleep (#lib)"],
  [/\bsetInterval\b/, "take a Clock and loop (#lib)"],
  [/\bprocess\.env\b/, "take the value as an option"],
];

const sources = sourceFiles("src");

function place(path: string): string {
  return relative(projectFolder, path);
}

test("time, chance and the environment come as arguments", () => {
  const complaints = sources
    .filter(
      ({ path }) => !outerRooms.has(relative(join(projectFolder, "src"), path).split("/")[0] ?? ""),
    )
    .flatMap(({ path, text }) =>
      banned
        .filter(([pattern]) => pattern.test(commentless(text)))
        .map(([pattern, instead]) => `${place(path)}: ${pattern.source}: ${instead}`),
    );
  expect(complaints).toEqual([]);
});

test("a rejection that a test expects is awaited: else the test ends before it", () => {
  const complaints = sourceFiles("test")
    .filter(({ text }) => /^\s*expect\([^\n]*\)\.rejects\b/m.test(text))
    .map(({ path }) => `${place(path)}: write \`await expect(…).rejects\``);
  expect(complaints).toEqual([]);
});

test("nothing mentions paths of a machine or hosts of a registry", () => {
  const pattern =
    /(?<![\w.$}~"'\\-])\/(?:home|root|Users|work)\/[a-z]|registry\.npmjs\.org|registry\.yarnpkg/;
  const files = [
    ...sourceFiles("src"),
    ...sourceFiles("scripts", [""]),
    ...sourceFiles("docs", [".md"]),
    ...sourceFiles(".ci", [""]),
    ...sourceFiles("test").filter(({ path }) => basename(path) !== "words.test.ts"),
    ...readdirSync(projectFolder)
      .filter((name) => /\.(md|json|toml)$/.test(name))
      .map((name) => join(projectFolder, name))
      .map((path) => ({ path, text: readFileSync(path, "utf8") })),
  ];
  expect(files.filter(({ text }) => pattern.test(text)).map(({ path }) => place(path))).toEqual([]);
});

test("every error code is told by one class alone", () => {
  const owners = new Map<string, string[]>();
  for (const { path, text } of sources) {
    for (const [, code = ""] of text.matchAll(/override readonly code = "([A-Z0-9_]+)"/g)) {
      owners.set(code, [...(owners.get(code) ?? []), place(path)]);
    }
  }
  expect([...owners].filter(([, files]) => files.length > 1)).toEqual([]);
});

test("every room says what it owns, needs and promises", () => {
  const rooms = readdirSync(join(projectFolder, "src"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  for (const room of rooms) {
    const readme = join(projectFolder, "src", room, "README.md");
    expect(existsSync(readme), `${room}/README.md`).toBe(true);
    const text = readFileSync(readme, "utf8");
    for (const word of ["_Owns_", "_Needs_", "_Promises_"]) expect(text, room).toContain(word);
  }
});

test("names say what is in a file", () => {
  const vague = /^(?:utils?|helpers?|common|misc|manager|data2)\.ts$/;
  const files = [...sources, ...sourceFiles("test"), ...sourceFiles("scripts")];
  expect(files.filter(({ path }) => vague.test(basename(path))).map(({ path }) => path)).toEqual(
    [],
  );
});
