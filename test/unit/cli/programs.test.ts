// Goal: the executable is the program whose name it was called by. Method: names and paths as systems hand them over.

import { expect, test } from "bun:test";

import { quietContext } from "#test/captured-run";

import { programName, runProgram } from "../../../src/cli/programs.ts";

const names = ["ipfs-cluster-ctl", "ipfs-cluster-service", "ipfs-cluster-follow"] as const;

test("a link or copy of another program's name is that program", () => {
  for (const name of names) {
    for (const argv0 of [name, `./${name}`, `/usr/local/bin/${name}`, `../a b/${name}`]) {
      expect(programName(argv0, "linux")).toBe(name);
    }
  }
});

test("Windows spells names with .exe, backslashes and either case", () => {
  const argv0 = String.raw`C:\Programs\IPFS-Cluster-CTL.EXE`;
  expect(programName(argv0, "win32")).toBe("ipfs-cluster-ctl");
  expect(programName("ipfs-cluster-service.exe", "linux")).toBe("ipfs-cluster-service");
});

test("every other name is pinfold", () => {
  for (const argv0 of ["pinfold", "bun", "", "pinfold-1.2", "ipfs-cluster-ctl2", "constructor"]) {
    expect(programName(argv0, "linux")).toBe("pinfold");
  }
});

const write = () => Promise.reject(Object.assign(new Error("write"), { code: "EPIPE" }));

test.each(["pinfold", ...names])("%s does not fail when nobody reads on", async (name) => {
  expect(await runProgram(name, ["--help"], quietContext({ write }))).toBe(0);
});
