// Goal: a wrong identity is told where ipfs-cluster-service 1.1.6 tells it. Method: the errors of a start, and what that
// program said to the same files and variables.

import { expect, test } from "bun:test";

import { dataFolderAt, InvalidIdentityError } from "#peer";

import { explain } from "../../../src/cli/service/explain.ts";

const folder = dataFolderAt("/data");
const file = folder.identityPath;

test.each([
  [file, `error loading identity from ${file}: words`],
  ["CLUSTER_ID", "error applying environment variables to the identity: words"],
  [`CLUSTER_ID, ${file}`, "error applying environment variables to the identity: words"],
  [folder.configPath, "error loading identity: words"],
])("what is wrong in %s is told as %s", (place, told) => {
  const error = new InvalidIdentityError(place, "wrong", { goMessage: "words" });
  expect(explain(error, folder, "starting").message).toBe(`error loading configurations: ${told}`);
});
