const stopSignals = ["SIGTERM", "SIGINT", "SIGHUP"] as const;

/** Resolves at the first signal that asks to stop; a second one ends the process at once. */
export function watchSignals(): Promise<void> {
  return new Promise((resolve) => {
    let count = 0;
    for (const signal of stopSignals) {
      process.on(signal, () => {
        count += 1;
        if (count > 1) process.exit(1);
        resolve();
      });
    }
  });
}
