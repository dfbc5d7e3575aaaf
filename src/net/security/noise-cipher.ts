import {
  createHash,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
} from "node:crypto";

import { ChaCha20Poly1305, newInstance } from "@chainsafe/as-chacha20poly1305";
import { type ICryptoInterface, pureJsCrypto } from "@libp2p/noise";

import { HandshakeError } from "../errors.ts";

// DER of X25519 keys up to the 32 bytes of the key itself (RFC 8410)
const privateKeyHead = Buffer.from("302e020100300506032b656e04220420", "hex");
const publicKeyHead = Buffer.from("302a300506032b656e032100", "hex");

/**
 * Noise's primitives. Bun's node:crypto has no chacha20-poly1305, on which libp2p's own choice falls back from 1200
 * bytes on; the WebAssembly one is always there.
 */
export function createNoiseCipher(): ICryptoInterface {
  // an instance costs tens of milliseconds, and most peers speak TLS
  let made: ChaCha20Poly1305 | undefined;
  const cipher = (): ChaCha20Poly1305 => (made ??= new ChaCha20Poly1305(newInstance()));
  return {
    ...pureJsCrypto,
    hashSHA256: (data) => createHash("sha256").update(data.subarray()).digest(),
    generateX25519KeyPair,
    generateX25519SharedKey: (privateKey, publicKey) =>
      diffieHellman({
        privateKey: privateKeyOf(privateKey.subarray()),
        publicKey: createPublicKey({
          key: Buffer.concat([publicKeyHead, publicKey.subarray()]),
          format: "der",
          type: "spki",
        }),
      }),
    // oxlint-disable-next-line max-params -- the package's interface
    chaCha20Poly1305Encrypt: (plaintext, nonce, associated, key) =>
      cipher().seal(key, nonce, plaintext.subarray(), associated),
    // oxlint-disable-next-line max-params -- the package's interface
    chaCha20Poly1305Decrypt: (ciphertext, nonce, associated, key) => {
      const opened = cipher().open(key, nonce, ciphertext.subarray(), associated);
      if (opened === null) throw new HandshakeError("a Noise record was changed on its way");
      return opened;
    },
  };
}

function generateX25519KeyPair(): { publicKey: Uint8Array; privateKey: Uint8Array } {
  const { publicKey, privateKey } = generateKeyPairSync("x25519", {
    publicKeyEncoding: { type: "spki", format: "der" },
    privateKeyEncoding: { type: "pkcs8", format: "der" },
  });
  return {
    publicKey: publicKey.subarray(publicKeyHead.length),
    privateKey: privateKey.subarray(privateKeyHead.length),
  };
}

function privateKeyOf(bytes: Uint8Array): ReturnType<typeof createPrivateKey> {
  return createPrivateKey({
    key: Buffer.concat([privateKeyHead, bytes]),
    format: "der",
    type: "pkcs8",
  });
}
