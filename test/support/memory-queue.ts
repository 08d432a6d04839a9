// The queue of the in-memory world: wake-ups with the names BullMQ would give their jobs.
import { Wakes, type Wake } from '../../src/use-cases/ports.js';

/** As BullMQ: the same wake-up made twice is one job while it lasts. */
export class MemoryQueue extends Wakes {
  private readonly jobs = new Map<string, Wake>();

  override async wake(wakes: readonly Wake[]): Promise<void> {
    for (const wake of wakes) this.add(wake);
  }

  add(wake: Wake): void {
    const name = `${wake.to} ${wake.migrationId} ${wake.version}`;
    if (!this.jobs.has(name)) this.jobs.set(name, wake);
  }

  get waiting(): readonly Wake[] {
    return [...this.jobs.values()].sort((a, b) => a.atMs - b.atMs);
  }

  /** The first of those that wait; in passing, since thousands may. */
  get next(): Wake | undefined {
    let first: Wake | undefined;
    for (const wake of this.jobs.values()) {
      if (first === undefined || wake.atMs < first.atMs) first = wake;
    }
    return first;
  }

  take(wake: Wake): void {
    this.jobs.delete(`${wake.to} ${wake.migrationId} ${wake.version}`);
  }
}
