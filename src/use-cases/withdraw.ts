// How a migration that shall not be submitted any more ends: at once, or after a look where its import may run.
import type { Cancel, Migration, Reason } from '../domain/migration.js';
import { note, transition, type Step } from '../domain/migration-step.js';
import { mayBeStarted } from './may-be-started.js';
import type { Rollback } from './ports.js';

/** Why it shall end. `ifRunning`: as in `Cancel`. */
export interface Withdrawal extends Pick<Cancel, 'ifRunning'> {
  readonly reason: Reason;
}

/**
 * The step that withdraws one that is `scheduled`, `queued` or `checking`. Where an import of it may run
 * although its record shows none, the step only notes the cancel: reconciliation then looks at its
 * instances, holding them, and ends it or adopts its import. Null: that is on record already.
 */
export function withdraw(
  migration: Migration,
  rollback: Rollback,
  { reason, ifRunning }: Withdrawal,
  nowMs: number,
): Step | null {
  const { cancel: kept, status } = migration;
  if (kept !== null && (kept.ifRunning === undefined || ifRunning !== undefined)) return null;
  if (!mayBeStarted(migration, rollback)) {
    const changes = { reason, heldBack: null, quotaUntil: null };
    return transition(migration, 'withdrawn', nowMs, changes);
  }
  const why = ifRunning === undefined ? {} : { reason, ifRunning };
  const cancel: Cancel = { askedAt: nowMs, sentAt: null, ...why };
  if (status !== 'scheduled') return note(migration, { cancel });
  const message =
    'It is to be canceled; before that its instances are checked for an import of it.';
  return transition(migration, 'due', nowMs, { cancel, heldBack: null, message });
}
