/**
 * What upstream shows of one import, by one call while it runs.
 *
 * What is least known is asked first: the import's own record, then its target, then its source, then
 * the record again. An answer that shows the import at work is enough. Only one that does not, or a
 * record that is not to be had, makes the look ask the rest.
 */
import { isWhole, wasSeen } from '../domain/import-end.js';
import {
  foldVerdicts,
  isSourceOfImport,
  isTargetOfImport,
  type ImportVerdict,
} from '../domain/import-status.js';
import type { Migration, UpstreamView } from '../domain/migration.js';
import { LISTING_MARGIN_MS, OWN_LOOK_EVERY } from '../domain/policy.js';
import type { Look } from './look-for-import.js';
import {
  isPassing,
  type ImportRecord,
  type Survey,
  type UpstreamSession,
} from './ports-upstream.js';

/** Upstream's words; null when they were not read. */
type States = Pick<Look, 'sourceStatus' | 'targetStatus'>;
const NOT_READ: States = { sourceStatus: null, targetStatus: null };

export interface Seen extends States, Pick<Look, 'missed'> {
  readonly record: ImportRecord | null;
  readonly verdict: ImportVerdict | null;
  /** The id that was found for an import that had none. */
  readonly foundId: string | null;
}

export const NOTHING_SEEN: Seen = {
  ...NOT_READ,
  ...{ record: null, verdict: null, missed: null, foundId: null },
};

export async function lookAtImport(
  migration: Migration & { readonly importId: string },
  session: UpstreamSession,
  nowMs: number,
): Promise<Seen> {
  const question = firstQuestion(migration);
  const first = question === 'record' ? NOTHING_SEEN : await stateOf(migration, session, question);
  if (first.missed !== null || showsWork(first)) return first;
  const told = await recordOf(migration, session, nowMs);
  const isToldEnough = told.record !== null && !isPartOfSuccess(told, migration);
  if (isToldEnough || (told.missed !== null && !migration.isOverdue)) return { ...first, ...told };
  return { ...(await otherStates(migration, session, first)), ...told };
}

/** Ids and versions differ, so imports that began together do not have their turns together. */
export const isTurnOfItsOwn = ({ importId, version }: Migration): boolean =>
  (Number(importId?.slice(-3) ?? 0) + version) % OWN_LOOK_EVERY === 0;

/**
 * The word by which a listing of many instances can show that this import still runs; null when it
 * must be looked at by itself: it was not seen at work yet, or is being canceled.
 */
export function wordAtWork({ status, importId, upstream }: Migration): string | null {
  const { sourceStatus, targetStatus } = upstream ?? NOT_READ;
  if (status !== 'importing' || importId === null || sourceStatus === null) return null;
  return targetStatus !== null && isTargetOfImport(targetStatus) ? targetStatus : null;
}

/**
 * What is known now that a survey showed the target at work; null when it did not. That it does not
 * proves nothing: the listing may have missed it while others ended.
 */
export function viewBySurvey(migration: Migration, survey: Survey): UpstreamView | null {
  if (migration.upstream === null) return null;
  const isAtWork = survey.instanceIds.has(migration.targetInstanceId.toLowerCase());
  return isAtWork ? { ...migration.upstream, checkedAt: survey.atMs } : null;
}

function firstQuestion(migration: Migration): 'record' | 'target' | 'source' {
  const { upstream, status } = migration;
  if (upstream === null || status === 'canceling') return 'record';
  if (upstream.importStatus === null) return wasSeen(migration) ? 'target' : 'record';
  if (upstream.targetStatus === null) return 'target';
  return upstream.sourceStatus === null ? 'source' : 'record';
}

/** One of the two instances. */
async function stateOf(
  { sourceInstanceId, targetInstanceId }: Migration,
  session: UpstreamSession,
  which: 'source' | 'target',
): Promise<Seen> {
  const read = await session.instance(which === 'source' ? sourceInstanceId : targetInstanceId);
  const word = read.ok ? (read.value?.status ?? null) : null;
  const missed = !read.ok && isPassing(read.fault) ? read.fault : null;
  const state = which === 'source' ? { sourceStatus: word } : { targetStatus: word };
  return { ...NOTHING_SEEN, ...state, missed };
}

/** Both instances, as far as they are still to be read; an import seen before shows by its target alone. */
async function otherStates(
  migration: Migration,
  session: UpstreamSession,
  known: States,
): Promise<Seen> {
  const targetStatus =
    known.targetStatus ?? (await stateOf(migration, session, 'target')).targetStatus;
  const seen = { ...NOTHING_SEEN, sourceStatus: known.sourceStatus, targetStatus };
  if (seen.sourceStatus !== null || (wasSeen(migration) && showsWork(seen))) return seen;
  const { sourceStatus } = await stateOf(migration, session, 'source');
  return { ...seen, sourceStatus };
}

async function recordOf(
  migration: Migration & { readonly importId: string },
  session: UpstreamSession,
  nowMs: number,
): Promise<Omit<Seen, keyof States>> {
  const { engine, targetInstanceId, importId } = migration;
  // An adopted import may be older than the intent.
  const window = {
    fromMs: migration.createdAt - LISTING_MARGIN_MS,
    toMs: nowMs + LISTING_MARGIN_MS,
  };
  const listed = await session.imports(engine, targetInstanceId, window, importId);
  const listing = listed.ok ? listed.value : [];
  const record = listing.find((one) => one.importId === importId) ?? null;
  const verdict = record === null ? null : foldVerdicts(record.words);
  const missed = !listed.ok && isPassing(listed.fault) ? listed.fault : null;
  return { record, verdict, missed, foundId: null };
}

const showsWork = ({ sourceStatus, targetStatus }: States): boolean =>
  (targetStatus !== null && isTargetOfImport(targetStatus)) ||
  (sourceStatus !== null && isSourceOfImport(sourceStatus));

/** A success of some of the databases: the instances tell whether the others still come. */
const isPartOfSuccess = (
  { record, verdict }: Pick<Seen, 'record' | 'verdict'>,
  migration: Migration,
): boolean => record !== null && verdict === 'succeeded' && !isWhole(record, migration);
