import type { UnixFsMetadata } from "./ports.ts";

export const tarBlockBytes = 512;

/** One entry of a tar archive. `path` without a slash at the end. */
export interface TarEntry {
  readonly path: string;
  readonly type: "file" | "directory" | "symlink";
  /** 0 for anything but a file. */
  readonly sizeBytes: number;
  readonly mode: number;
  readonly mtime: NonNullable<UnixFsMetadata["mtime"]>;
  /** Of a symlink. */
  readonly target?: string | undefined;
}

const typeFlags = { file: "0", symlink: "2", directory: "5", pax: "x" } as const;
const nameBytesMax = 100;
/** Octal digits of a number's field: sizes of 8 GiB and times after 2242 do not fit. */
const longNumberMax = 0o77777777777;

/** An entry's header: ustar, with a PAX header in front when a value does not fit into that. */
export function encodeTarHeader(entry: TarEntry): Uint8Array {
  const path = entry.type === "directory" ? `${entry.path}/` : entry.path;
  const records = paxRecords({ ...entry, path });
  const ustar = encodeUstar({
    name: path,
    typeFlag: typeFlags[entry.type],
    mode: entry.mode,
    sizeBytes: entry.sizeBytes,
    seconds: entry.mtime.seconds,
    target: entry.target ?? "",
  });
  if (records === "") return ustar;
  const body = new TextEncoder().encode(records);
  const pax = encodeUstar({
    name: paxName(entry.path),
    typeFlag: typeFlags.pax,
    mode: 0,
    sizeBytes: body.length,
    seconds: 0,
    target: "",
  });
  return Buffer.concat([pax, body, tarPadding(body.length), ustar]);
}

/** The zeros between an entry's content and the next header. */
export function tarPadding(sizeBytes: number): Uint8Array {
  return new Uint8Array((tarBlockBytes - (sizeBytes % tarBlockBytes)) % tarBlockBytes);
}

/** What ustar cannot say. */
function paxRecords(entry: TarEntry): string {
  const { path, mtime, sizeBytes, target = "" } = entry;
  const records: [key: string, value: string][] = [];
  if (!fitsName(path)) records.push(["path", path]);
  if (!fitsName(target)) records.push(["linkpath", target]);
  if (sizeBytes > longNumberMax) records.push(["size", String(sizeBytes)]);
  const fitsTime = mtime.seconds >= 0 && mtime.seconds <= longNumberMax && mtime.nanoseconds === 0;
  if (!fitsTime) records.push(["mtime", formatTime(mtime)]);
  return records.map(([key, value]) => paxRecord(key, value)).join("");
}

/** `<length> <key>=<value>\n`, where the length counts itself. */
function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const restBytes = Buffer.byteLength(rest);
  let length = restBytes;
  while (String(length).length + restBytes !== length) length = String(length).length + restBytes;
  return `${length}${rest}`;
}

/** Seconds with a fraction; UnixFS counts nanoseconds upwards before the epoch too. */
function formatTime({ seconds, nanoseconds }: TarEntry["mtime"]): string {
  if (nanoseconds === 0) return String(seconds);
  const isBefore = seconds < 0;
  const whole = isBefore ? -(seconds + 1) : seconds;
  const fraction = isBefore ? 1_000_000_000 - nanoseconds : nanoseconds;
  const digits = String(fraction).padStart(9, "0").replace(/0+$/, "");
  return `${isBefore ? "-" : ""}${whole}.${digits}`;
}

/** As Go's archive/tar names them. */
function paxName(path: string): string {
  const at = path.lastIndexOf("/") + 1;
  return `${path.slice(0, at)}PaxHeaders.0/${path.slice(at)}`;
}

function fitsName(text: string): boolean {
  return text.length <= nameBytesMax && isAscii(text);
}

function isAscii(text: string): boolean {
  return Buffer.byteLength(text) === text.length;
}

interface UstarFields {
  readonly name: string;
  readonly typeFlag: string;
  readonly mode: number;
  readonly sizeBytes: number;
  readonly seconds: number;
  readonly target: string;
}

/** One block. What does not fit is cut or zero: then a PAX header says it. */
function encodeUstar(fields: UstarFields): Uint8Array {
  const block = Buffer.alloc(tarBlockBytes);
  block.write(asciiOf(fields.name), 0, nameBytesMax, "latin1");
  block.write(octal(fields.mode, 7), 100, "latin1");
  block.write(octal(0, 7), 108, "latin1");
  block.write(octal(0, 7), 116, "latin1");
  block.write(octal(fields.sizeBytes, 11), 124, "latin1");
  block.write(octal(fields.seconds, 11), 136, "latin1");
  block.write("        ", 148, "latin1");
  block.write(fields.typeFlag, 156, "latin1");
  block.write(asciiOf(fields.target), 157, nameBytesMax, "latin1");
  block.write("ustar\x0000", 257, "latin1");
  let sum = 0;
  for (const byte of block) sum += byte;
  block.write(`${octal(sum, 6)}\0 `, 148, "latin1");
  return block;
}

function octal(value: number, digits: number): string {
  const fits = value >= 0 && value < 8 ** digits;
  return (fits ? value : 0).toString(8).padStart(digits, "0");
}

function asciiOf(text: string): string {
  return isAscii(text) ? text : text.replaceAll(/[^ -~]/gu, "");
}
