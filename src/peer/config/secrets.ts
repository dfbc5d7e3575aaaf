// What of a configuration is told to nobody.

import { type Document, isObject } from "./document.ts";
import type { Leaf } from "./leaf.ts";

/** In the place of a secret. */
export const hiddenText = "(hidden)";

/** A value without what is secret in it. Of headers, most are none. */
export function shown(path: readonly string[], value: unknown, leaf: Leaf): unknown {
  const isHeaders = path.at(-1) === "headers";
  if (isHeaders && isObject(value)) return mapValues(value, hideToken);
  if (leaf.isSecret !== true || value === "" || value === null) return hidePasswords(value);
  return isObject(value) ? mapValues(value, () => hiddenText) : hiddenText;
}

/** A URL without the name and the password in it; any other text as it is. */
export function hidePassword(text: string): string {
  return text.replace(/^([a-z][\w+.-]*:\/\/)[^/?#]*@/i, `$1${hiddenText}@`);
}

function hidePasswords(value: unknown): unknown {
  if (typeof value === "string") return hidePassword(value);
  if (Array.isArray(value)) return value.map(hidePasswords);
  return isObject(value) ? mapValues(value, (_name, one) => hidePasswords(one)) : value;
}

function mapValues(
  document: Document,
  change: (name: string, value: unknown) => unknown,
): Document {
  return Object.fromEntries(
    Object.entries(document).map(([name, value]) => [name, change(name, value)]),
  );
}

const tokenNames = /auth|token|secret|cookie|password|credential|api-?key/i;
const tokenValues = /^(?:bearer|basic|token)\s|^eyJ[\w-]+\.|^[\w+/=-]{32,}$/i;

function hideToken(name: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((one: unknown) => hideToken(name, one));
  const isToken = tokenNames.test(name) || tokenValues.test(String(value));
  return isToken ? hiddenText : hidePasswords(value);
}
