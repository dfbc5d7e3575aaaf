// Why bytes or text are no CID, in the words of the Go libraries: clients show these texts, and scripts look for them.
// Nothing here runs for a CID that is one.

interface Varint {
  readonly value: number;
  readonly end: number;
}

const varintBytesMax = 9;

/** What go-cid 0.6 says about the bytes of a CID; undefined when it takes them. */
export function cidBytesProblem(bytes: Uint8Array): string | undefined {
  if (bytes.length > 2 && bytes[0] === 0x12 && bytes[1] === 0x20) {
    if (bytes.length < 34) return "invalid cid: not enough bytes for cid v0";
    return bytes.length === 34 ? undefined : trailing;
  }
  const version = readVarint(bytes, 0);
  if (typeof version === "string") return `invalid cid: ${version}`;
  if (version.value !== 1) {
    return `invalid cid: expected 1 as the cid version number, got: ${version.value}`;
  }
  const codec = readVarint(bytes, version.end);
  if (typeof codec === "string") return `invalid cid: ${codec}`;
  const end = multihashEnd(bytes, codec.end);
  if (typeof end === "string") return `invalid cid: ${end}`;
  return end === bytes.length ? undefined : trailing;
}

/** What go-multihash says about a multihash; undefined when it takes it. */
export function multihashProblem(bytes: Uint8Array): string | undefined {
  const end = multihashEnd(bytes, 0);
  if (typeof end === "string") return end;
  return end === bytes.length ? undefined : "multihash length inconsistent";
}

/** What Go's decoders say about text in a base; undefined when its letters are all right. */
export function baseProblem(text: string): string | undefined {
  const body = text.slice(1);
  switch (text.charAt(0)) {
    case "f":
    case "F":
      return hexProblem(body);
    case "b": {
      const at = body.search(/[^a-zA-Z2-7]/);
      return at < 0 ? undefined : `illegal base32 data at input byte ${at}`;
    }
    case "m":
      return base64Problem(body, /[^A-Za-z0-9+/]/);
    case "u":
      return base64Problem(body, /[^A-Za-z0-9_-]/);
    case "z": {
      if (body === "") return "zero length string";
      const wrong = /[^1-9A-HJ-NP-Za-km-z]/.exec(body)?.[0];
      return wrong === undefined ? undefined : `invalid base58 digit ('${wrong}')`;
    }
    default:
      return undefined;
  }
}

const trailing = "trailing bytes in data buffer passed to cid Cast";

function base64Problem(text: string, wrong: RegExp): string | undefined {
  const at = text.search(wrong);
  return at < 0 ? undefined : `illegal base64 data at input byte ${at}`;
}

function hexProblem(text: string): string | undefined {
  const wrong = Array.from(text).find((letter) => !/[\da-fA-F]/.test(letter));
  if (wrong === undefined) {
    return text.length % 2 === 0 ? undefined : "encoding/hex: odd length hex string";
  }
  const point = (wrong.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  return `encoding/hex: invalid byte: U+${point} '${wrong}'`;
}

/** Where a multihash ends, or what is wrong with it. */
function multihashEnd(bytes: Uint8Array, start: number): number | string {
  if (bytes.length - start < 2) return "multihash too short. must be >= 2 bytes";
  const code = readVarint(bytes, start);
  if (typeof code === "string") return code;
  const length = readVarint(bytes, code.end);
  if (typeof length === "string") return length;
  if (length.value > 2 ** 31 - 1) return "digest too long, supporting only <= 2^31-1";
  if (length.value > bytes.length - length.end) {
    return "length greater than remaining number of bytes in buffer";
  }
  return length.end + length.value;
}

function readVarint(bytes: Uint8Array, start: number): Varint | string {
  let value = 0;
  for (let at = start; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    const index = at - start;
    if (index >= varintBytesMax || (index === varintBytesMax - 1 && byte >= 0x80)) {
      return "varints larger than uint63 not supported";
    }
    if (byte === 0 && index > 0) return "varint not minimally encoded";
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return { value, end: at + 1 };
  }
  return "varints malformed, could not reach the end";
}
