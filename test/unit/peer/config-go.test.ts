// Goal: what a file of IPFS Cluster leaves out, and what it gets wrong, counts here as it does there. Method: documents,
// and the texts that ipfs-cluster-service 1.1.6 answered to the same values.

import { describe, expect, test } from "bun:test";

import { reportConfig } from "#peer";
import { withServiceJson } from "#test/peer-folder";

import { effectiveDocument, effectiveValues } from "../../../src/peer/config/effective.ts";
import { inspectConfig, type InspectedConfig } from "../../../src/peer/config/load.ts";
import type { Settings } from "../../../src/peer/config/settings.ts";
import { createIdentity } from "../../../src/peer/identity.ts";

type Variables = Readonly<Record<string, string>>;

function inspect(document: unknown, environment: Variables = {}): Promise<InspectedConfig> {
  return withServiceJson(document, ({ configPath }) => inspectConfig(configPath, environment));
}

async function settingsOf(document: unknown, environment?: Variables): Promise<Settings> {
  const { settings, problems } = await inspect(document, environment);
  if (settings !== undefined) return settings;
  throw new Error(problems.map(({ place, found }) => `${place}: ${found.problem}`).join("\n"));
}

describe("what a file leaves out", () => {
  test("is false or nothing in a section that stands, where IPFS Cluster has it so", async () => {
    const { cluster, consensus, api, informer } = await settingsOf({
      cluster: { resource_manager: {} },
      consensus: { crdt: {} },
      api: { restapi: {} },
      informer: { tags: {}, pinqueue: {} },
    });
    expect(cluster.enable_relay_hop).toBe(false);
    expect(cluster.disable_repinning).toBe(false);
    expect(cluster.resource_manager.enabled).toBe(false);
    expect(consensus.crdt.trusted_peers).toEqual([]);
    expect(api.restapi?.cors_allowed_methods).toEqual([]);
    expect(api.restapi?.cors_allow_credentials).toBe(false);
    expect(informer.tags?.tags).toEqual({});
    expect(informer.pinqueue?.weight_bucket_size).toBe(0);
  });

  test("is the default without the section, and APIs and informers are off", async () => {
    const { cluster, consensus, api, informer, allocator } = await settingsOf({});
    expect(cluster.enable_relay_hop).toBe(true);
    expect(cluster.disable_repinning).toBe(true);
    expect(consensus.crdt.trusted_peers).toEqual(["*"]);
    expect(api).toEqual({});
    expect(informer).toEqual({});
    // files that are older than the section have no tags
    expect(allocator.balanced.allocate_by).toEqual(["freespace"]);
  });

  test.each([{}, { allocator: {} }, { allocator: { balanced: null } }])(
    "is no tag for allocations in %j, and shown so",
    async (document) => {
      const { settings, ...inspected } = await inspect(document);
      expect(settings?.allocator.balanced.allocate_by).toEqual(["freespace"]);
      const shown = effectiveValues({ settings, ...inspected });
      expect(shown).toContainEqual({
        key: "allocator.balanced.allocate_by",
        value: ["freespace"],
        source: "default",
      });
    },
  );

  test("may be null, or empty where that means the default", async () => {
    const {
      cluster,
      api,
      pin_tracker: tracker,
      allocator,
    } = await settingsOf({
      cluster: { peer_addresses: null, replication_factor_min: 0, state_sync_interval: "" },
      api: { restapi: { http_listen_multiaddress: "", headers: null, max_header_bytes: 0 } },
      pin_tracker: { stateless: { concurrent_pins: 0 } },
      allocator: { balanced: { allocate_by: [] } },
      monitor: null,
    });
    expect(cluster.peer_addresses).toEqual([]);
    expect(cluster.replication_factor_min).toBe(-1);
    expect(cluster.state_sync_interval).toBe(300_000);
    expect(api.restapi?.http_listen_multiaddress[0]?.port).toBe(9094);
    expect(api.restapi?.headers).toEqual({});
    expect(api.restapi?.max_header_bytes).toBe(4096);
    expect(tracker.stateless.concurrent_pins).toBe(10);
    expect(allocator.balanced.allocate_by).toEqual(["tag:group", "freespace"]);
  });

  test("is trust in nobody in a configuration of raft", async () => {
    const { isRaft, settings } = await inspect({ consensus: { raft: {} } });
    expect(isRaft).toBe(true);
    expect(settings?.consensus.crdt.trusted_peers).toEqual([]);
  });
});

const peer = "12D3KooWGHTKzeT4KaLGLrbKKyT8zKrBPXAUBRzCAN6ZMDMo4M6M";
const http = (more: object) => ({ api: { restapi: more } });
const wrong = (document: unknown) => [document, {}] as const;

describe("IPFS Cluster's words", () => {
  test.each<[unknown, string]>([
    [
      { cluster: { secret: "abcd" } },
      "error loading cluster secret from config: input secret is 2 bytes, cluster secret should be 32",
    ],
    [
      { cluster: { secret: "zz" } },
      "error loading cluster secret from config: encoding/hex: invalid byte: U+007A 'z'",
    ],
    [
      { cluster: { secret: "abc" } },
      "error loading cluster secret from config: encoding/hex: odd length hex string",
    ],
    [
      { cluster: { listen_multiaddress: "nonsense" } },
      'error parsing listen_multiaddress: failed to parse multiaddr "nonsense": must begin with /',
    ],
    [
      { cluster: { listen_multiaddress: "/ip4/1.2.3.4/foo/1" } },
      'error parsing listen_multiaddress: failed to parse multiaddr "/ip4/1.2.3.4/foo/1": unknown protocol foo',
    ],
    [
      { cluster: { listen_multiaddress: "/ip4/1.2.3.4/tcp" } },
      'error parsing listen_multiaddress: failed to parse multiaddr "/ip4/1.2.3.4/tcp": unexpected end of multiaddr',
    ],
    [{ cluster: { listen_multiaddress: [] } }, "cluster.listen_multiaddress is undefined"],
    [
      { cluster: { state_sync_interval: "soon" } },
      'error parsing cluster.state_sync_interval: time: invalid duration "soon"',
    ],
    [
      { cluster: { state_sync_interval: "5" } },
      'error parsing cluster.state_sync_interval: time: missing unit in duration "5"',
    ],
    [
      { cluster: { state_sync_interval: "1m5x" } },
      'error parsing cluster.state_sync_interval: time: unknown unit "x" in duration "1m5x"',
    ],
    [{ cluster: { state_sync_interval: "-5s" } }, "cluster.state_sync_interval is invalid"],
    [{ cluster: { monitor_ping_interval: "-5s" } }, "cluster.monitoring_interval is invalid"],
    [{ cluster: { pubsub: { d_factor: 0 } } }, "cluster.pubsub.d_factor is invalid"],
    [
      { cluster: { pubsub: { seen_messages_ttl: "-1s" } } },
      "cluster.pubsub.seen_message_ttl is invalid",
    ],
    [
      { cluster: { connection_manager: { low_water: 500 } } },
      "cluster.connection_manager.low_water is greater than high_water",
    ],
    [
      { cluster: { connection_manager: { high_water: 0 } } },
      "cluster.connection_manager.high_water is invalid",
    ],
    [
      { cluster: { pin_only_on_trusted_peers: true, pin_only_on_untrusted_peers: true } },
      "cluster.pin_only_on_trusted_peers and pin_only_on_untrusted_peers cannot both be true",
    ],
    [
      { cluster: { replication_factor_min: 3, replication_factor_max: 2 } },
      "cluster.replication_factor_min is larger than max",
    ],
    [
      { cluster: { replication_factor_max: 4 } },
      "cluster.replication_factor_min and max must be -1 when one of them is",
    ],
    [
      { consensus: { crdt: { trusted_peers: ["nobody"] } } },
      "error parsing trusted peers: failed to parse peer ID: invalid cid: selected encoding not supported",
    ],
    [
      { consensus: { crdt: { batching: { max_queue_size: -1 } } } },
      "crdt.batching.max_queue_size is invalid",
    ],
    [{ consensus: { raft: { backups_rotate: -1 } } }, "backups_rotate should be larger than 0"],
    [http({ max_header_bytes: 12 }), "restapi.max_header_bytes must be not less then 4096"],
    [
      http({ basic_auth_credentials: {} }),
      "restapi.basic_auth_creds should be null or have at least one entry",
    ],
    [http({ id: peer }), "all ID, private_key and libp2p_listen_multiaddress should be set"],
    [http({ idle_timeout: "-1s" }), "restapi.idle_timeout invalid"],
    [http({ read_timeout: "-1s" }), "restapi.read_timeout is invalid"],
    [
      { api: { ipfsproxy: { max_header_bytes: 1 } } },
      "ipfsproxy.max_header_size must be greater or equal to 4096",
    ],
    [
      { ipfs_connector: { ipfshttp: { node_multiaddress: "x" } } },
      'error parsing ipfs_node_multiaddress: failed to parse multiaddr "x": must begin with /',
    ],
    [{ ipfs_connector: { ipfshttp: { pin_timeout: "-1s" } } }, "ipfshttp.pin_timeout invalid"],
    [
      { pin_tracker: { stateless: { concurrent_pins: -1 } } },
      "statelesstracker.concurrent_pins is too low",
    ],
    [{ monitor: { pubsubmon: { check_interval: "-1s" } } }, "pubsubmon.check_interval too low"],
    [{ informer: { disk: { metric_ttl: "-1s" } } }, "disk.metric_ttl is invalid"],
    [{ informer: { disk: { metric_type: "x" } } }, "disk.metric_type is invalid"],
    [
      { informer: { pinqueue: { weight_bucket_size: -1 } } },
      "pinqueue.WeightBucketSize is invalid",
    ],
  ])("for %j are %s", async (document, words) => {
    const { problems } = await inspect(document);
    expect(problems.map(({ found }) => found.goMessage)).toEqual([words]);
  });

  test.each([
    [
      "CLUSTER_REPLICATIONFACTORMIN",
      "08",
      "ReplicationFactorMin: converting '08' to type int. details: strconv.ParseInt: parsing \"08\"",
    ],
    [
      "CLUSTER_REPLICATIONFACTORMIN",
      "many",
      "ReplicationFactorMin: converting 'many' to type int. details: strconv.ParseInt: parsing \"many\"",
    ],
    [
      "CLUSTER_RESOURCEMANAGER_MEMORYLIMITBYTES",
      "-1",
      "MemoryLimitBytes: converting '-1' to type uint64. details: strconv.ParseUint: parsing \"-1\"",
    ],
    [
      "CLUSTER_TRACING_SAMPLINGPROB",
      "x",
      "SamplingProb: converting 'x' to type float64. details: strconv.ParseFloat: parsing \"x\"",
    ],
    [
      "CLUSTER_TRACING_SAMPLINGPROB",
      " ",
      "SamplingProb: converting ' ' to type float64. details: strconv.ParseFloat: parsing \" \"",
    ],
    [
      "CLUSTER_DISABLEREPINNING",
      "maybe",
      "DisableRepinning: converting 'maybe' to type bool. details: strconv.ParseBool: parsing \"maybe\"",
    ],
  ])("for the variable %s=%s name its field", async (name, value, words) => {
    const { problems } = await inspect({}, { [name]: value });
    expect(problems[0]?.found.goMessage).toBe(
      `envconfig.Process: assigning ${name} to ${words}: invalid syntax`,
    );
  });
});

describe("variables", () => {
  test("of every kind are read as envconfig reads them, or as JSON", async () => {
    const { cluster, informer, api, consensus, observations } = await settingsOf(
      { api: { restapi: {} }, informer: { tags: {} } },
      {
        CLUSTER_CONNECTIONMANAGER_HIGHWATER: "0x200",
        CLUSTER_LEAVEONSHUTDOWN: "T",
        CLUSTER_SECRET: "",
        CLUSTER_PEERNAME: "",
        CLUSTER_LISTENMULTIADDRESS: "/ip4/127.0.0.1/tcp/1,/ip6/::1/tcp/2",
        CLUSTER_PEERADDRESSES: '["/ip4/10.0.0.1/tcp/9096"]',
        CLUSTER_TAGS_TAGS: '{"rack":"1,2"}',
        CLUSTER_RESTAPI_HEADERS: "X-One:1,X-Two:a:b",
        CLUSTER_RESTAPI_HTTPLISTENMULTIADDRESS: "/unix/run/rest.sock,/dns4/localhost/tcp/0",
        CLUSTER_CRDT_BATCHING_MAXBATCHAGE: "90s",
        CLUSTER_TRACING_SAMPLINGPROB: "0.5",
      },
    );
    expect(cluster.connection_manager.high_water).toBe(512);
    expect(cluster.leave_on_shutdown).toBe(true);
    expect(cluster.secret).toBe("");
    expect(cluster.peername).not.toBe("");
    expect(cluster.listen_multiaddress).toEqual(["/ip4/127.0.0.1/tcp/1", "/ip6/::1/tcp/2"]);
    expect(cluster.peer_addresses).toEqual(["/ip4/10.0.0.1/tcp/9096"]);
    expect(informer.tags?.tags).toEqual({ rack: "1,2" });
    expect(api.restapi?.headers).toEqual({ "X-One": ["1"], "X-Two": ["a:b"] });
    expect(api.restapi?.http_listen_multiaddress.map(({ host }) => host)).toEqual([
      "/unix/run/rest.sock",
      "localhost",
    ]);
    expect(consensus.crdt.batching.max_batch_age).toBe(90_000);
    expect(observations.tracing.sampling_prob).toBe(0.5);
  });

  test("of a section that is not there open nothing, and say so", async () => {
    const name = "CLUSTER_RESTAPI_HTTPLISTENMULTIADDRESS";
    const { settings, warnings } = await inspect({}, { [name]: "/ip4/127.0.0.1/tcp/0" });
    expect(settings?.api.restapi).toBeUndefined();
    expect(warnings).toEqual([
      `environment variable ${name} has no effect: there is no section api.restapi`,
    ]);
  });

  test("of a store or of raft that is not there are taken in silence", async () => {
    const { warnings } = await inspect(
      {},
      { CLUSTER_PEBBLE_FOLDER: "x", CLUSTER_RAFT_INITPEERSET: peer },
    );
    expect(warnings).toEqual([]);
  });
});

describe("a secret that is spelled wrong, or in the wrong place, is told to nobody", () => {
  const variable = (name: string) => [http({}), { [name]: "hunter2" }] as const;

  test.each<readonly [unknown, Variables]>([
    variable("CLUSTER_SECRET"),
    variable("CLUSTER_RESTAPI_BASICAUTHCREDENTIALS"),
    variable("CLUSTER_RESTAPI_HEADERS"),
    variable("CLUSTER_RESTAPI_PRIVATEKEY"),
    wrong({ cluster: { secret: "hunter2" } }),
    wrong({ cluster: [{ secret: "hunter2" }] }),
    wrong({ api: [{ restapi: "hunter2" }] }),
    wrong(http(["hunter2"])),
    wrong(http({ private_key: ["hunter2"] })),
    wrong(http({ basic_auth_credentials: "ann:hunter2" })),
    wrong(http({ headers: ["X-Api-Token: hunter2"] })),
    wrong(http({ headers: { "X-Api-Token": { hunter2: 1 } } })),
  ])("%j %j", async (document, environment) => {
    const { problems } = await inspect(document, environment);
    expect(problems).toHaveLength(1);
    expect(JSON.stringify(problems)).not.toContain("hunter2");
    const report = await withServiceJson(document, (folder) => reportConfig(folder, environment));
    expect(JSON.stringify(report)).not.toContain("hunter2");
  });
});

test("what counts is shown without passwords in URLs, whatever holds them", async () => {
  const url = "https://ann:hunter2@router.example/v1";
  const inspected = await inspect({
    ...http({ headers: { Link: [url] } }),
    ipfs: { routing: { delegated_routers: [url] }, dns: { resolvers: { ".": url } } },
    cluster: { peername: "ann@home" },
  });
  const { api, ipfs, cluster } = effectiveDocument(effectiveValues(inspected));
  const shown = "https://(hidden)@router.example/v1";
  expect(api).toMatchObject({ restapi: { headers: { Link: [shown] } } });
  expect(ipfs).toMatchObject({
    routing: { delegated_routers: [shown] },
    dns: { resolvers: { ".": shown } },
  });
  expect(cluster).toMatchObject({ peername: "ann@home" });
});

describe("the libp2p listener of an API", () => {
  const { id, privateKey } = createIdentity();
  const listener = {
    libp2p_listen_multiaddress: "/ip4/127.0.0.1/tcp/0",
    id,
    private_key: Buffer.from(privateKey).toString("base64"),
  };

  test("has an address, an id and its key", async () => {
    const { api } = await settingsOf(http(listener));
    expect(api.restapi?.libp2p_listen_multiaddress).toEqual(["/ip4/127.0.0.1/tcp/0"]);
  });

  test.each([
    [{ id: peer }, "restapi.ID does not match private_key"],
    [{ private_key: "" }, "all ID, private_key and libp2p_listen_multiaddress should be set"],
    [{ id: "" }, "all ID, private_key and libp2p_listen_multiaddress should be set"],
    [
      { libp2p_listen_multiaddress: [] },
      "all ID, private_key and libp2p_listen_multiaddress should be set",
    ],
    [
      { libp2p_listen_multiaddress: "x" },
      'error parsing restapi.libp2p_listen_multiaddress: failed to parse multiaddr "x": must begin with /',
    ],
  ])("is refused with %j", async (change, words) => {
    const { problems } = await inspect(http({ ...listener, ...change }));
    expect(problems[0]?.found.goMessage).toBe(words);
    expect(JSON.stringify(problems)).not.toContain(listener.private_key);
  });
});

async function sizeOf(size: unknown): Promise<number | undefined> {
  return (await settingsOf({ ipfs: { storage_max: size } })).ipfs.storage_max;
}

test("a size is a text or a number of bytes, and nothing else", async () => {
  expect(await sizeOf("1.5GiB")).toBe(1_610_612_736);
  expect(await sizeOf(4096)).toBe(4096);
  expect(await sizeOf("")).toBeUndefined();
  for (const size of [true, -1, "10 apples"]) {
    const { problems } = await inspect({ ipfs: { storage_max: size } });
    expect(problems[0]?.found.problem).toEndWith(`got ${JSON.stringify(size)}`);
  }
});

test("everything that is wrong is found at once", async () => {
  const { problems, warnings } = await inspect(
    {
      cluster: { peername: 5, replication_factor_min: 4, replication_factor_max: 2, peer_name: "" },
      api: { restapi: { max_header_bytes: 12 } },
      ipfs: { storage_maximum: 1, storage_max: "lots" },
    },
    { CLUSTER_FOLLOWERMODE: "perhaps", CLUSTER_FOLOWERMODE: "true" },
  );
  const places = problems.map(({ place }) => place.replace(/^.*service.json: /, ""));
  expect(places).toEqual([
    "CLUSTER_FOLLOWERMODE",
    "ipfs.storage_maximum",
    "cluster.peername",
    "ipfs.storage_max",
    "cluster.replication_factor_min",
    "api.restapi.max_header_bytes",
  ]);
  expect(warnings.map((warning) => warning.replace(/^.*service.json: /, ""))).toEqual([
    "environment variable CLUSTER_FOLOWERMODE matches no setting, did you mean CLUSTER_FOLLOWERMODE?",
    'cluster.peer_name: unknown key, did you mean "peername"?',
  ]);
});
