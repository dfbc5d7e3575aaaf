// Goal: a multiaddr is right or wrong for the same reason as in go-multiaddr, without loading libp2p. Method: what
// `ipfs-cluster-service 1.1.6 daemon --bootstrap ADDRESS` said.

import { describe, expect, test } from "bun:test";

import { multiaddrParts, multiaddrProblem } from "#model";

const peer = "12D3KooWGHTKzeT4KaLGLrbKKyT8zKrBPXAUBRzCAN6ZMDMo4M6M";

describe("a multiaddr", () => {
  test.each([
    "/dns/a/tcp/80/ws",
    "/ip4/1.2.3.4/udt",
    "/ip4/1.2.3.4/tcp/080",
    "/ip4/1.2.3.4/tcp/1/plaintextv2",
    "/ip6zone/x/ip6/fe80::1",
    "/ip6/::ffff:1.2.3.4",
    "/p2p-webrtc-direct",
    "/unix/run/it.sock",
    `/ip4/1.2.3.4/tcp/1/p2p/${peer}/p2p-circuit/ipfs/${peer}//`,
  ])("may be %s", (text) => {
    expect(multiaddrProblem(text)).toBeUndefined();
  });

  test.each([
    ["", "empty multiaddr"],
    ["x", "must begin with /"],
    ["/foo/1", "unknown protocol foo"],
    ["/constructor/1", "unknown protocol constructor"],
    ["/sni/", "unexpected end of multiaddr"],
    [
      "/ip4/01.2.3.4",
      'invalid value "01.2.3.4" for protocol ip4: failed to parse ip4 addr: 01.2.3.4',
    ],
    ["/dns4//tcp/1", 'invalid value "" for protocol dns4: empty dns addr'],
    [
      "/ip4/1.2.3.4/dccp/99999",
      'invalid value "99999" for protocol dccp: failed to parse port addr: strconv.ParseUint: parsing "99999": value out of range',
    ],
    [
      '/ip4/1.2.3.4/tcp/"é\u200b',
      'invalid value "\\"é\\u200b" for protocol tcp: failed to parse port addr: strconv.ParseUint: parsing "\\"é\\u200b": invalid syntax',
    ],
    [
      "/ip4/1.2.3.4/ipcidr/a",
      'invalid value "a" for protocol ipcidr: strconv.ParseUint: parsing "a": invalid syntax',
    ],
    [
      "/ip4/1.2.3.4/ipcidr/999",
      'invalid value "999" for protocol ipcidr: strconv.ParseUint: parsing "999": value out of range',
    ],
    [
      "/ip4/1.2.3.4/tcp/1/ipfs/garbage",
      'invalid value "garbage" for protocol p2p: failed to parse p2p addr: garbage invalid cid: selected encoding not supported',
    ],
    [
      "/p2p/QmX",
      'invalid value "QmX" for protocol p2p: failed to parse p2p addr: QmX length greater than remaining number of bytes in buffer',
    ],
  ])("is refused: %s", (text, problem) => {
    expect(multiaddrProblem(text)).toBe(problem);
  });
});

test("the parts of a multiaddr are protocols and values; a socket's path is one", () => {
  expect(multiaddrParts(`/ip4/127.0.0.1/udp/80/quic-v1/p2p/${peer}`)).toEqual([
    ["ip4", "127.0.0.1"],
    ["udp", "80"],
    ["quic-v1", ""],
    ["p2p", peer],
  ]);
  expect(multiaddrParts("/unix/run/it.sock")).toEqual([["unix", "/run/it.sock"]]);
});
