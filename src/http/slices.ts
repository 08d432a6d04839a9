// Long work over one request gives way to all others now and then: it never holds the event loop for long.
import { setImmediate } from 'node:timers/promises';

/** Far below the 50 ms that nobody may be kept waiting: what happens between two looks at the clock comes on top. */
const SLICE_MS = 10;

export class Slices {
  private since = performance.now();

  /** For loops: resolves at once while the slice lasts, else after all others had their turn. */
  async turn(): Promise<void> {
    if (performance.now() - this.since < SLICE_MS) return;
    await setImmediate();
    this.since = performance.now();
  }

  /** Runs work that yields to its end. */
  async finish<T>(work: Generator<void, T>): Promise<T> {
    for (;;) {
      const step = work.next();
      if (step.done === true) return step.value;
      await this.turn();
    }
  }
}
