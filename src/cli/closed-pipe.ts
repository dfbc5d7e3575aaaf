import { codeOf } from "#lib";

/** Whether writing failed because nobody reads any more. */
export function isClosedPipe(thrown: unknown): boolean {
  return codeOf(thrown) === "EPIPE";
}
