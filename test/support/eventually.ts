/** What `probe` gives once it is neither undefined nor false; throws after the deadline. For what other programs do. */
export async function eventually<T>(
  probe: () => T | Promise<T>,
  deadlineMs = 15_000,
): Promise<Exclude<T, undefined | false>> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    const value = await probe();
    if (isThere(value)) return value;
    if (performance.now() > deadline)
      throw new Error(`not within ${deadlineMs} ms: ${probe.toString()}`);
    await Bun.sleep(20);
  }
}

function isThere<T>(value: T): value is Exclude<T, undefined | false> {
  return value !== undefined && value !== false;
}
