// DNS messages (RFC 1035): one question for TXT records, and their answers.

import type { TxtAnswer } from "./dns.ts";
import { DnsError } from "./errors.ts";

const type = { txt: 16 } as const;
const internetClass = 1;

/** A name has no more labels than this. */
const labelsMax = 128;
const answersMax = 256;

/** A question for the TXT records of a domain; the id is 0, so that caches can share the answer (RFC 8484). */
export function encodeTxtQuery(domain: string): Uint8Array {
  const header = Buffer.from("00000100000100000000", "hex");
  const labels = domain
    .split(".")
    .filter((label) => label !== "")
    .map((label) => {
      const bytes = Buffer.from(label);
      if (bytes.length > 63) throw new DnsError(`label of ${bytes.length} bytes in a domain`);
      return Buffer.concat([Buffer.of(bytes.length), bytes]);
    });
  const end = Buffer.from([0, 0, type.txt, 0, internetClass]);
  return Buffer.concat([header, Buffer.alloc(2), ...labels, end]);
}

/** TXT records of an answer; none when the domain does not exist. @throws {DnsError} */
export function decodeTxtAnswer(bytes: Uint8Array): TxtAnswer {
  const message = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  try {
    return decode(message);
  } catch (cause) {
    if (cause instanceof DnsError) throw cause;
    throw new DnsError("the DNS server's answer is no DNS message", { cause });
  }
}

const responseCode = { none: 0, noSuchDomain: 3 } as const;

function decode(message: Buffer): TxtAnswer {
  const flags = message.readUInt16BE(2);
  const code = flags & 0xf;
  if ((flags & 0x8000) === 0) throw new DnsError("the DNS server's answer is a question");
  if (code === responseCode.noSuchDomain) return { texts: [], ttlMs: undefined };
  if (code !== responseCode.none) throw new DnsError(`the DNS server answered with code ${code}`);
  const questions = message.readUInt16BE(4);
  const answers = Math.min(message.readUInt16BE(6), answersMax);
  let at = 12;
  for (let index = 0; index < questions; index += 1) at = skipName(message, at) + 4;
  const texts: string[] = [];
  let ttlSeconds: number | undefined;
  for (let index = 0; index < answers; index += 1) {
    const start = skipName(message, at);
    const end = start + 10 + message.readUInt16BE(start + 8);
    if (end > message.length) throw new DnsError("the DNS server's answer is cut off");
    if (message.readUInt16BE(start) === type.txt) {
      texts.push(joinStrings(message.subarray(start + 10, end)));
      ttlSeconds = Math.min(ttlSeconds ?? Infinity, message.readUInt32BE(start + 4));
    }
    at = end;
  }
  return { texts, ttlMs: ttlSeconds === undefined ? undefined : ttlSeconds * 1000 };
}

/** Where the name ends; names are not looked at, a server may have followed CNAMEs. */
function skipName(message: Buffer, start: number): number {
  let at = start;
  for (let count = 0; count < labelsMax; count += 1) {
    const length = message.readUInt8(at);
    if (length === 0) return at + 1;
    if (length >= 0xc0) return at + 2;
    at += 1 + length;
  }
  throw new DnsError("a name in the DNS server's answer does not end");
}

/** One record is several strings of up to 255 bytes, which belong together. */
function joinStrings(bytes: Buffer): string {
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += 1 + (bytes[at] ?? 0)) {
    parts.push(bytes.subarray(at + 1, at + 1 + (bytes[at] ?? 0)));
  }
  return Buffer.concat(parts).toString();
}
