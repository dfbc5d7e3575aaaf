// Goal: the command line finds its credentials where people put them, and does not send them in the clear unasked.
// Method: command lines and environments.

import { describe, expect, test } from "bun:test";

import { quietContext } from "#test/captured-run";

import type { Context } from "../../../src/cli/command.ts";
import { commands } from "../../../src/cli/commands.ts";
import { credentialsOf, isSecureWanted } from "../../../src/cli/credentials.ts";
import { UsageError } from "../../../src/cli/errors.ts";
import { parseEndpoint } from "../../../src/cli/find-peer.ts";
import { globalFlags } from "../../../src/cli/flags.ts";
import { parseArguments } from "../../../src/cli/parse-arguments.ts";

function find(words: string, environment: Context["environment"] = {}) {
  const { input } = parseArguments(
    [...words.split(" ").filter(Boolean), "id"],
    commands,
    globalFlags,
  );
  const context = quietContext({ environment });
  return { credentials: credentialsOf(input, context), isSecure: isSecureWanted(input, context) };
}

describe("credentials", () => {
  const both = { PINFOLD_TOKEN: "t", CLUSTER_CREDENTIALS: "eve:x" };

  test("are taken from flags, then from the environment", () => {
    expect(find("").credentials).toBeUndefined();
    expect(find("--basic-auth ann:a:b", both).credentials).toEqual({
      username: "ann",
      password: "a:b",
    });
    expect(find("--token u", both).credentials).toEqual({ token: "u" });
    expect(find("", both).credentials).toEqual({ token: "t" });
    expect(find("", { CLUSTER_CREDENTIALS: "eve" }).credentials).toEqual({
      username: "eve",
      password: "",
    });
    expect(() => find("--token u --basic-auth a:b")).toThrow(UsageError);
  });

  test("make an address that does not tell one of HTTPS, unless that is forbidden", () => {
    expect(find("").isSecure).toBe(false);
    expect(find("--https").isSecure).toBe(true);
    expect(find("--token u").isSecure).toBe(true);
    expect(find("--token u --force-http").isSecure).toBe(false);
  });

  test.each([
    ["/ip4/10.0.0.1/tcp/9094", "https://10.0.0.1:9094"],
    ["example.org:9094", "https://example.org:9094"],
    ["/ip4/10.0.0.1/tcp/9094/http", "http://10.0.0.1:9094"],
    ["http://10.0.0.1:9094", "http://10.0.0.1:9094"],
    ["/unix/run/pinfold.sock", "unix:/run/pinfold.sock"],
  ])("are sent to %s as %s", (host, url) => {
    expect(parseEndpoint(host, { flag: "host", isSecure: true })).toBe(url);
  });
});
