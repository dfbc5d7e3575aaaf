/** Who has to act on an error: the program's authors, the caller, the surroundings, or the person who runs the peer. */
export type ErrorKind = "bug" | "caller" | "environment" | "operator";

/**
 * The base of every error that leaves a room. Programs decide by `code`, people read `message`.
 * Subclasses give `code` a literal type and add the values as typed fields.
 */
export abstract class CodedError extends Error {
  abstract readonly code: string;
  abstract readonly kind: ErrorKind;
  /** Whether the same call may succeed later without a change by the caller. */
  readonly isRetryable: boolean = false;
}

/** The text of whatever was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** The `code` of an error, of ours or of the system (ENOENT …), if it has one. */
export function codeOf(thrown: unknown): string | undefined {
  const code: unknown = thrown instanceof Error ? Reflect.get(thrown, "code") : undefined;
  return typeof code === "string" ? code : undefined;
}

/** Whatever was thrown, as an Error. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
