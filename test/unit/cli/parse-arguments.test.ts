// Goal: command lines are read as people write them, and what is wrong is named with what is right.
// Method: a small table of commands, and the real one for what must hold of every command.

import { describe, expect, test } from "bun:test";

import type { Command, Flag } from "../../../src/cli/command.ts";
import { commands } from "../../../src/cli/commands.ts";
import { UsageError } from "../../../src/cli/errors.ts";
import { parseEndpoint } from "../../../src/cli/find-peer.ts";
import { globalFlags } from "../../../src/cli/flags.ts";
import { helpOf, helpOfAll } from "../../../src/cli/help.ts";
import { parseArguments, spellings } from "../../../src/cli/parse-arguments.ts";

const everywhere: readonly Flag[] = [
  { name: "data", value: "DIR", summary: "" },
  { name: "help", short: "h", summary: "" },
];

function command(name: string, rest: Partial<Command>): Command {
  return { name, summary: "", arguments: [], flags: [], load: neverLoad, ...rest };
}

function neverLoad(): Promise<never> {
  return Promise.reject(new Error("not run"));
}

const table: readonly Command[] = [
  command("add", {
    arguments: [{ name: "PATH", isRepeated: true }],
    flags: [
      { name: "recursive", short: "r", summary: "" },
      { name: "quieter", short: "Q", summary: "" },
      { name: "chunker", short: "s", value: "CHUNKER", summary: "" },
      { name: "count", value: "N", isNumber: true, summary: "" },
      { name: "note", value: "K=V", isRepeated: true, summary: "" },
      { name: "mode", aliases: ["m-o-d-e"], value: "M", choices: ["one", "two"], summary: "" },
    ],
  }),
  command("pin add", { arguments: [{ name: "CID" }] }),
  command("pin rm", {}),
];

function parse(line: string): ReturnType<typeof parseArguments> {
  return parseArguments(line === "" ? [] : line.split(" "), table, everywhere);
}

describe("flags", () => {
  test("stand before the command, after it, and between its arguments", () => {
    for (const line of ["--data d add x y", "add --data d x y", "add x --data=d y"]) {
      const { command: found, input } = parse(line);
      expect(found?.name).toBe("add");
      expect(input.text("data")).toBe("d");
      expect(input.arguments).toEqual(["x", "y"]);
    }
  });

  test("of one letter may be joined, with a value at the end", () => {
    const { input } = parse("add -rQ -ssize-5 x");
    expect([input.flag("recursive"), input.flag("quieter")]).toEqual([true, true]);
    expect(input.text("chunker")).toBe("size-5");
    expect(parse("add -rs size-6 x").input.text("chunker")).toBe("size-6");
  });

  test("of yes or no can be turned off, and differ from those not given", () => {
    expect(parse("add --recursive=false x").input.optionalFlag("recursive")).toBe(false);
    expect(parse("add x").input.optionalFlag("recursive")).toBeUndefined();
  });

  test("that repeat keep every value, others the last", () => {
    const { input } = parse("add --note a=1 --note b=2 --mode one --m-o-d-e two x");
    expect(input.texts("note")).toEqual(["a=1", "b=2"]);
    expect(input.text("mode")).toBe("two");
  });

  test("end at --, and a single - is an argument", () => {
    expect(parse("add -- -r -").input.arguments).toEqual(["-r", "-"]);
    expect(parse("add -").input.arguments).toEqual(["-"]);
  });
});

describe("what is wrong", () => {
  test.each([
    ["ad x", 'unknown command "ad", did you mean "add"?'],
    ["pin", '"pin" needs a subcommand: pin add, pin rm'],
    ["pin ad x", 'unknown command "pin ad", did you mean "pin add"?'],
    ["add --recursiv x", "unknown flag --recursiv, did you mean --recursive?"],
    ["--dat d add x", "unknown flag --dat, did you mean --data?"],
    ["add -z x", "unknown flag -z"],
    ["add --chunker", "flag --chunker needs a value: CHUNKER"],
    ["add --count many x", 'flag --count: expected a whole number, got "many"'],
    ["add --mode tow x", 'flag --mode: expected one of one, two (did you mean two?), got "tow"'],
    ["add --recursive=maybe x", 'flag --recursive: expected true or false, got "maybe"'],
    ["add", "missing argument PATH"],
    ["pin add a b", 'unexpected argument "b"'],
  ])("in %j is said: %s", (line, message) => {
    expect(() => parse(line)).toThrow(new UsageError(message));
  });

  test("does not matter to somebody who asks for help", () => {
    expect(parse("add --help").isHelp).toBe(true);
    expect(parse("-h").isHelp).toBe(true);
  });
});

describe("the table of commands", () => {
  test("has no spelling twice in a command", () => {
    for (const { name, flags } of commands) {
      const all = [...flags, ...globalFlags].flatMap(spellings);
      expect(
        all.filter((one, index) => all.indexOf(one) !== index),
        name,
      ).toEqual([]);
    }
  });

  test("loads every command", async () => {
    for (const { name, load } of commands) expect(typeof (await load()), name).toBe("function");
  });

  test("makes help of at most 120 columns", () => {
    for (const text of [helpOfAll(commands), ...commands.map(helpOf)]) {
      for (const line of text.split("\n")) expect(line.length, line).toBeLessThanOrEqual(120);
    }
  });
});

describe("an address of a peer", () => {
  test.each([
    ["/ip4/127.0.0.1/tcp/9094", "http://127.0.0.1:9094"],
    ["/ip6/::1/tcp/1", "http://[::1]:1"],
    ["/dns4/peer.example/tcp/443/https", "https://peer.example:443"],
    ["https://peer.example/", "https://peer.example"],
    ["localhost:9094", "http://localhost:9094"],
  ])("%s is %s", (text, url) => {
    expect(parseEndpoint(text, { flag: "host" })).toBe(url);
  });

  test("that is none is refused", () => {
    for (const text of ["", "nowhere", "/ip4/1.2.3.4", "ftp://x"]) {
      expect(() => parseEndpoint(text, { flag: "host" }), text).toThrow(UsageError);
    }
  });
});
