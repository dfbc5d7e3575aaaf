// Goal: completion scripts that shells take. Method: bash runs its script and is asked; the others are held against
// the table, and parsed by their shell where it is installed.

import { expect, test } from "bun:test";
import { spawnSync } from "node:child_process";

import { commands } from "../../../src/cli/commands.ts";
import {
  bashCompletion,
  fishCompletion,
  zshCompletion,
} from "../../../src/cli/completion-scripts.ts";

function complete(words: readonly string[]): string[] {
  const quoted = words.map((word) => `'${word}'`).join(" ");
  const script = `${bashCompletion(commands)}
COMP_WORDS=(${quoted}); COMP_CWORD=${words.length - 1}; _pinfold; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { status, stdout, stderr } = spawnSync("bash", ["-c", script], { encoding: "utf8" });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return stdout.trim().split("\n");
}

test.skipIf(Bun.which("bash") === null)("bash completes commands, subcommands and flags", () => {
  expect(complete(["pinfold", "stat"])).toEqual(["status", "state"]);
  expect(complete(["pinfold", "repo", ""])).toEqual(["stat", "gc", "verify", "rebuild-index"]);
  expect(complete(["pinfold", "pin", "add", "--exp"])).toEqual(["--expire-in"]);
  expect(complete(["pinfold", "swarm", "a"])).toEqual(["addrs"]);
  expect(complete(["pinfold", "swarm", "addrs", "l"])).toEqual(["local", "listen"]);
  expect(complete(["pinfold", "swarm", "addrs", "local", "--i"])).toEqual(["--id"]);
});

test.each([
  ["zsh", zshCompletion],
  ["fish", fishCompletion],
] as const)("%s has every command", (shell, make) => {
  const script = make(commands);
  for (const { name } of commands)
    for (const word of name.split(" ")) expect(script).toContain(word);
  if (Bun.which(shell) === null) return;
  const { status, stderr } = spawnSync(shell, ["-n"], { input: script, encoding: "utf8" });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
});
