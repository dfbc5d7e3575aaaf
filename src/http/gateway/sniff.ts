// Content types by magic bytes: the WHATWG's table (mimesniff.spec.whatwg.org), and what Kubo's gateway knows beyond it.

interface Signature {
  readonly type: string;
  /** Latin-1 text of the bytes. */
  readonly magic: string;
  readonly at?: number;
  /** A second mark further on. */
  readonly also?: { readonly magic: string; readonly at: number };
  /** Letters that a text may begin with as well: counts only in what is no text. */
  readonly isWord?: true;
}

const signatures: readonly Signature[] = [
  { type: "image/png", magic: "\x89PNG\r\n\x1a\n" },
  { type: "image/jpeg", magic: "\xff\xd8\xff" },
  { type: "image/gif", magic: "GIF87a" },
  { type: "image/gif", magic: "GIF89a" },
  { type: "image/webp", magic: "RIFF", also: { magic: "WEBP", at: 8 } },
  { type: "audio/wav", magic: "RIFF", also: { magic: "WAVE", at: 8 } },
  { type: "video/x-msvideo", magic: "RIFF", also: { magic: "AVI ", at: 8 } },
  { type: "image/avif", magic: "ftypavif", at: 4 },
  { type: "image/heic", magic: "ftyphei", at: 4 },
  { type: "image/heic", magic: "ftyphev", at: 4 },
  { type: "image/heif", magic: "ftypmif1", at: 4 },
  { type: "audio/x-m4a", magic: "ftypM4A", at: 4 },
  { type: "video/x-m4v", magic: "ftypM4V", at: 4 },
  { type: "video/3gpp", magic: "ftyp3gp", at: 4 },
  { type: "video/quicktime", magic: "ftypqt", at: 4 },
  { type: "video/mp4", magic: "ftyp", at: 4 },
  { type: "image/bmp", magic: "BM", isWord: true },
  { type: "image/x-icon", magic: "\0\0\x01\0" },
  { type: "image/tiff", magic: "II*\0" },
  { type: "image/tiff", magic: "MM\0*" },
  { type: "image/jxl", magic: "\0\0\0\x0cJXL \r\n\x87\n" },
  { type: "image/jxl", magic: "\xff\x0a" },
  { type: "image/vnd.adobe.photoshop", magic: "8BPS" },
  { type: "application/pdf", magic: "%PDF-" },
  { type: "application/postscript", magic: "%!PS-Adobe-" },
  {
    type: "application/epub+zip",
    magic: "PK\x03\x04",
    also: { magic: "mimetypeapplication/epub+zip", at: 30 },
  },
  { type: "application/zip", magic: "PK\x03\x04" },
  { type: "application/zip", magic: "PK\x05\x06" },
  { type: "application/gzip", magic: "\x1f\x8b" },
  { type: "application/x-7z-compressed", magic: "7z\xbc\xaf\x27\x1c" },
  { type: "application/x-rar-compressed", magic: "Rar!\x1a\x07" },
  { type: "application/x-xz", magic: "\xfd7zXZ\0" },
  { type: "application/x-bzip2", magic: "BZh", isWord: true },
  { type: "application/zstd", magic: "\x28\xb5\x2f\xfd" },
  { type: "application/x-tar", magic: "ustar", at: 257 },
  { type: "video/webm", magic: "\x1a\x45\xdf\xa3", also: { magic: "webm", at: 31 } },
  { type: "video/webm", magic: "\x1a\x45\xdf\xa3", also: { magic: "webm", at: 24 } },
  { type: "video/x-matroska", magic: "\x1a\x45\xdf\xa3" },
  { type: "audio/ogg", magic: "OggS", also: { magic: "OpusHead", at: 28 } },
  { type: "audio/ogg", magic: "OggS", also: { magic: "\x01vorbis", at: 28 } },
  { type: "video/ogg", magic: "OggS", also: { magic: "\x80theora", at: 28 } },
  { type: "application/ogg", magic: "OggS" },
  { type: "audio/flac", magic: "fLaC" },
  { type: "audio/mpeg", magic: "ID3", isWord: true },
  { type: "audio/mpeg", magic: "\xff\xfb" },
  { type: "audio/aac", magic: "\xff\xf1" },
  { type: "audio/midi", magic: "MThd" },
  { type: "font/woff", magic: "wOFF" },
  { type: "font/woff2", magic: "wOF2" },
  { type: "font/otf", magic: "OTTO" },
  { type: "font/ttf", magic: "\0\x01\0\0" },
  { type: "font/collection", magic: "ttcf" },
  { type: "application/wasm", magic: "\0asm" },
  { type: "application/x-elf", magic: "\x7fELF" },
  { type: "application/vnd.microsoft.portable-executable", magic: "MZ", isWord: true },
  { type: "application/vnd.sqlite3", magic: "SQLite format 3\0" },
  { type: "text/rtf", magic: "{\\rtf" },
];

const htmlTags = "!doctype html,html,head,script,iframe,h1,div,font,table,a,style,title,b,body,br,p"
  .split(",")
  .map((tag) => `<${tag}`);

/** The content type that the first bytes of a file show, `application/octet-stream` when they show none. */
export function sniff(bytes: Uint8Array): string {
  if (bytes.length === 0) return "text/plain";
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
  const binary = isBinary(bytes);
  const found = signatures.find(
    (signature) => matches(head, signature) && (binary || signature.isWord === undefined),
  );
  if (found !== undefined) return found.type;
  if (head.startsWith("\xfe\xff")) return "text/plain; charset=utf-16be";
  if (head.startsWith("\xff\xfe")) return "text/plain; charset=utf-16le";
  return binary ? "application/octet-stream" : sniffText(head);
}

function matches(head: string, { magic, at = 0, also }: Signature): boolean {
  return head.startsWith(magic, at) && (also === undefined || head.startsWith(also.magic, also.at));
}

function sniffText(head: string): string {
  const text = (head.startsWith("\xef\xbb\xbf") ? head.slice(3) : head).trimStart();
  const lower = text.slice(0, 64).toLowerCase();
  if (htmlTags.some((tag) => lower.startsWith(tag) && endsTag(lower.charAt(tag.length)))) {
    return "text/html";
  }
  if (lower.startsWith("<?xml")) {
    return text.includes("<svg") ? "image/svg+xml" : "text/xml; charset=utf-8";
  }
  if (lower.startsWith("<svg")) return "image/svg+xml";
  if (isJsonStart(text)) return "application/json";
  return "text/plain; charset=utf-8";
}

function endsTag(character: string): boolean {
  return character === " " || character === ">" || character === "\n" || character === "\t";
}

/** Whether a text is JSON, or the beginning of it that fits into the bytes looked at. */
function isJsonStart(text: string): boolean {
  if (!text.startsWith("{") && !text.startsWith("[")) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    // a long document is cut off; its start must look the part: a key, a value or an end
    return (
      text.length > 2048 && /^(?:\{\s*"[^"]*"\s*:|\[\s*(?:["[{\d-]|true|false|null))/.test(text)
    );
  }
}

/** Control characters that no text has. */
function isBinary(bytes: Uint8Array): boolean {
  return bytes.some(
    (byte) =>
      byte <= 0x08 ||
      byte === 0x0b ||
      (byte >= 0x0e && byte <= 0x1a) ||
      (byte >= 0x1c && byte <= 0x1f),
  );
}
