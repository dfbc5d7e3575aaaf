/** Calls `act` for each item, at most `max` at once. After a failure no more begin, and it is thrown when all have ended. */
export async function eachBounded<T>(
  items: Iterable<T>,
  max: number,
  act: (item: T) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.iterator]();
  const failures: unknown[] = [];
  const work = async (): Promise<void> => {
    for (let next = iterator.next(); next.done !== true; next = iterator.next()) {
      if (failures.length > 0) return;
      await act(next.value).catch((thrown: unknown) => failures.push(thrown));
    }
  };
  await Promise.all(Array.from({ length: max }, work));
  if (failures.length > 0) throw failures[0];
}
