import { encodePath } from "./percent.ts";

/**
 * A Content-Disposition with an ASCII name for old clients and the real one (RFC 8187). Both are percent-encoded, as
 * boxo does, so that no character of a name can end the header.
 */
export function contentDisposition(type: "inline" | "attachment", name: string): string {
  const ascii = Array.from(name, (character) => (character > "\u007f" ? "_" : character)).join("");
  return `${type}; filename="${encodeName(ascii)}"; filename*=UTF-8''${encodeName(name)}`;
}

function encodeName(name: string): string {
  return encodePath(name).replaceAll(/[/;,]/g, encodeURIComponent);
}
