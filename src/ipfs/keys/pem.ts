// Private keys as PEM with PKCS #8 inside, which OpenSSL and Kubo read and write.

import { createPrivateKey } from "node:crypto";

import { messageOf } from "#lib";

import { InvalidKeyError } from "./errors.ts";
import { type KeyPair, pairOf, runtimePrivateKey, typeNumber } from "./key-pair.ts";
import { loadSecp256k1 } from "./secp256k1.ts";

const label = "PRIVATE KEY";

/** PKCS #8 around a secp256k1 key: version, curve, then the number; after it the public key. */
const secp256k1Head = Buffer.from(
  "308184020100301006072a8648ce3d020106052b8104000a046d306b0201010420",
  "hex",
);
const secp256k1Middle = Buffer.from("a144034200", "hex");
const ecPublicKeyOid = "2a8648ce3d0201";
const secp256k1Oid = "2b8104000a";

/** As `ipfs key export -f pem-pkcs8-cleartext` writes it. */
export async function formatPem(pair: KeyPair): Promise<string> {
  const base64 = Buffer.from(await pkcs8Of(pair)).toString("base64");
  const lines = base64.match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}

/** The first block of a text. @throws {InvalidKeyError} worded as Kubo, which shows what it was given too */
export async function parsePem(text: Uint8Array): Promise<KeyPair> {
  const block = findPem(text);
  if (block === undefined) throw new InvalidKeyError("PEM block not found in input data");
  if (block.label !== label) {
    throw new InvalidKeyError(`expected ${label} type in PEM block but got: ${block.label}`);
  }
  const number = secp256k1Number(block.der);
  if (number !== undefined) return pairOf({ type: typeNumber.secp256k1, data: number });
  return pairOfDer(block.der);
}

/** The first PEM block in the bytes, if there is one. */
export function findPem(
  text: Uint8Array,
): { readonly label: string; readonly der: Uint8Array } | undefined {
  const match =
    /^-----BEGIN ([^\n-]{1,64})-----[ \t]*\r?\n([A-Za-z\d+/=\s]*?)-----END \1-----/m.exec(
      Buffer.from(text).toString("latin1"),
    );
  if (match === null) return undefined;
  return { label: match[1] ?? "", der: Buffer.from(match[2] ?? "", "base64") };
}

async function pkcs8Of(pair: KeyPair): Promise<Uint8Array> {
  if (pair.type !== "secp256k1") {
    const der = runtimePrivateKey(pair.type, pair.raw).export({ format: "der", type: "pkcs8" });
    return der;
  }
  const secp256k1 = await loadSecp256k1();
  const publicKey = secp256k1.uncompressed(secp256k1.publicKeyOf(pair.raw));
  return Buffer.concat([secp256k1Head, pair.raw, secp256k1Middle, publicKey]);
}

async function pairOfDer(der: Uint8Array): Promise<KeyPair> {
  let key: ReturnType<typeof createPrivateKey>;
  try {
    key = createPrivateKey({ key: Buffer.from(der), format: "der", type: "pkcs8" });
  } catch (cause) {
    throw new InvalidKeyError(`parsing PKCS8 format: ${messageOf(cause)}`, { cause });
  }
  const type = key.asymmetricKeyType;
  if (type === "rsa") {
    return pairOf({ type: typeNumber.rsa, data: key.export({ format: "der", type: "pkcs1" }) });
  }
  if (type === "ed25519") {
    const { d = "", x = "" } = key.export({ format: "jwk" });
    const data = Buffer.concat([Buffer.from(d, "base64url"), Buffer.from(x, "base64url")]);
    return pairOf({ type: typeNumber.ed25519, data });
  }
  if (type === "ec") return pairOf({ type: typeNumber.ecdsa, data: new Uint8Array() });
  throw new InvalidKeyError("converting std Go key to libp2p key: invalid or unsupported key type");
}

/** The number in a PKCS #8 of the curve secp256k1, which the runtime does not know; undefined for any other key. */
function secp256k1Number(der: Uint8Array): Uint8Array | undefined {
  const [version, algorithm, content] = elementsOf(elementsOf(der)[0]?.body);
  const [kind, curve] = elementsOf(algorithm?.body);
  if (version?.tag !== 2 || hex(kind?.body) !== ecPublicKeyOid) return undefined;
  if (hex(curve?.body) !== secp256k1Oid) return undefined;
  const [ecVersion, number] = elementsOf(elementsOf(content?.body)[0]?.body);
  if (hex(ecVersion?.body) !== "01" || number === undefined || number.body.length > 32) {
    throw new InvalidKeyError("parsing PKCS8 format: invalid EC private key");
  }
  return Buffer.concat([new Uint8Array(32 - number.body.length), number.body]);
}

interface Element {
  readonly tag: number;
  readonly body: Uint8Array;
}

/** The DER elements that follow each other; what does not fit ends the list. */
function elementsOf(bytes: Uint8Array = new Uint8Array()): readonly Element[] {
  const elements: Element[] = [];
  for (let at = 0; at + 2 <= bytes.length;) {
    const [tag = 0, short = 0] = bytes.subarray(at, at + 2);
    const lengthBytes = short < 0x80 ? 0 : short & 0x7f;
    const start = at + 2 + lengthBytes;
    let length = lengthBytes === 0 ? short : 0;
    for (const byte of bytes.subarray(at + 2, start)) length = length * 256 + byte;
    if (lengthBytes > 4 || start + length > bytes.length) break;
    elements.push({ tag, body: bytes.subarray(start, start + length) });
    at = start + length;
  }
  return elements;
}

function hex(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString("hex");
}
