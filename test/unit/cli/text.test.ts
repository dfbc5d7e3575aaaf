// Goal: lines as ipfs-cluster-ctl 1.1.6 prints them. Method: documents of its REST API, and what it printed for them.

import { expect, test } from "bun:test";

import type { PinJson } from "#api";

import { printable } from "../../../src/cli/output.ts";
import { describeProgress } from "../../../src/cli/progress-bar.ts";
import { idLines, pinLine, statusLines } from "../../../src/cli/text/pin-text.ts";

const pin: PinJson = {
  replication_factor_min: -1,
  replication_factor_max: -1,
  name: "greeting",
  mode: "recursive",
  shard_size: 0,
  user_allocations: null,
  expire_at: "0001-01-01T00:00:00Z",
  metadata: { lang: "en" },
  pin_update: null,
  origins: [],
  cid: "QmSd2",
  type: "pin",
  allocations: [],
  max_depth: -1,
  reference: null,
  timestamp: "0001-01-01T00:00:00Z",
};

test("a pin is one line", () => {
  expect(pinLine(pin)).toBe(
    "QmSd2 | greeting | PIN | Repl. Factor: -1 | Allocations: [everywhere] | Recursive | Metadata: yes | Exp: ∞ | Added: unknown",
  );
  const direct = {
    ...pin,
    name: "",
    mode: "direct" as const,
    metadata: null,
    max_depth: 0,
    allocations: ["12D3b", "12D3a"],
  };
  expect(pinLine({ ...direct, replication_factor_min: 2, replication_factor_max: 3 })).toBe(
    "QmSd2 |  | PIN-DIRECT | Repl. Factor: 2--3 | Allocations: [12D3a 12D3b] | Direct | Metadata: no | Exp: ∞ | Added: unknown",
  );
  // in the zone in which it was told, wherever it is printed
  const soon = { ...pin, expire_at: "2026-11-21T02:00:57Z" };
  expect(pinLine(soon)).toContain("Exp: 2026-11-21 02:00:57 |");
});

test("a status is a line for the pin and one for every peer", () => {
  const peer = {
    peername: "alpha",
    status: "pinned" as const,
    timestamp: "2026-11-21T01:06:02Z",
    error: "",
    attempt_count: 0,
    priority_pin: false,
  };
  const broken = {
    ...peer,
    peername: "",
    status: "pin_error" as const,
    error: "no",
    attempt_count: 1,
  };
  const info = {
    cid: "QmT78",
    name: "hi",
    allocations: [],
    origins: [],
    created: "2026-11-21T01:06:02Z",
    metadata: null,
    peer_map: { b: broken, a: peer },
  };
  expect(statusLines(info)).toBe(
    [
      "QmT78 | hi:",
      "    > alpha                : PINNED | 2026-11-21T01:06:02Z | Attempts: 0 | Priority: false",
      "    > b                    : PIN_ERROR: no | 2026-11-21T01:06:02Z | Attempts: 1 | Priority: false",
    ].join("\n"),
  );
});

test("a member is shown with sorted addresses, or with its error", () => {
  const member = {
    id: "12D3a",
    addresses: ["/ip4/2", "/ip4/1"],
    cluster_peers: ["12D3a", "12D3b"],
    cluster_peers_addresses: [],
    version: "1.1.6",
    commit: "",
    rpc_protocol_version: "",
    error: "",
    ipfs: { id: "12D3i", addresses: ["/ip4/3"], error: "" },
    peername: "alpha",
  };
  expect(idLines(member)).toBe(
    "12D3a | alpha | Sees 1 other peers\n  > Addresses:\n    - /ip4/1\n    - /ip4/2\n  > IPFS: 12D3i\n    - /ip4/3",
  );
  expect(idLines({ ...member, error: "gone" })).toBe("12D3a | ERROR: gone");
});

test("progress tells rate and time left", () => {
  expect(describeProgress(120e6, 480e6, 2000)).toBe("120 MB of 480 MB  25 %  60 MB/s  6 s left");
  expect(describeProgress(5e6, undefined, 1000)).toBe("5 MB  5 MB/s");
  expect(describeProgress(0, 100, 0)).toBe("0 B of 100 B  0 %  0 B/s");
});

test("names keep their lines", () => {
  expect(printable("a\nb\tc\u001B[31m ü")).toBe("a\\nb\\tc\\u001b[31m ü");
});
