/** Whether writing failed because nobody reads any more. */
export function isClosedPipe(thrown: unknown): boolean {
  return thrown instanceof Error && Reflect.get(thrown, "code") === "EPIPE";
}
