// Whether upstream may run an import of a migration whose record shows none.
import type { Migration } from '../domain/migration.js';
import { CLOCK_SKEW_MS } from '../domain/policy.js';
import type { Rollback } from './ports.js';

/** An earlier attempt, or one that Redis lost, may have started an import after all. */
export function mayBeStarted(migration: Migration, rollback: Rollback): boolean {
  const isAfterRollback =
    rollback.epoch > migration.rollbackEpoch &&
    migration.createdAt <= rollback.noticedAt + CLOCK_SKEW_MS;
  return isAfterRollback || migration.search !== null;
}
