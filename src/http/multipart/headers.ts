/** Header lines of a part, names in lower case; of several with one name the first counts, as in Go's Header.Get. */
export function parsePartHeaders(head: Buffer): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  const text = textOf(head);
  for (let at = 0; at < text.length;) {
    const end = lineEndOf(text, at);
    const colon = text.indexOf(":", at);
    if (colon > at && colon < end) {
      const name = lowerCased(text.slice(at, colon));
      if (!headers.has(name)) headers.set(name, valueOf(text, colon + 1, end));
    }
    at = end + 2;
  }
  return headers;
}

/** A line that begins with white space continues the one before. */
function lineEndOf(text: string, from: number): number {
  let end = text.indexOf("\r\n", from);
  while (end >= 0 && isBlank(text.charCodeAt(end + 2))) end = text.indexOf("\r\n", end + 2);
  return end < 0 ? text.length : end;
}

function valueOf(text: string, start: number, end: number): string {
  const from = text.charCodeAt(start) === space ? start + 1 : start;
  const value = text.slice(from, end);
  const isPlain = !isBlank(text.charCodeAt(from)) && !isBlank(text.charCodeAt(end - 1));
  if (isPlain && !value.includes("\n")) return value;
  return value.replaceAll(/\r\n[ \t]+/g, " ").trim();
}

const space = 0x20;
const isBlank = (code: number): boolean => code === space || code === 0x09;

/** The same few names come with every part. */
const usualNames = new Map(
  ["Content-Disposition", "Content-Type", "Abspath-Encoded", "Content-Length"].map((name) => [
    name,
    name.toLowerCase(),
  ]),
);

function lowerCased(name: string): string {
  return usualNames.get(name) ?? name.trim().toLowerCase();
}

/** UTF-8; the decoding proper is slow here, and most heads do not need it. */
function textOf(head: Buffer): string {
  const text = head.toString("latin1");
  return isAscii.test(text) ? text : head.toString("utf8");
}

const isAscii = /^[\0-\u007f]*$/;

/** What Content-Disposition says: most clients write it in one form, which is read without the general parser. */
export function parseDisposition(value: string): {
  readonly name: string;
  readonly filename: string | undefined;
} {
  const match = usualDisposition.exec(value);
  if (match !== null) return { name: match[1] ?? "", filename: match[2] };
  const { parameters } = parseMediaType(value);
  return { name: parameters["name"] ?? "", filename: parameters["filename"] };
}

const usualDisposition = /^form-data; name="([^"\\]*)"(?:; filename="([^"\\]*)")?$/;

/** A header value of the form `type; name=value; name="value"`, as Go's mime.ParseMediaType reads it. */
export interface MediaType {
  /** In lower case. */
  readonly type: string;
  readonly parameters: Readonly<Record<string, string>>;
}

const parameter = /\s*;\s*([^=;\s]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;]*))/gy;

export function parseMediaType(value: string): MediaType {
  const end = value.indexOf(";");
  if (end < 0) return { type: value.trim().toLowerCase(), parameters: {} };
  const parameters: Record<string, string> = {};
  parameter.lastIndex = end;
  for (let match = parameter.exec(value); match !== null; match = parameter.exec(value)) {
    const [, name = "", quoted, bare = ""] = match;
    setParameter(
      parameters,
      name.toLowerCase(),
      quoted === undefined ? bare.trim() : unquote(quoted),
    );
  }
  return { type: value.slice(0, end).trim().toLowerCase(), parameters };
}

/** Only the quote and the backslash are unescaped: old browsers send Windows paths with bare backslashes. */
function unquote(quoted: string): string {
  return quoted.includes("\\") ? quoted.replaceAll(/\\(["\\])/g, "$1") : quoted;
}

/** RFC 2231: `filename*=UTF-8''a%20b` stands for filename. */
function setParameter(parameters: Record<string, string>, name: string, value: string): void {
  if (!name.endsWith("*")) {
    parameters[name] ??= value;
    return;
  }
  const encoded = /^(?:utf-8|us-ascii)'[^']*'(.*)$/i.exec(value)?.[1];
  if (encoded === undefined) return;
  try {
    parameters[name.slice(0, -1)] = decodeURIComponent(encoded);
  } catch {
    return; // no valid encoding: as if it were not there, the plain parameter counts
  }
}
