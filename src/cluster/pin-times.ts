/** How far times may run ahead of the clock while more than one pin a millisecond is made. */
const aheadMsMax = 1000;

/**
 * Gives new pins their times, each another millisecond, so that lists can be paged by them; only when they would run ahead
 * of the clock by more than a second do times come twice. A whole second is left out: it says that the rest is not known.
 */
export class PinTimes {
  #last = 0;

  next(now: number): number {
    const isClockSetBack = this.#last > now + aheadMsMax;
    const last = isClockSetBack ? 0 : this.#last;
    const time = notWhole(Math.max(now, last + 1));
    this.#last = time > now + aheadMsMax ? last : time;
    return this.#last;
  }
}

function notWhole(ms: number): number {
  return ms % 1000 === 0 ? ms + 1 : ms;
}
