import { generateKeyPairSync, randomBytes, sign } from "node:crypto";

import { publicKeyToProtobuf } from "@libp2p/crypto/keys";
import type { PrivateKey } from "@libp2p/interface";
import * as asn1 from "asn1js";

/** Of the extension that binds a certificate to a libp2p key (libp2p TLS specification). */
export const libp2pExtensionId = "1.3.6.1.4.1.53594.1.1";
const ecdsaWithSha256 = "1.2.840.10045.4.3.2";
const serialNumberAttribute = "2.5.4.5";

const hourMs = 3_600_000;
/** Clocks differ, and a host may run for long: as go-libp2p. */
const validBeforeMs = hourMs;
const validForMs = 100 * 365 * 24 * hourMs;

/** A TLS identity as PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** What a host's key signs, so that the certificate's key speaks for it. */
export function boundBytes(subjectPublicKeyInfo: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from("libp2p-tls-handshake:"), subjectPublicKeyInfo]);
}

/** A certificate with a key of its own, signed by itself, that carries the host's key and its signature. */
export async function createCertificate(hostKey: PrivateKey, now: number): Promise<Certificate> {
  const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const spki = keys.publicKey.export({ type: "spki", format: "der" });
  const signature = await hostKey.sign(boundBytes(spki));
  const signed = sequence(octets(publicKeyToProtobuf(hostKey.publicKey)), octets(signature));
  const body = certificateBody(spki, signed, now);
  const bodyBytes = Buffer.from(body.toBER());
  const certificate = sequence(
    body,
    sequence(new asn1.ObjectIdentifier({ value: ecdsaWithSha256 })),
    new asn1.BitString({ valueHex: exact(sign("sha256", bodyBytes, keys.privateKey)) }),
  );
  return {
    cert: pem("CERTIFICATE", Buffer.from(certificate.toBER())),
    key: keys.privateKey.export({ type: "pkcs8", format: "pem" }),
  };
}

function certificateBody(
  spki: Uint8Array,
  extensionValue: asn1.Sequence,
  now: number,
): asn1.Sequence {
  const name = distinguishedName();
  return sequence(
    explicit(0, new asn1.Integer({ value: 2 })),
    new asn1.Integer({ valueHex: exact(serialNumber()) }),
    sequence(new asn1.ObjectIdentifier({ value: ecdsaWithSha256 })),
    name,
    sequence(
      new asn1.UTCTime({ valueDate: wholeSecond(now - validBeforeMs) }),
      new asn1.GeneralizedTime({ valueDate: wholeSecond(now + validForMs) }),
    ),
    name,
    asn1.fromBER(exact(spki)).result,
    explicit(
      3,
      sequence(
        sequence(
          new asn1.ObjectIdentifier({ value: libp2pExtensionId }),
          new asn1.Boolean({ value: true }),
          new asn1.OctetString({ valueHex: extensionValue.toBER() }),
        ),
      ),
    ),
  );
}

/** Some readers refuse an empty name. */
function distinguishedName(): asn1.Sequence {
  const value = new asn1.PrintableString({
    value: BigInt(`0x${serialNumber().toString("hex")}`).toString(),
  });
  const attribute = sequence(new asn1.ObjectIdentifier({ value: serialNumberAttribute }), value);
  return sequence(new asn1.Set({ value: [attribute] }));
}

/** Positive, and without a leading zero byte, whatever the chance. */
function serialNumber(): Buffer {
  const bytes = randomBytes(8);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes;
}

function wholeSecond(ms: number): Date {
  return new Date(Math.floor(ms / 1000) * 1000);
}

function sequence(...value: asn1.AsnType[]): asn1.Sequence {
  return new asn1.Sequence({ value });
}

function octets(bytes: Uint8Array): asn1.OctetString {
  return new asn1.OctetString({ valueHex: exact(bytes) });
}

function explicit(tagNumber: number, value: asn1.AsnType): asn1.Constructed {
  return new asn1.Constructed({ idBlock: { tagClass: 3, tagNumber }, value: [value] });
}

function exact(bytes: Uint8Array): ArrayBuffer {
  return Uint8Array.from(bytes).buffer;
}

function pem(label: string, bytes: Buffer): string {
  const lines = bytes.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}
