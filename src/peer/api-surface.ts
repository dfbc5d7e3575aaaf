import { resolve } from "node:path";

import type { ListenerLimits } from "#http";

import type { Settings } from "./config/settings.ts";
import type { Surface } from "./listeners.ts";

type HttpApi = NonNullable<Settings["api"]["restapi"]>;

/** A surface of the section `api`: its listeners, limits, certificate and log, as the configuration has them. */
export function apiSurface(
  about: Pick<Surface, "name" | "title"> & { readonly section: string },
  settings: HttpApi,
  folderPath: string,
): Surface {
  const { ssl_cert_file: cert, ssl_key_file: key, http_log_file: log } = settings;
  const at = (path: string): string => resolve(folderPath, path);
  const { name, title, section } = about;
  return {
    name,
    title,
    configKey: `${section}.http_listen_multiaddress`,
    addresses: settings.http_listen_multiaddress,
    limits: httpLimits(settings),
    tls: cert + key === "" ? undefined : { certPath: at(cert), keyPath: at(key), section },
    accessLog: { path: log === "" ? undefined : at(log) },
  };
}

/** As Go's net/http: without a limit for the head, or for idling, the one for the whole request counts. */
export function httpLimits(
  settings: Pick<
    HttpApi,
    "read_timeout" | "read_header_timeout" | "write_timeout" | "idle_timeout" | "max_header_bytes"
  >,
): Partial<ListenerLimits> {
  const { read_timeout: read, read_header_timeout: head, idle_timeout: idle } = settings;
  const headerBytes = settings.max_header_bytes === 0 ? 4096 : settings.max_header_bytes;
  return {
    // net/http gives 4096 bytes of slack
    headerBytesMax: headerBytes + 4096,
    headersTimeoutMs: head === 0 ? read : head,
    requestTimeoutMs: read,
    answerTimeoutMs: settings.write_timeout,
    idleTimeoutMs: idle === 0 ? read : idle,
  };
}
