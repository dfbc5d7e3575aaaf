/** Waits for what other processes, sockets or disks bring about: looks every few milliseconds, with a deadline. */
export async function poll(
  condition: () => boolean | Promise<boolean>,
  deadlineMs = 10_000,
): Promise<void> {
  const endsAt = Date.now() + deadlineMs;
  while (!(await condition())) {
    if (Date.now() > endsAt) {
      throw new Error(`not within ${deadlineMs} ms: ${condition.toString()}`);
    }
    await new Promise((resolve) => {
      setTimeout(resolve, 2);
    });
  }
}
