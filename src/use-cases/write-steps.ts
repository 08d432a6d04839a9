// Writes steps of migrations: each applied one is journalled, and what must not be lost is insisted on.
import type { Evidence, Migration } from '../domain/migration.js';
import { transition, type Changes } from '../domain/migration-step.js';
import { INSIST_DELAY_MAX_MS, INSIST_DELAY_MIN_MS, INSIST_MS } from '../domain/policy.js';
import type { TransitionName } from '../domain/transitions.js';
import type { ApplyOutcome, Clock, Journal, MigrationStore, Pause } from './ports.js';

export class WriteSteps {
  constructor(
    protected readonly migrations: MigrationStore,
    protected readonly clock: Clock,
    protected readonly journal: Journal,
    private readonly pause: Pause,
  ) {}

  /** A transition of this very version; anybody's newer write makes it stale. */
  async write(
    migration: Migration,
    name: TransitionName,
    changes: Changes & { readonly message?: string },
  ): Promise<ApplyOutcome> {
    const step = transition(migration, name, this.clock.now(), changes);
    const outcome = await this.migrations.apply(step);
    if (outcome.kind === 'applied') {
      this.journal.transition({ ...step, after: outcome.migration });
    }
    return outcome;
  }

  /**
   * What is known of a submission must not be lost with a Redis that is away for a moment: the write is
   * tried again until others may have looked for themselves. Compare-and-set keeps that safe.
   */
  async insist<T>(submitting: Migration, what: string, work: () => Promise<T>): Promise<T> {
    const deadline = this.clock.now() + INSIST_MS;
    for (let delay = INSIST_DELAY_MIN_MS; ; delay = Math.min(delay * 2, INSIST_DELAY_MAX_MS)) {
      try {
        return await work();
      } catch (error) {
        if (this.clock.now() > deadline) throw error;
        const why = error instanceof Error ? error.message : String(error);
        this.journal.warn('not written yet', { migrationId: submitting.id, what, why });
        await this.pause.wait(delay);
      }
    }
  }

  evidence(migration: Migration, kind: Evidence['kind'], detail: string): readonly Evidence[] {
    return [...migration.evidence.slice(-9), { kind, detail, at: this.clock.now() }];
  }
}
