/** Lets long synchronous work give way. */
export interface Turn {
  /** Answers a promise when the last pause was longer ago than the budget: await it, others then get a turn. */
  pause(): Promise<void> | undefined;
}

/** Gives the event loop a turn every `budgetMs` milliseconds of work. */
export function createTurn(budgetMs = 10, now: () => number = () => performance.now()): Turn {
  let last = now();
  return {
    pause() {
      if (now() - last < budgetMs) return undefined;
      return new Promise((resolve) => {
        setImmediate(() => {
          last = now();
          resolve();
        });
      });
    },
  };
}
