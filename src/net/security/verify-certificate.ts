import { createHash, X509Certificate } from "node:crypto";

import { publicKeyFromProtobuf, publicKeyToProtobuf } from "@libp2p/crypto/keys";
import type { PeerId, PublicKey } from "@libp2p/interface";
import { peerIdFromMultihash, peerIdFromPublicKey } from "@libp2p/peer-id";
import * as asn1 from "asn1js";
import { create as createDigest } from "multiformats/hashes/digest";

import { asError, CodedError } from "#lib";
import { multihash } from "#model";

import { InvalidCertificateError } from "../errors.ts";
import { boundBytes, libp2pExtensionId } from "./certificate.ts";

/** Certificates of libp2p are some hundred bytes; the greatest RSA keys make two thousand. */
const certificateBytesMax = 16 * 1024;

/** Critical extensions that say nothing against the use in libp2p: key usage, basic constraints, extended key usage. */
const harmlessExtensions = new Set(["2.5.29.15", "2.5.29.19", "2.5.29.37"]);

/** Signatures that count; those over MD5 and SHA-1 do not. */
const signatureAlgorithms = new Set([
  "1.2.840.10045.4.3.2", // ECDSA with SHA-256, -384, -512
  "1.2.840.10045.4.3.3",
  "1.2.840.10045.4.3.4",
  "1.2.840.113549.1.1.10", // RSA-PSS
  "1.2.840.113549.1.1.11", // RSA with SHA-256, -384, -512
  "1.2.840.113549.1.1.12",
  "1.2.840.113549.1.1.13",
  "1.3.101.112", // Ed25519
]);

/**
 * Whose certificate it is, by the libp2p TLS specification.
 * @throws {InvalidCertificateError}
 */
export async function verifyCertificate(der: Uint8Array, now: number): Promise<PeerId> {
  try {
    return await verify(der, now);
  } catch (thrown) {
    if (thrown instanceof CodedError) throw thrown;
    throw new InvalidCertificateError(asError(thrown).message, thrown);
  }
}

async function verify(der: Uint8Array, now: number): Promise<PeerId> {
  if (der.length > certificateBytesMax) throw new InvalidCertificateError("it is too long");
  const certificate = new X509Certificate(der);
  if (Date.parse(certificate.validFrom) > now) throw new InvalidCertificateError("not valid yet");
  if (Date.parse(certificate.validTo) < now) throw new InvalidCertificateError("expired");
  const { extension, algorithm } = readExtensions(der);
  if (!signatureAlgorithms.has(algorithm)) {
    throw new InvalidCertificateError(`signature algorithm ${algorithm}`);
  }
  if (!certificate.verify(certificate.publicKey)) {
    throw new InvalidCertificateError("not signed by itself");
  }
  const { hostKey, signature } = readSignedKey(extension);
  const spki = certificate.publicKey.export({ type: "spki", format: "der" });
  if (!(await hostKey.verify(boundBytes(spki), signature))) {
    throw new InvalidCertificateError("the host's key did not sign it");
  }
  return peerIdOf(hostKey);
}

function peerIdOf(key: PublicKey): PeerId {
  if (key.type !== "ECDSA") return peerIdFromPublicKey(key);
  // too long to be an id itself (libp2p specification, peer ids); the package thinks otherwise
  const digest = createHash("sha256").update(publicKeyToProtobuf(key)).digest();
  return peerIdFromMultihash(createDigest(multihash.sha256, digest));
}

interface CertificateParts {
  readonly extension: Uint8Array;
  readonly algorithm: string;
}

function readExtensions(der: Uint8Array): CertificateParts {
  const [body, algorithm] = children(parse(der));
  const extensionList = children(body).find(
    ({ idBlock }) => idBlock.tagClass === 3 && idBlock.tagNumber === 3,
  );
  let found: Uint8Array | undefined;
  for (const extension of children(children(extensionList)[0])) {
    const [id, ...rest] = children(extension);
    const value = rest.at(-1);
    const isCritical = rest[0] instanceof asn1.Boolean && rest[0].valueBlock.value;
    const name = objectId(id);
    if (name === libp2pExtensionId) {
      if (found !== undefined) throw new InvalidCertificateError("two keys of a host");
      found = octets(value);
    } else if (isCritical && !harmlessExtensions.has(name)) {
      throw new InvalidCertificateError(`unknown critical extension ${name}`);
    }
  }
  if (found === undefined) throw new InvalidCertificateError("no key of a host");
  return { extension: found, algorithm: objectId(children(algorithm)[0]) };
}

function readSignedKey(extension: Uint8Array): { hostKey: PublicKey; signature: Uint8Array } {
  const [key, signature] = children(parse(extension));
  return { hostKey: publicKeyFromProtobuf(octets(key)), signature: octets(signature) };
}

function parse(der: Uint8Array): asn1.AsnType {
  const { result, offset } = asn1.fromBER(Uint8Array.from(der).buffer);
  if (offset !== der.length) throw new InvalidCertificateError("it does not parse");
  return result;
}

function children(node: asn1.AsnType | undefined): readonly asn1.AsnType[] {
  if (!(node instanceof asn1.Constructed)) throw new InvalidCertificateError("it does not parse");
  return node.valueBlock.value;
}

function objectId(node: asn1.AsnType | undefined): string {
  if (!(node instanceof asn1.ObjectIdentifier))
    throw new InvalidCertificateError("it does not parse");
  return node.valueBlock.toString();
}

function octets(node: asn1.AsnType | undefined): Uint8Array {
  if (!(node instanceof asn1.OctetString)) throw new InvalidCertificateError("it does not parse");
  return new Uint8Array(node.valueBlock.valueHexView);
}
