import { z } from "zod";

import {
  address,
  addresses,
  count,
  duration,
  emptyIsDefault,
  flag,
  hidden,
  hiddenAndEmpty,
  list,
  listen,
  shaped,
  text,
} from "./leaf.ts";

const httpLimits = {
  read_timeout: duration("0s", "Limit for reading a request; 0: none.", emptyIsDefault),
  read_header_timeout: duration("5s", "Limit for reading a request's head.", emptyIsDefault),
  write_timeout: duration("0s", "Limit for writing an answer; 0: none.", emptyIsDefault),
};

const headerBytes = "Bytes of a request's head at most; 4096 or more.";

const credentials = z.record(z.string(), z.string()).nullable();
const headers = z.record(
  z.string(),
  z.preprocess(
    (given) => (typeof given === "string" ? [given] : given),
    z.array(z.string()).readonly(),
  ),
);

function httpApi(name: string, port: number) {
  const idleInvalid = { isEmptyDefault: true, invalid: `${name}.idle_timeout invalid` };
  return z.object({
    http_listen_multiaddress: listen(`/ip4/127.0.0.1/tcp/${port}`, "Where the API listens.", {
      isEmptyDefault: true,
      unreadable: `error parsing ${name}.http_listen_multiaddress`,
    }),
    ssl_cert_file: text("", "Certificate, for HTTPS.", hidden),
    ssl_key_file: text("", "The certificate's key.", hidden),
    ...httpLimits,
    idle_timeout: duration("2m0s", "How long an unused connection is kept.", idleInvalid),
    max_header_bytes: count(4096, headerBytes, emptyIsDefault),
    libp2p_listen_multiaddress: addresses([], "Where a libp2p host of its own listens.", {
      isHidden: true,
      unreadable: `error parsing ${name}.libp2p_listen_multiaddress`,
    }),
    id: text("", "Peer id of that host.", hidden),
    private_key: text("", "Private key of that host.", { isHidden: true, isSecret: true }),
    basic_auth_credentials: shaped(
      credentials,
      "users and passwords",
      null,
      "Who may; null: all may.",
      { isSecret: true },
    ),
    http_log_file: text("", "File for the access log; empty: the program's log."),
    headers: shaped(headers, "names and lists", {}, "Headers for every answer.", {
      isSecret: true,
    }),
    cors_allowed_origins: list(["*"], "Origins that browsers may call from.", { absent: [] }),
    cors_allowed_methods: list(["GET"], "Methods for them.", { absent: [] }),
    cors_allowed_headers: list([], "Request headers for them."),
    cors_exposed_headers: list(
      ["Content-Type", "X-Stream-Output", "X-Chunked-Output", "X-Content-Length"],
      "Response headers for them.",
      { absent: [] },
    ),
    cors_allow_credentials: flag(true, "Let them send credentials.", { absent: false }),
    cors_max_age: duration(
      "0s",
      "How long browsers may keep the answer to a preflight.",
      emptyIsDefault,
    ),
  });
}

const ipfsproxy = z.object({
  listen_multiaddress: listen("/ip4/127.0.0.1/tcp/9095", "Where the proxy listens.", {
    isEmptyDefault: true,
    unreadable: "error parsing proxy listen_multiaddress",
  }),
  node_multiaddress: address("/ip4/127.0.0.1/tcp/5001", "RPC of the IPFS node behind it.", {
    isEmptyDefault: true,
    unreadable: "error parsing ipfs node_multiaddress",
  }),
  node_https: flag(false, "Speak HTTPS to the node.", hidden),
  log_file: text("", "File for the access log; empty: the program's log."),
  ...httpLimits,
  idle_timeout: duration("1m0s", "How long an unused connection is kept.", {
    isEmptyDefault: true,
    invalid: "ipfsproxy.idle_timeout invalid",
  }),
  max_header_bytes: count(4096, headerBytes, emptyIsDefault),
  extract_headers_extra: list([], "Headers of the node to pass on.", hidden),
  extract_headers_path: text("/api/v0/version", "Path that they are taken from.", hiddenAndEmpty),
  extract_headers_ttl: duration("5m0s", "How long they are kept.", hiddenAndEmpty),
});

/** An API whose section is missing is off. */
export const apiSection = z.object({
  ipfsproxy: ipfsproxy.optional(),
  pinsvcapi: httpApi("pinsvcapi", 9097).optional(),
  restapi: httpApi("restapi", 9094).optional(),
});
