/** secp256k1 as libp2p uses it: compressed public keys, DER signatures over the SHA-256. */
export interface Secp256k1 {
  generate(): Promise<Uint8Array>;
  /** @throws {Error} for a number that is no key */
  publicKeyOf(privateKey: Uint8Array): Uint8Array;
  /** 65 bytes, as PKCS #8 has it. */
  uncompressed(publicKey: Uint8Array): Uint8Array;
  sign(privateKey: Uint8Array, bytes: Uint8Array): Promise<Uint8Array>;
  verify(publicKey: Uint8Array, bytes: Uint8Array, signature: Uint8Array): Promise<boolean>;
}

/** Loaded when the first such key is met: nearly no node has one. */
export async function loadSecp256k1(): Promise<Secp256k1> {
  const libp2p = await import("@libp2p/crypto/keys");
  const publicOf = (data: Uint8Array) => {
    const key = libp2p.publicKeyFromRaw(data);
    if (key.type !== "secp256k1") throw new Error("expected a compressed secp256k1 key");
    return key;
  };
  const privateOf = (data: Uint8Array) => {
    const key = libp2p.privateKeyFromRaw(data);
    if (key.type !== "secp256k1") throw new Error("expected a secp256k1 key");
    return key;
  };
  return {
    generate: async () => (await libp2p.generateKeyPair("secp256k1")).raw,
    publicKeyOf: (data) => privateOf(data).publicKey.raw,
    uncompressed: (data) => decompress(publicOf(data).raw),
    sign: async (data, bytes) => privateOf(data).sign(bytes),
    verify: async (data, bytes, signature) => publicOf(data).verify(bytes, signature),
  };
}

const prime = 2n ** 256n - 2n ** 32n - 977n;

/** y² = x³ + 7: the root whose parity the first byte tells. The prime is 3 modulo 4, so a power is the root. */
function decompress(compressed: Uint8Array): Uint8Array {
  const x = BigInt(`0x${Buffer.from(compressed.subarray(1)).toString("hex")}`);
  const root = power((x ** 3n + 7n) % prime, (prime + 1n) / 4n);
  const isOdd = compressed[0] === 3;
  const y = isOdd === ((root & 1n) === 1n) ? root : prime - root;
  const yBytes = Buffer.from(y.toString(16).padStart(64, "0"), "hex");
  return Buffer.concat([Buffer.of(4), compressed.subarray(1), yBytes]);
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let square = base;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = (result * square) % prime;
    square = (square * square) % prime;
  }
  return result;
}
