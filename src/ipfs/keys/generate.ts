import { generateKeyPair } from "node:crypto";
import { promisify } from "node:util";

import { InvalidKeyTypeError } from "./errors.ts";
import { checkRsaBits, type KeyPair, pairOf, typeNumber } from "./key-pair.ts";
import { loadSecp256k1 } from "./secp256k1.ts";

const generatePair = promisify(generateKeyPair);

const defaultRsaBits = 2048;
const fixedBits = 256;

/** @throws {InvalidKeyTypeError} for a type or size that there is not, worded as Kubo */
export async function generateKey(type: string, bits: number | undefined): Promise<KeyPair> {
  if (type === "rsa") {
    checkRsaBits(bits ?? defaultRsaBits);
    const { privateKey } = await generatePair("rsa", { modulusLength: bits ?? defaultRsaBits });
    const data = privateKey.export({ format: "der", type: "pkcs1" });
    return pairOf({ type: typeNumber.rsa, data });
  }
  if (type !== "ed25519" && type !== "secp256k1") {
    throw new InvalidKeyTypeError(`unrecognized key type: ${type}`);
  }
  if (bits !== undefined && bits !== fixedBits) {
    const rule = `${type} keys are always ${fixedBits} bits`;
    throw new InvalidKeyTypeError(`invalid key size ${bits}: ${rule}`);
  }
  if (type === "secp256k1") {
    const data = await (await loadSecp256k1()).generate();
    return pairOf({ type: typeNumber.secp256k1, data });
  }
  const { privateKey } = await generatePair("ed25519");
  const { d = "", x = "" } = privateKey.export({ format: "jwk" });
  const data = Buffer.concat([Buffer.from(d, "base64url"), Buffer.from(x, "base64url")]);
  return pairOf({ type: typeNumber.ed25519, data });
}
