// The time of this program and the server's: whether we slept, and when a beat was said. `now` is always the monotonic
// clock; all times in ms.

export class Clock {
  #ranAt = 0;  // when this program was last seen to run: by the monotonic clock and by the wall clock
  #ranAtWall = 0;
  #offset = Infinity;  // monotonic clock minus the server's, least seen: of the quickest beat
  #offsetOf = '';

  /** Since it was last asked: one of the clocks may stand still in sleep. */
  gap(now: number, wall: number): number {
    const gap = Math.max(now - this.#ranAt, wall - this.#ranAtWall);
    this.#ranAt = now;
    this.#ranAtWall = wall;
    return gap;
  }

  /** Another member has another clock. Nobody's: one that is not to be believed any more. */
  of(member: string): void {
    if (this.#offsetOf !== member) this.#offset = Infinity;
    this.#offsetOf = member;
  }

  /** When a beat of the server's `time`, which just came, was said, by our clock; `before`: the same of the beat before. */
  said(now: number, time: number, before: number): number {
    // The quickest beat counts as just said. Clocks drift: what was quickest an hour ago may give way 1 ms a second.
    this.#offset = Math.min(this.#offset + Math.max(0, now - before) / 1000, now - time);
    return time + this.#offset;
  }
}
