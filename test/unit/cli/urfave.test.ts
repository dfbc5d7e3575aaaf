// Goal: command lines are read, and help is printed, as github.com/urfave/cli 1.22 does. Method: a small program as data;
// texts as that library's own program with the same data prints them (compared with ipfs-cluster-ctl 1.1.6).

import { describe, expect, test } from "bun:test";

import { capturedRun } from "#test/captured-run";

import type { Context } from "../../../src/cli/command.ts";
import { alignTabs } from "../../../src/cli/urfave/align-tabs.ts";
import { type App, ExitError, runApp } from "../../../src/cli/urfave/index.ts";

function programOf(told: string[]): App {
  return {
    name: "prog",
    usage: "a program",
    version: "1.2.3",
    failureCode: 1,
    flags: [
      { names: ["host", "l"], kind: "string", value: "here", usage: "the `PLACE`" },
      { names: ["debug", "d"], kind: "bool", usage: "say more", environment: ["PROG_DEBUG"] },
    ],
    before: async (invocation) => void told.push(`before ${invocation.string("host")}`),
    commands: [
      {
        name: "pin",
        usage: "Pins",
        description: "About pins",
        subcommands: [
          {
            name: "add",
            usage: "Pin something",
            argsUsage: "<CID>",
            flags: [
              { names: ["count", "c"], kind: "int", usage: "how many" },
              { names: ["size"], kind: "uint64", usage: "how large" },
              { names: ["wait", "w"], kind: "bool", usage: "wait" },
              { names: ["time"], kind: "duration", usage: "how long" },
              { names: ["note"], kind: "strings", usage: "notes" },
              { names: ["secret"], kind: "string", isHidden: true },
            ],
            action: async (invocation) => {
              const { words } = invocation;
              const values = [
                invocation.int("c"),
                invocation.bool("wait"),
                invocation.durationMs("time"),
                invocation.strings("note").join("+"),
                invocation.globalString("host"),
                invocation.globalBool("debug"),
                invocation.isSet("count"),
              ];
              told.push(`${words.join(" ")} | ${values.join(" ")}`);
            },
          },
        ],
      },
      {
        name: "fail",
        usage: "Fails",
        isHidden: true,
        action: () => Promise.reject(new ExitError("it failed", 7)),
      },
    ],
  };
}

async function run(words: string, environment: Record<string, string> = {}) {
  const told: string[] = [];
  const program = (each: readonly string[], context: Context) =>
    runApp(programOf(told), each, context);
  const ran = await capturedRun(program, words.split(" ").filter(Boolean), environment);
  return { ...ran, told };
}

describe("flags", () => {
  test.each([
    ["pin add x", "x | 0 false 0  here false false"],
    ["--host there -d pin add -c 3 x y", "x y | 3 false 0  there true true"],
    ["-l=there --debug=false pin add x --count 0x10 -w", "x | 16 true 0  there false true"],
    ["pin add -time 1m30s -note a --note b=c x", "x | 0 false 90000 a+b=c here false false"],
    ["pin add -- -w", "-w | 0 false 0  here false false"],
    ["pin add x -- -w", "x -w | 0 false 0  here false false"],
    // the word after a flag goes along with it, and ends the flags
    ["pin add -w x -c 3", "x -c 3 | 0 true 0  here false false"],
    ["pin add -", "- | 0 false 0  here false false"],
    ["pin add --count -1 x", "x | -1 false 0  here false true"],
    ["pin add --count 1_000 x", "x | 1000 false 0  here false true"],
  ])("%s", async (words, told) => {
    const ran = await run(words);
    expect(ran).toMatchObject({ code: 0, stdout: "", stderr: "" });
    expect(ran.told.at(-1)).toBe(told);
  });

  test("the environment gives defaults, and counts as set", async () => {
    const { told } = await run("pin add x", { PROG_DEBUG: "1" });
    expect(told.at(-1)).toBe("x | 0 false 0  here true false");
    expect(await run("pin add x", { PROG_DEBUG: "maybe" })).toMatchObject({ code: 1, stdout: "" });
  });

  test.each([
    ["--nothing", "Incorrect Usage. flag provided but not defined: -nothing"],
    ["--host", "Incorrect Usage. flag needs an argument: -host"],
    ["---host", "Incorrect Usage. bad flag syntax: ---host"],
    ["--host a -l b", "Cannot use two forms of the same flag: l host"],
    ["pin --nothing", "Incorrect Usage. flag provided but not defined: -nothing"],
    ["pin add --count x", 'Incorrect Usage: invalid value "x" for flag -count: parse error'],
    ["pin add --count %n", 'Incorrect Usage: invalid value "%n" for flag -count: parse error'],
    ["pin add --count 08", 'Incorrect Usage: invalid value "08" for flag -count: parse error'],
    ["pin add --size -1", 'Incorrect Usage: invalid value "-1" for flag -size: parse error'],
    ["pin add --time 5", 'Incorrect Usage: invalid value "5" for flag -time: parse error'],
    ["pin add -w=x", 'Incorrect Usage: invalid boolean value "x" for -w: parse error'],
    [
      "pin add -c 99999999999999999999",
      'Incorrect Usage: invalid value "99999999999999999999" for flag -c: value out of range',
    ],
    ["pin add -c 1 --count 2", "Incorrect Usage: Cannot use two forms of the same flag: c count"],
  ])("%s is refused, and help printed", async (words, told) => {
    const { code, stdout, stderr } = await run(words);
    expect({ code, stderr, first: stdout.split("\n")[0] }).toEqual({
      code: 1,
      stderr: "",
      first: told,
    });
    expect(stdout).toContain("\nNAME:\n   prog");
  });
});

function noTopic(name: string) {
  return { code: 3, stderr: `No help topic for '${name}'\n` };
}

describe("commands", () => {
  test("an error ends the program with its code", async () => {
    expect(await run("fail")).toMatchObject({ code: 7, stdout: "", stderr: "it failed\n" });
  });

  test("what is no command has no help", async () => {
    expect(await run("nothing")).toMatchObject(noTopic("nothing"));
    expect(await run("pin nothing")).toMatchObject(noTopic("nothing"));
    expect(await run("help nothing")).toMatchObject(noTopic("nothing"));
  });

  test("what comes before runs before every command, but not before help", async () => {
    expect((await run("pin")).told).toEqual(["before here"]);
    expect((await run("--help")).told).toEqual([]);
  });
});

describe("help", () => {
  test("of the program", async () => {
    const help = `NAME:
   prog - a program

USAGE:
   prog [global options] command [command options] [arguments...]

VERSION:
   1.2.3

COMMANDS:
   pin      Pins
   help, h  Shows a list of commands or help for one command

GLOBAL OPTIONS:
   --host PLACE, -l PLACE  the PLACE (default: "here")
   --debug, -d             say more [$PROG_DEBUG]
   --help, -h              show help
   --version, -v           print the version
`;
    for (const words of ["", "help", "h", "--help", "-h", "--version --help"]) {
      expect(await run(words)).toMatchObject({ code: 0, stdout: help, stderr: "" });
    }
    expect((await run("-v")).stdout).toBe("prog version 1.2.3\n");
  });

  test("of a command with commands", async () => {
    const help = `NAME:
   prog pin - About pins

USAGE:
   prog pin command [command options] [arguments...]

COMMANDS:
   add  Pin something

OPTIONS:
   --help, -h  show help
   
`;
    for (const words of ["pin", "pin --help", "pin -h"]) {
      expect((await run(words)).stdout).toBe(help);
    }
  });

  test("of a command", async () => {
    const help = `NAME:
   prog pin add - Pin something

USAGE:
   prog pin add [command options] <CID>

OPTIONS:
   --count value, -c value  how many (default: 0)
   --size value             how large (default: 0)
   --wait, -w               wait
   --time value             how long (default: 0s)
   --note value             notes
   
`;
    for (const words of ["pin add --help", "pin help add", "pin add x -h"]) {
      expect((await run(words)).stdout).toBe(help);
    }
  });
});

test("columns are as wide as their widest cell among neighbouring lines", () => {
  const text = "a\tb\nlonger\tb\nno columns\nx\ty\tz\nxx\tyyyy\tz\n";
  expect(alignTabs(text)).toBe("a       b\nlonger  b\nno columns\nx   y     z\nxx  yyyy  z\n");
});
