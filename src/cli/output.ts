import type { Context } from "./command.ts";
import type { Input } from "./input.ts";

/** Prints a result as the user wants it: text, or the document as the API answered it. */
export async function print<T>(
  result: T,
  toText: (result: T) => string,
  to: { readonly input: Input; readonly context: Context },
): Promise<void> {
  const text = isJson(to.input) ? toJson(result) : toText(result);
  if (text !== "") await to.context.write(`${text}\n`); // an empty list has no line
}

export function isJson(input: Input): boolean {
  return input.text("enc") === "json";
}

declare global {
  // of the runtime, and not yet of the language's types
  interface JSON {
    rawJSON(text: string): object;
  }
}

/** As `ipfs-cluster-ctl --enc=json`: indented by four, `<`, `>`, `&` and line separators escaped as Go does. */
export function toJson(result: unknown): string {
  const text = JSON.stringify(
    result,
    (_key, value: unknown) => (typeof value === "bigint" ? JSON.rawJSON(String(value)) : value),
    4,
  );
  return text.replaceAll(
    /[<>&\u2028\u2029]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** A name on a line of its own: control characters escaped. */
export function printable(name: string): string {
  return name.replaceAll(/\p{Cc}/gu, (character) => JSON.stringify(character).slice(1, -1));
}
