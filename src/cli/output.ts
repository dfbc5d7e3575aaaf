import type { Context } from "./command.ts";
import type { Input } from "./input.ts";

/** Prints a result as the user wants it: text, or the document as the API answered it. */
export async function print<T>(
  result: T,
  toText: (result: T) => string,
  to: { readonly input: Input; readonly context: Context },
): Promise<void> {
  await to.context.write(`${isJson(to.input) ? toJson(result) : toText(result)}\n`);
}

export function isJson(input: Input): boolean {
  return input.text("enc") === "json";
}

/** Indented by four, as `ipfs-cluster-ctl --enc=json`. */
export function toJson(result: unknown): string {
  return JSON.stringify(result, undefined, 4);
}

/** A name on a line of its own: control characters escaped. */
export function printable(name: string): string {
  return name.replaceAll(/\p{Cc}/gu, (character) => JSON.stringify(character).slice(1, -1));
}
