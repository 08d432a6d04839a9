// Which end of a migration the record of its import tells, and the reason that goes with it.
import type { Listing } from './evidence.js';
import { foldVerdicts, showImport } from './import-status.js';
import type { Evidence, Migration, MigrationRequest, Reason } from './migration.js';
import type { TransitionName } from './transitions.js';

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
  { cancel, reason }: Pick<Migration, 'cancel' | 'reason'>,
): Reason | null {
  if (name === 'succeeded') return null;
  const message = `The import ended without success: ${evidence.detail}.`;
  if (name === 'import_canceled') {
    // Of two processes that tell upstream the same one is refused: what was refused there was asked of it.
    const isRefused = reason?.code === 'cancel_refused' && reason.upstreamCode !== undefined;
    const isAsked = cancel !== null || isRefused;
    return { code: isAsked ? 'canceled_by_user' : 'upstream_canceled', message };
  }
  const isTold = evidence.kind === 'import_record';
  return { code: isTold ? 'upstream_import_failed' : 'result_not_confirmed', message };
}

/** Does the record speak of every database (where it names them at all)? */
export function isWhole(record: Listing, request: MigrationRequest): boolean {
  return record.databases.length === 0 || record.databases.length >= request.databases.length;
}

/** Did the instances ever show the import between them? */
export function wasSeen({ upstream, evidence }: Migration): boolean {
  const isShown =
    upstream?.sourceStatus != null &&
    upstream.targetStatus != null &&
    showImport(upstream.sourceStatus, upstream.targetStatus);
  return isShown || evidence.some(({ kind }) => kind === 'instance_states');
}

/**
 * The end that the target's databases tell, once both instances run again. On SQL Server the names were
 * free before; on MySQL the databases were there all along and tell nothing of an import never seen.
 */
export function endByDatabases(
  migration: Migration,
  runningOnTarget: readonly string[],
): { readonly name: EndName; readonly detail: string } {
  const running = new Set(runningOnTarget.map((name) => name.toLowerCase()));
  const missing = migration.databases.filter((pair) => !running.has(pair.target.toLowerCase()));
  if (missing.length > 0) {
    const names = missing.map((pair) => pair.target).join(', ');
    const detail = `both instances run again, but these do not run on the target: ${names}`;
    return { name: 'import_failed', detail };
  }
  const detail = 'both instances run again and every database runs on the target';
  return wasSeen(migration) || migration.engine === 'SQLServer'
    ? { name: 'succeeded', detail }
    : { name: 'import_failed', detail: `${detail}, but the import was never seen running` };
}
