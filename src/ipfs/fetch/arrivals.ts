/**
 * Counts the blocks that came by an add or an import here. Who has looked in vain and now wants a block looks again
 * when one has come since: the exchange only tells of those that come after the want.
 */
export class Arrivals {
  #count = 0;

  get count(): number {
    return this.#count;
  }

  note(): void {
    this.#count += 1;
  }
}
