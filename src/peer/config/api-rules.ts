import type { Settings } from "./settings.ts";

/** A setting that cannot stand as it does. */
export interface ApiConflict {
  readonly path: readonly string[];
  readonly problem: string;
}

const headerBytesMin = 4096;

/** What is wrong with the sections of `api`, in IPFS Cluster's words where it has the rule. */
export function findApiConflict({ api }: Settings): ApiConflict | undefined {
  for (const section of ["restapi", "pinsvcapi"] as const) {
    const settings = api[section];
    const found = settings === undefined ? undefined : conflictOf(section, settings);
    if (found !== undefined) return { ...found, path: ["api", section, ...found.path] };
  }
  const proxyBytes = api.ipfsproxy?.max_header_bytes ?? 0;
  if (proxyBytes === 0 || proxyBytes >= headerBytesMin) return undefined;
  return { path: ["api", "ipfsproxy", "max_header_bytes"], problem: headerProblem("ipfsproxy") };
}

type HttpApi = NonNullable<Settings["api"]["restapi"]>;

function conflictOf(section: string, settings: HttpApi): ApiConflict | undefined {
  const { max_header_bytes: headerBytes, basic_auth_credentials: credentials } = settings;
  if (headerBytes !== 0 && headerBytes < headerBytesMin) {
    return { path: ["max_header_bytes"], problem: headerProblem(section) };
  }
  if (credentials !== null && Object.keys(credentials).length === 0) {
    const problem = `${section}.basic_auth_creds should be null or have at least one entry`;
    return { path: ["basic_auth_credentials"], problem };
  }
  const [cert, key] = [settings.ssl_cert_file, settings.ssl_key_file];
  if ((cert === "") === (key === "")) return undefined;
  const path = [cert === "" ? "ssl_cert_file" : "ssl_key_file"];
  return { path, problem: "ssl_cert_file and ssl_key_file must be set together" };
}

function headerProblem(section: string): string {
  return `${section}.max_header_bytes must be not less then ${headerBytesMin}`;
}
