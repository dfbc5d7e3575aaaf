import { InvalidIdentityError } from "../errors.ts";
import { parseIdentity } from "../identity.ts";
import { inGo, type Problem } from "./problem.ts";
import type { Settings } from "./settings.ts";

const headerBytesMin = 4096;

/** What is wrong with the sections of `api`, in IPFS Cluster's words where it has the rule. */
export function* findApiProblems(api: Settings["api"]): Generator<Problem> {
  for (const section of ["restapi", "pinsvcapi"] as const) {
    const settings = api[section];
    if (settings === undefined) continue;
    for (const problem of problemsOf(section, settings)) {
      yield { ...problem, path: ["api", section, ...problem.path] };
    }
  }
  const proxyBytes = api.ipfsproxy?.max_header_bytes ?? headerBytesMin;
  if (proxyBytes >= headerBytesMin) return;
  const problem = `ipfsproxy.max_header_size must be greater or equal to ${headerBytesMin}`;
  yield inGo(["api", "ipfsproxy", "max_header_bytes"], problem);
}

type HttpApi = NonNullable<Settings["api"]["restapi"]>;

function* problemsOf(section: string, settings: HttpApi): Generator<Problem> {
  const { max_header_bytes: headerBytes, basic_auth_credentials: credentials } = settings;
  if (headerBytes < headerBytesMin) {
    const problem = `${section}.max_header_bytes must be not less then ${headerBytesMin}`;
    yield inGo(["max_header_bytes"], problem);
  }
  if (credentials !== null && Object.keys(credentials).length === 0) {
    const problem = `${section}.basic_auth_creds should be null or have at least one entry`;
    yield inGo(["basic_auth_credentials"], problem);
  }
  const [cert, key] = [settings.ssl_cert_file, settings.ssl_key_file];
  if ((cert === "") !== (key === "")) {
    const path = [cert === "" ? "ssl_cert_file" : "ssl_key_file"];
    yield { path, problem: "ssl_cert_file and ssl_key_file must be set together" };
  }
  yield* libp2pProblems(section, settings);
}

/** The libp2p listener has all three of its keys, or none. */
function* libp2pProblems(section: string, settings: HttpApi): Generator<Problem> {
  const { libp2p_listen_multiaddress: listen, id, private_key: key } = settings;
  const missing = [
    ...(listen.length === 0 ? ["libp2p_listen_multiaddress"] : []),
    ...(id === "" ? ["id"] : []),
    ...(key === "" ? ["private_key"] : []),
  ];
  if (missing.length === 3) return;
  if (missing.length > 0) {
    const problem = "all ID, private_key and libp2p_listen_multiaddress should be set";
    yield inGo([missing[0] ?? ""], problem);
    return;
  }
  try {
    const owner = parseIdentity(Buffer.from(key, "base64"), "private_key").id;
    if (owner !== id) yield inGo(["id"], `${section}.ID does not match private_key`);
  } catch (cause) {
    if (!(cause instanceof InvalidIdentityError)) throw cause;
    const goMessage = `error parsing ${section}.private_key ID: ${cause.problem}`;
    yield { path: ["private_key"], problem: cause.problem, goMessage };
  }
}
