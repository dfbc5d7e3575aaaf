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
  const certFile = { setting: `${place.section}.ssl_cert_file`, path: place.certPath };
  const keyFile = { setting: `${place.section}.ssl_key_file`, path: place.keyPath };
  const cert = await readOne(certFile);
  const key = await readOne(keyFile);
  const certificate = attempt(certFile, () => new X509Certificate(cert));
  const privateKey = attempt(keyFile, () => createPrivateKey(key));
  if (certificate.checkPrivateKey(privateKey)) return { cert, key };
  throw new TlsFilesError(keyFile, "the key is not the certificate's");
}

interface NamedFile {
  readonly setting: string;
  readonly path: string;
}

async function readOne(file: NamedFile): Promise<string> {
  try {
    return await readFile(file.path, "utf8");
  } catch (cause) {
    throw new TlsFilesError(file, messageOf(cause), { cause });
  }
}

function attempt<T>(file: NamedFile, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    throw new TlsFilesError(file, messageOf(cause), { cause });
  }
}
