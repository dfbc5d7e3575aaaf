/** One thing to upload, in depth-first order. `path` is clean: no leading slash, no `.` or `..`, no empty segment. */
export type UploadEntry = {
  readonly path: string;
  /** Permission bits. */
  readonly mode?: number | undefined;
  readonly mtime?: { readonly seconds: number; readonly nanoseconds: number } | undefined;
} & (
  | {
      readonly type: "file";
      readonly content: AsyncIterable<Uint8Array>;
      /** Where the content is, for adds that only refer to it. */
      readonly origin?: string | undefined;
    }
  | { readonly type: "directory" }
  | { readonly type: "symlink"; readonly target: string }
);

export interface UploadBody {
  readonly contentType: string;
  readonly bytes: AsyncIterable<Uint8Array>;
}

const partTypes = {
  file: "application/octet-stream",
  directory: "application/x-directory",
  symlink: "application/symlink",
} as const;

/**
 * A multipart/form-data body as Kubo's and IPFS Cluster's `add` take it, made as it is read. `boundary` must not occur in
 * the content; `onProgress` hears the content's bytes so far.
 */
export function encodeUpload(
  entries: AsyncIterable<UploadEntry> | Iterable<UploadEntry>,
  options: { readonly boundary: string; readonly onProgress?: (bytesSent: number) => void },
): UploadBody {
  return {
    contentType: `multipart/form-data; boundary=${options.boundary}`,
    bytes: encodeParts(entries, options),
  };
}

async function* encodeParts(
  entries: AsyncIterable<UploadEntry> | Iterable<UploadEntry>,
  options: { readonly boundary: string; readonly onProgress?: (bytesSent: number) => void },
): AsyncGenerator<Uint8Array> {
  let sent = 0;
  for await (const entry of entries) {
    yield Buffer.from(partHead(entry, options.boundary));
    if (entry.type === "symlink") yield Buffer.from(entry.target);
    if (entry.type === "file") {
      for await (const bytes of entry.content) {
        yield bytes;
        sent += bytes.length;
        options.onProgress?.(sent);
      }
    }
    yield Buffer.from("\r\n");
  }
  yield Buffer.from(`--${options.boundary}--\r\n`);
}

function partHead(entry: UploadEntry, boundary: string): string {
  const metadata = new URLSearchParams();
  if (entry.mode !== undefined) metadata.set("mode", `0${entry.mode.toString(8)}`);
  if (entry.mtime !== undefined) {
    metadata.set("mtime", String(entry.mtime.seconds));
    if (entry.mtime.nanoseconds > 0) metadata.set("mtime-nsecs", String(entry.mtime.nanoseconds));
  }
  const name = metadata.size === 0 ? "file" : `file?${metadata.toString()}`;
  return [
    `--${boundary}`,
    `Content-Disposition: form-data; name="${name}"; filename="${encodeURIComponent(entry.path)}"`,
    `Content-Type: ${partTypes[entry.type]}`,
    ...(entry.type === "file" && entry.origin !== undefined
      ? [`Abspath-Encoded: ${encodeURIComponent(entry.origin)}`]
      : []),
    "",
    "",
  ].join("\r\n");
}
