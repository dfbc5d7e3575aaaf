// Goal: docs/configuration.md says what the schema says. Method: the page is made and compared with the one that is there.

import { expect, test } from "bun:test";
import { join } from "node:path";

import { projectFolder } from "#test/source-files";

import { configurationPage } from "../../../scripts/docs/configuration-page.ts";

test("the reference page is that of the schema; `bun run docs` makes it anew", async () => {
  const written = await Bun.file(join(projectFolder, "docs/configuration.md")).text();
  expect(written).toBe(configurationPage());
});

test("every key is in it with its variable", () => {
  const page = configurationPage().replaceAll(/ {2,}/g, " ");
  for (const line of [
    "| `replication_factor_min` | whole number | `-1` | `CLUSTER_REPLICATIONFACTORMIN` |",
    "| `batching.max_batch_age` | duration | `0s` | `CLUSTER_CRDT_BATCHING_MAXBATCHAGE` |",
    "| `storage_max` | size | empty | `PINFOLD_IPFS_STORAGEMAX` |",
    "| `enable_relay_hop` | true or false | `true`; if left out: `false` |",
  ]) {
    expect(page).toContain(line);
  }
});
