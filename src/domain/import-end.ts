// Which end of a migration the record of its import tells, and the reason that goes with it.
import type { Listing } from './evidence.js';
import { foldVerdicts } from './import-status.js';
import type { Evidence, MigrationRequest, Reason, TransitionName } from './migration.js';

export type EndName = Extract<TransitionName, 'succeeded' | 'import_failed' | 'import_canceled'>;

/** Null while the record tells no end, or a success of only some of the databases. */
export function endOf(record: Listing, request: MigrationRequest): EndName | null {
  switch (foldVerdicts(record.words)) {
    case 'succeeded':
      return isWhole(record, request) ? 'succeeded' : null;
    case 'failed':
      return 'import_failed';
    case 'canceled':
      return 'import_canceled';
    default:
      return null;
  }
}

export function reasonOf(
  name: EndName,
  evidence: Pick<Evidence, 'kind' | 'detail'>,
): Reason | null {
  if (name === 'succeeded') return null;
  const message = `The import ended without success: ${evidence.detail}.`;
  if (name === 'import_canceled') return { code: 'upstream_canceled', message };
  const isTold = evidence.kind === 'import_record';
  return { code: isTold ? 'upstream_import_failed' : 'result_not_confirmed', message };
}

/** Does the record speak of every database (where it names them at all)? */
export function isWhole(record: Listing, request: MigrationRequest): boolean {
  return record.databases.length === 0 || record.databases.length >= request.databases.length;
}
