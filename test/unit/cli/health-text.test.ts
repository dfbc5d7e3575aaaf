// Goal: metrics, alerts, traffic, collections and graphs as ipfs-cluster-ctl 1.1.6 prints them. Method: documents, and what
// it, or the libraries that it prints with, made of them.

import { describe, expect, test } from "bun:test";

import type { ConnectGraphJson, MetricJson } from "#api";

import { toJson } from "../../../src/cli/output.ts";
import { graphText } from "../../../src/cli/text/graph-text.ts";
import {
  alertLine,
  bandwidthLines,
  gcLines,
  metricLine,
} from "../../../src/cli/text/health-text.ts";
import { humanBytes, humanTime } from "../../../src/cli/text/humanize.ts";

const now = Date.parse("2026-11-21T12:00:00Z");
const metric: MetricJson = {
  name: "ping",
  peer: "12D3a",
  value: '{"peer_name":"alpha"}',
  expire: BigInt(now + 29_500) * 1_000_000n,
  valid: true,
  weight: 0,
  partitionable: false,
  received_at: 0,
};

test.each([
  [0, "0 B"],
  [9, "9 B"],
  [10, "10 B"],
  [999, "999 B"],
  [1000, "1.0 kB"],
  [1550, "1.6 kB"],
  [9_949, "9.9 kB"],
  [9_951, "10 kB"],
  [82_854_982, "83 MB"],
  [1_500_000_000_000, "1.5 TB"],
])("%d bytes are %s", (bytes, text) => {
  expect(humanBytes(bytes)).toBe(text);
});

test.each([
  [0, "now"],
  [999, "now"],
  [1000, "1 second from now"],
  [29_900, "29 seconds from now"],
  [-60_000, "1 minute ago"],
  [-3_599_000, "59 minutes ago"],
  [3_600_000, "1 hour from now"],
  [-86_400_000, "1 day ago"],
  [-8 * 86_400_000, "1 week ago"],
  [-400 * 86_400_000, "1 year ago"],
  [40 * 360 * 86_400_000, "a long while from now"],
])("%d ms from now are %s", (ms, text) => {
  expect(humanTime(now + ms, now)).toBe(text);
});

describe("lines", () => {
  test("of metrics", () => {
    expect(metricLine(metric, now)).toBe(
      '12D3a | ping: {"peer_name":"alpha"} | Expires in: 29 seconds from now',
    );
    const space = { ...metric, name: "freespace", value: "1234567890", weight: 1_234_567_890 };
    expect(metricLine(space, now)).toContain("| freespace: 1.2 GB |");
    expect(metricLine({ ...space, weight: 0 }, now)).toContain("| freespace: 1234567890 |");
  });

  test("of alerts", () => {
    const expire = BigInt(now - 90_000) * 1_000_000n;
    const alert = { ...metric, expire, triggered_at: "2026-11-21T11:59:50.5Z" };
    expect(alertLine(alert, now)).toBe(
      "12D3a: ping. Expired at: 1 minute ago. Triggered at: 9 seconds ago",
    );
  });

  test("of traffic, by protocol", () => {
    const none = { total_in: 0, total_out: 5, rate_in: 0, rate_out: 0.005 };
    const some = { total_in: 1_234_567, total_out: 12_345, rate_in: 1.25, rate_out: 0 };
    expect(bandwidthLines({ "/libp2p/identify": none, "/ipfscluster/1.0/rpc": some })).toBe(
      "     /ipfscluster/1.0/rpc: In:  1.2 MB. Out:   12 kB. RateIn: 1.25B/s. RateOut: 0.00B/s\n" +
        "         /libp2p/identify: In:     0 B. Out:     5 B. RateIn: 0.00B/s. RateOut: 0.01B/s",
    );
  });

  test("of collections, by peer", () => {
    const peer_map = {
      b: { peer: "b", peername: "", keys: [], error: "it is off" },
      a: { peer: "a", peername: "alpha", keys: [{ key: "Qma" }, { key: null, error: "bad" }] },
    };
    expect(gcLines({ peer_map })).toBe(
      "alpha          \n  > CIDs:\n    - Qma\n    - ERROR: bad\nb               | ERROR: it is off\n  > CIDs:",
    );
  });
});

describe("the graph", () => {
  const [a, b, other] = ["12aaaaaaAAAAAA", "12bbbbbbBBBBBB", "12xxxxxxXXXXXX"];
  const [ipfs, far] = ["12iiiiiiIIIIII", "12ffffffFFFFFF"];
  const graph: ConnectGraphJson = {
    cluster_id: a,
    id_to_peername: { [a]: "alpha", [b]: "beta", [other]: "gamma" },
    ipfs_links: { [ipfs]: [far] },
    cluster_links: { [b]: [a], [a]: [b, other], [other]: [] },
    cluster_trust_links: { [b]: true },
    cluster_to_ipfs: { [a]: ipfs },
  };

  test("names members by kind, and dots what is missing", () => {
    const lines = graphText(graph, { hasAll: false }).split("\n");
    const look = 'style="filled" colorscheme="x11" fontcolor="black" fontname="Arial"';
    expect(lines.slice(3, 9)).toEqual([
      "subgraph  {",
      'rank="min"',
      `C0 [label=< <B> alpha </B> <BR/> <B> 12*AAAAAA </B> > group="${a}" color="orange" ${look} shape="box3d" peripheries="2" ]`,
      `T1 [label=< <B> beta </B> <BR/> <B> 12*BBBBBB </B> > group="${b}" color="orange" ${look} shape="box3d" ]`,
      `C2 [label=< <B> gamma </B> <BR/> <B> 12*XXXXXX </B> > group="${other}" color="darkorange3" ${look} shape="box3d" ]`,
      "}",
    ]);
    expect(lines).toContain(
      `I2 [label=< <B> IPFS </B> <BR/> <B> Errored </B> > group="${other}" color="firebrick1" ${look} shape="cylinder" ]`,
    );
    expect(lines.filter((line) => line.includes("->"))).toEqual([
      "C0 -> T1",
      "C0 -> C2",
      "T1 -> C0",
      "C0 -> I0",
      'T1 -> I1 [ style="dotted" ]',
      'C2 -> I2 [ style="dotted" ]',
    ]);
  });

  test("has the whole swarm when asked", () => {
    const text = graphText(graph, { hasAll: true });
    expect(text).toContain(`I0 [label=< <B> IPFS </B> <BR/> <B> 12*FFFFFF </B> >`);
    expect(text).toContain("\nI1 -> I0\n}");
  });
});

test("JSON is indented by four, escaped as Go does, with whole nanoseconds", () => {
  const text =
    '{\n    "a": "\\u003cb\\u003e\\u0026",\n    "n": 1763740800123456789,\n    "none": []\n}';
  expect(toJson({ a: "<b>&", n: 1_763_740_800_123_456_789n, none: [] })).toBe(text);
});
