// Counts every transition beside telling it: what is logged and what is counted are the same.
import type { Step } from '../domain/migration-step.js';
import { Journal } from '../use-cases/ports.js';
import type { Figures } from '../use-cases/ports-figures.js';

export class CountedJournal extends Journal {
  constructor(
    private readonly journal: Journal,
    private readonly figures: Figures,
  ) {
    super();
  }

  override transition(step: Step): void {
    this.journal.transition(step);
    const { name, entry } = step;
    if (entry !== null) this.figures.moved({ name, from: entry.from, to: entry.to });
    const waitedMs = name === 'intended' ? dispatchMs(step) : null;
    if (waitedMs !== null) this.figures.dispatched(waitedMs / 1_000);
  }

  override warn(message: string, facts: Readonly<Record<string, unknown>>): void {
    this.journal.warn(message, facts);
  }
}

/** Of one that had to wait for the quota or for a busy instance it would tell about those: null. */
function dispatchMs({ before, entry }: Step): number | null {
  const { startableAt, heldBack, quotaUntil } = before;
  if (startableAt === null || heldBack !== null || quotaUntil !== null) return null;
  // Two hosts' clocks may differ by a little.
  return Math.max(0, (entry?.at ?? startableAt) - startableAt);
}
