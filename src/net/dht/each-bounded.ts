/** Calls `act` for each item, at most `max` at once. A failure of one is its own to tell. */
export async function eachBounded<T>(
  items: Iterable<T>,
  max: number,
  act: (item: T) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.iterator]();
  const work = async (): Promise<void> => {
    for (let next = iterator.next(); next.done !== true; next = iterator.next()) {
      await act(next.value);
    }
  };
  await Promise.all(Array.from({ length: max }, work));
}
