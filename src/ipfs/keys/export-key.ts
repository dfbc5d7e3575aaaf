import { InvalidKeyError, InvalidKeyNameError, NoSuchKeyError } from "./errors.ts";
import { readKeyFile } from "./key-files.ts";
import { parsePrivateKey } from "./key-pair.ts";
import { formatPem } from "./pem.ts";
import type { KeyFormat } from "./types.ts";

/**
 * A key of a folder, which need not be open: reading is safe beside a peer that runs. Texts as `ipfs key export`.
 * @throws {NoSuchKeyError} {InvalidKeyNameError} {InvalidKeyError}
 */
export async function exportKey(
  folder: string,
  name: string,
  format: KeyFormat = "libp2p-protobuf-cleartext",
): Promise<Uint8Array> {
  if (name === "self") {
    throw new InvalidKeyNameError(name, "cannot export key with name 'self'");
  }
  const bytes = await readKeyFile(folder, name);
  if (bytes === undefined) {
    throw new NoSuchKeyError(name, `key with name '${name}' doesn't exist`);
  }
  const pair = await parsePrivateKey(bytes);
  switch (format) {
    case "libp2p-protobuf-cleartext":
      return pair.privateKey;
    case "pem-pkcs8-cleartext":
      return Buffer.from(await formatPem(pair));
    default:
      throw new InvalidKeyError(`unrecognized export format: ${String(format)}`);
  }
}
