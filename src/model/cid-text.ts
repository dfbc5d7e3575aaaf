import type { CID } from "./cid.ts";

// CID.toString of multiformats takes 13 µs for a version 0, its base32 as long; an add of many small files writes one
// for every file. These take 0.8 and 0.2 µs.

const base58 = Buffer.from("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz");
const base32 = Buffer.from("abcdefghijklmnopqrstuvwxyz234567");

const version0Bytes = 34;
const limbBits = 24;
const limbs = 12;
const group = 4;
const groupBase = 58 ** group;
const version0CharsMax = 48;

/** A CID as text in its usual base: base58btc for version 0, base32 for version 1. The same as `toString`, faster. */
export function cidText(cid: CID): string {
  if (cid.version === 1) return base32Text(cid.bytes);
  return cid.bytes.length === version0Bytes ? base58Text(cid.bytes) : cid.toString();
}

/** 34 bytes as twelve limbs of 24 bits, divided by 58⁴ until nothing is left: every step stays below 2⁵³. */
function base58Text(bytes: Uint8Array): string {
  const number = new Float64Array(limbs);
  for (let limb = 0, at = version0Bytes - 3 * limbs; limb < limbs; limb++, at += 3) {
    number[limb] = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
  }
  const text = Buffer.allocUnsafe(version0CharsMax);
  let start = version0CharsMax;
  for (let first = 0; first < limbs;) {
    let rest = divide(number, first);
    for (let i = 1; i <= group; i++) {
      const quotient = Math.floor(rest / 58);
      text[start - i] = base58[rest - quotient * 58] ?? 0;
      rest = quotient;
    }
    start -= group;
    while (first < limbs && number[first] === 0) first++;
  }
  while (text[start] === base58[0]) start++;
  return text.toString("latin1", start);
}

/** Divides in place, gives the remainder. */
function divide(number: Float64Array, first: number): number {
  let rest = 0;
  for (let limb = first; limb < limbs; limb++) {
    const value = rest * 2 ** limbBits + (number[limb] ?? 0);
    const quotient = Math.floor(value / groupBase);
    number[limb] = quotient;
    rest = value - quotient * groupBase;
  }
  return rest;
}

function base32Text(bytes: Uint8Array): string {
  const text = Buffer.allocUnsafe(2 + Math.ceil((bytes.length * 8) / 5));
  text[0] = 0x62; // the prefix of base32
  let length = 1;
  let bits = 0;
  let held = 0;
  for (let at = 0; at < bytes.length; at++) {
    held = ((held & 0xff) << 8) | (bytes[at] ?? 0);
    bits += 8;
    for (; bits >= 5; length++) {
      bits -= 5;
      text[length] = base32[(held >> bits) & 31] ?? 0;
    }
  }
  if (bits > 0) text[length++] = base32[(held << (5 - bits)) & 31] ?? 0;
  return text.toString("latin1", 0, length);
}
