/** Maps a stream, at most `windowMax` items at once; results come in the order of the items. */
export async function* mapOrdered<T, R>(
  items: AsyncIterable<T> | Iterable<T>,
  map: (item: T) => Promise<R>,
  windowMax: number,
): AsyncGenerator<R> {
  const window: Promise<R>[] = [];
  for await (const item of items) {
    const result = map(item);
    // whoever awaits it hears of the failure; until then it is not unhandled
    result.catch(() => undefined);
    window.push(result);
    const oldest = window.length >= windowMax ? window.shift() : undefined;
    if (oldest !== undefined) yield await oldest;
  }
  for (const result of window) yield await result;
}
