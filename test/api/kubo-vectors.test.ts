// Goal: `add` over HTTP gives the status, the lines, the error texts and the trailers that Kubo gave. Method: every
// recorded upload (Kubo 0.44.0-dev, 212 usual and 144 odd ones) is sent as multipart to a node in this process.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { request } from "node:http";

import { type KuboStack, openKuboStack } from "#test/kubo-stack";
import { type KuboVector, loadVectors, seededBytes } from "#test/kubo-vectors";
import { makeTempFolder, type TempFolder } from "#test/temp-folder";

const usual = await loadVectors("kubo-add.json");
/** Of these, trailers were recorded too. */
const odd = await loadVectors("kubo-add-odd.json");
const vectors = [...usual, ...odd];

let folder: TempFolder;
let kubo: KuboStack;

beforeAll(async () => {
  folder = makeTempFolder();
  kubo = await openKuboStack(folder.path);
});
afterAll(async () => {
  await kubo[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

describe("add over HTTP", () => {
  for (const vector of vectors) {
    test(`answers as recorded: ${vector.id}`, async () => {
      const { status, text, trailer } = await upload(vector);
      expect(status).toBe(vector.status);
      expect(answerOf(vector, text)).toEqual(vector.answer);
      if (odd.includes(vector)) expect(trailer).toBe(vector.trailer);
    }, 30_000);
  }
});

interface Answer {
  readonly status: number | undefined;
  readonly text: string;
  readonly trailer: string | undefined;
}

/** With node:http, since fetch knows no trailers. */
function upload(vector: KuboVector): Promise<Answer> {
  // the odd ones were recorded with their own `progress` alone
  const isOwn = odd.includes(vector) && vector.query.includes("progress=");
  const base = isOwn ? "pin=false" : "pin=false&progress=false";
  const url = `${kubo.url}/api/v0/add?${base}&${vector.query}`;
  const headers = { "Content-Type": "multipart/form-data; boundary=B-O-U-N-D" };
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: "POST", headers }, (response) => {
      const pieces: Uint8Array[] = [];
      response.on("data", (piece: Uint8Array) => pieces.push(piece));
      response.on("error", reject);
      response.on("end", () => {
        const text = Buffer.concat(pieces).toString("utf8");
        resolve({
          status: response.statusCode,
          text,
          trailer: response.trailers["x-stream-error"],
        });
      });
    });
    sent.on("error", reject);
    sent.end(bodyOf(vector));
  });
}

function bodyOf({ entries }: KuboVector): Buffer {
  const pieces = entries.flatMap((entry) => [
    Buffer.from(
      `--B-O-U-N-D\r\nContent-Disposition: form-data; name="${fieldName(entry)}"; ` +
        `filename="${encodeURIComponent(entry.path)}"\r\n` +
        `Content-Type: ${mediaTypes[entry.type ?? "file"]}\r\n\r\n`,
    ),
    contentOf(entry),
    Buffer.from("\r\n"),
  ]);
  return Buffer.concat([...pieces, Buffer.from("--B-O-U-N-D--\r\n")]);
}

type Entry = KuboVector["entries"][number];

function contentOf({ type, target = "", content }: Entry): Uint8Array {
  if (type === "symlink") return Buffer.from(target);
  return seededBytes(content?.seed ?? "", content?.size ?? 0);
}

function fieldName({ field, goMode, mtime }: Entry): string {
  const parts = [];
  if (goMode !== undefined) parts.push(`mode=${goMode}`);
  if (mtime !== undefined) parts.push(`mtime=${mtime[0]}`, `mtime-nsecs=${mtime[1]}`);
  return field ?? (parts.length === 0 ? "file" : `file?${parts.join("&")}`);
}

const mediaTypes = {
  dir: "application/x-directory",
  symlink: "application/symlink",
  file: "application/octet-stream",
} as const;

/** In the form of the recording: the lines, the first and the last three of them, or the error. */
function answerOf(vector: KuboVector, text: string): unknown {
  if (typeof vector.answer === "string") return text.trimEnd();
  const lines: unknown[] = text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
  return vector.truncated === true ? [...lines.slice(0, 3), ...lines.slice(-3)] : lines;
}
