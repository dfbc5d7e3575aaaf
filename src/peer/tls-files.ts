import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";

import type { TlsFiles } from "#http";
import { messageOf } from "#lib";

import { TlsFilesError } from "./errors.ts";

/** A certificate and its key, and the settings that name them. */
export interface TlsPlace {
  readonly certPath: string;
  readonly keyPath: string;
  /** `api.restapi` */
  readonly section: string;
}

/** Reads both and sees that they belong together. @throws {TlsFilesError} */
export async function readTlsFiles(place: TlsPlace): Promise<TlsFiles> {
  const [certKey, keyKey] = [`${place.section}.ssl_cert_file`, `${place.section}.ssl_key_file`];
  const cert = await readOne(certKey, place.certPath);
  const key = await readOne(keyKey, place.keyPath);
  const certificate = attempt(certKey, place.certPath, () => new X509Certificate(cert));
  const privateKey = attempt(keyKey, place.keyPath, () => createPrivateKey(key));
  if (certificate.checkPrivateKey(privateKey)) return { cert, key };
  throw new TlsFilesError(keyKey, place.keyPath, "the key is not the certificate's");
}

async function readOne(setting: string, path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new TlsFilesError(setting, path, messageOf(cause), { cause });
  }
}

function attempt<T>(setting: string, path: string, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    throw new TlsFilesError(setting, path, messageOf(cause), { cause });
  }
}
