// The steps of a migration: its start, every transition the table lists, and notes that change no state.
import {
  FIRST_SEARCH,
  type HistoryEntry,
  holdsInstances,
  type Intent,
  isEnded,
  isInDoubt,
  type Migration,
  type MigrationRequest,
  type Parked,
} from './migration.js';
import { mayFollow, type TransitionName, TRANSITIONS } from './transitions.js';
import { EARLY_LOOK_MS, FENCE_MARGIN } from './policy.js';
import { startsAt, type Window } from './window.js';

/** What a step may change beside the status. */
export type Changes = Partial<
  Pick<
    Migration,
    | 'attempt'
    | 'retryRound'
    | 'reason'
    | 'importId'
    | 'upstreamRequestId'
    | 'upstream'
    | 'preflightReport'
    | 'intent'
    | 'search'
    | 'evidence'
    | 'heldBack'
    | 'fencedUntil'
    | 'cancel'
    | 'isReady'
    | 'quotaUntil'
    | 'dataBytes'
    | 'pastImports'
    | 'rollbackEpoch'
    | 'isOverdue'
    | 'parked'
    | 'startableAt'
    | 'submittedAt'
    | 'startedAt'
    | 'wakeAt'
  >
>;

/** A write of one record: what it was, what it shall be, and the transition between (null: no change of state). */
export interface Step {
  readonly name: TransitionName | null;
  readonly before: Migration;
  readonly after: Migration;
  readonly entry: HistoryEntry | null;
  /** When it was found that the import runs too long; only in the step that says so. */
  readonly overdueAt?: number;
  /** When it was parked; only in the step that parks it. */
  readonly parkedAt?: number;
}

/** `dueAt`: not queued before; what the request says, unless its batch says later. */
export function startMigration(
  request: MigrationRequest,
  identity: Pick<Migration, 'id' | 'tenant' | 'requestId' | 'batchId' | 'dependsOn'> &
    Partial<Pick<Migration, 'traceparent' | 'row' | 'key' | 'dependsOnKeys'>>,
  nowMs: number,
  dueAt: number | null = request.notBefore,
): { readonly migration: Migration; readonly entry: HistoryEntry } {
  const isLater = dueAt !== null && dueAt > nowMs;
  const status = isLater ? 'scheduled' : 'queued';
  const migration: Migration = {
    ...request,
    ...{ traceparent: null, row: null, key: null, dependsOnKeys: [] },
    ...identity,
    isReady: identity.dependsOn.length === 0,
    status,
    version: 1,
    fence: null,
    attempt: 1,
    retryRound: null,
    reason: null,
    importId: null,
    upstreamRequestId: null,
    upstream: null,
    preflightReport: null,
    intent: null,
    search: null,
    evidence: [],
    heldBack: null,
    cancel: null,
    fencedUntil: null,
    quotaUntil: null,
    dataBytes: null,
    pastImports: [],
    rollbackEpoch: 0,
    isOverdue: false,
    parked: null,
    createdAt: nowMs,
    queuedAt: isLater ? null : nowMs,
    startableAt: null,
    submittedAt: null,
    startedAt: null,
    finishedAt: null,
    wakeAt: isLater ? dueAt : null,
  };
  return { migration, entry: { at: nowMs, from: null, to: status, code: null, message: null } };
}

/**
 * The step from one state to the next. Throws when the table does not list it: that is a defect of
 * the caller, never an outcome. Unless `changes` says otherwise nobody needs to wake it afterwards.
 */
export function transition(
  before: Migration,
  name: TransitionName,
  nowMs: number,
  changes: Changes & { readonly message?: string } = {},
): Step {
  if (!mayFollow(before.status, name)) {
    throw new Error(`${name} does not follow ${before.status} (${before.id})`);
  }
  const { message, ...fields } = changes;
  const to = TRANSITIONS[name].to;
  const after: Migration = withoutWakeUp({
    ...before,
    wakeAt: null,
    ...fields,
    status: to,
    ...(isEnded(to) ? { cancel: null, parked: null } : {}),
    version: before.version + 1,
    fence: holdsInstances(to) ? before.fence : null,
    queuedAt: to === 'queued' ? queuedSince(before, name, nowMs) : before.queuedAt,
    finishedAt: isEnded(to) ? nowMs : null,
  });
  const code = after.reason === before.reason ? null : (after.reason?.code ?? null);
  const entry: HistoryEntry = {
    at: nowMs,
    from: before.status,
    to,
    code,
    message: message ?? after.reason?.message ?? null,
  };
  return { name, before, after, entry };
}

/** Put back it keeps its age; those that fall due together have one age, whenever each was looked at. */
function queuedSince(before: Migration, name: TransitionName, nowMs: number): number {
  if (name === 'put_back') return before.queuedAt ?? nowMs;
  return name === 'due' ? Math.min(before.wakeAt ?? nowMs, nowMs) : nowMs;
}

/**
 * A new attempt of one that has ended: what the last one came to is kept in the history alone, but for what is
 * still in doubt of it. It starts no earlier than was asked for, and within the window of its batch.
 * `retryRound`: of the batch's decision.
 */
export function retry(
  before: Migration,
  nowMs: number,
  window: Window | null = null,
  retryRound: number | null = null,
): Step {
  const { importId, pastImports } = before;
  const inDoubt = isInDoubt(before.intent) ? before.intent : null;
  const { isReady, fencedUntil, wakeAt } = fenced(before.fencedUntil, nowMs);
  const startAt = startsAt(window, before.notBefore, nowMs);
  const isLater = startAt > nowMs;
  return transition(before, isLater ? 'retried_later' : 'retried', nowMs, {
    wakeAt: isLater ? startAt : wakeAt,
    fencedUntil,
    ...{ attempt: before.attempt + 1, retryRound },
    isReady: isReady && before.dependsOn.length === 0,
    pastImports: importId === null ? pastImports : [...pastImports, importId],
    ...{ reason: null, importId: null, upstreamRequestId: null, upstream: null },
    ...{ intent: inDoubt, search: inDoubt === null ? null : FIRST_SEARCH },
    ...{ preflightReport: null, evidence: [], heldBack: null, quotaUntil: null },
    ...{ cancel: null, isOverdue: false, submittedAt: null, startedAt: null },
  });
}

/** Until when upstream may accept the call of this intent: as long as its signature is good, clocks that differ included. */
export function fenceOf(intent: Intent | null, signatureLifetimeMs: number): number | null {
  return intent === null ? null : Math.ceil(intent.at + signatureLifetimeMs * (1 + FENCE_MARGIN));
}

/** What lets one that is queued wait for a fence, which has passed where it is null: without a place in any row. */
export function fenced(
  untilMs: number | null,
  nowMs: number,
): Required<Pick<Changes, 'isReady' | 'fencedUntil' | 'wakeAt'>> {
  const fencedUntil = untilMs !== null && untilMs > nowMs ? untilMs : null;
  return { isReady: fencedUntil === null, fencedUntil, wakeAt: fencedUntil };
}

/** A write that changes what is known, not the state. */
export function note(before: Migration, changes: Changes): Step {
  const after = withoutWakeUp({ ...before, ...changes, version: before.version + 1 });
  return { name: null, before, after, entry: null };
}

/** Nobody looks at what is parked: when it was to be looked at is kept for when it is resumed. */
function withoutWakeUp(after: Migration): Migration {
  const { parked, wakeAt } = after;
  if (parked === null || wakeAt === null) return after;
  return { ...after, wakeAt: null, parked: { ...parked, wakeAt } };
}

/** The note that nobody looks at it any more, until it is resumed. */
export function park(
  before: Migration,
  nowMs: number,
  why: Pick<Parked, 'tries' | 'message'>,
): Step {
  const parked = { at: nowMs, ...why, wakeAt: before.wakeAt };
  return { ...note(before, { parked, wakeAt: null }), parkedAt: nowMs };
}

/** It is looked at again: at once, unless it was to wait for a time. */
export function resume(before: Migration, nowMs: number): Step {
  const { status, parked } = before;
  // What is queued is woken without a time, unless it has to wait for one: it waits for its instances.
  const wakeAt = status === 'queued' ? before.fencedUntil : nowMs;
  const laterAt = status === 'scheduled' ? (parked?.wakeAt ?? nowMs) : wakeAt;
  return note(before, { parked: null, wakeAt: laterAt });
}

/** Does the step let a parked one go on? Then it is looked at. */
export const isResumed = ({ before, after }: Pick<Step, 'before' | 'after'>): boolean =>
  before.parked !== null && after.parked === null && !isEnded(after.status);

/** The note that an import runs too long: of each attempt one, as the write is a compare-and-set. */
export function overdue(before: Migration, nowMs: number, changes: Changes): Step {
  return { ...note(before, { ...changes, isOverdue: true }), overdueAt: nowMs };
}

/**
 * Is this a look before its time? The time to come again (ms) when that is close; `stray` when it is
 * not, since the write that set the time has made a wake-up of its own; null when it is time.
 */
export function tooEarly(migration: Migration, nowMs: number): number | 'stray' | null {
  if (migration.wakeAt === null || migration.wakeAt <= nowMs) return null;
  return migration.wakeAt - nowMs <= EARLY_LOOK_MS ? migration.wakeAt : 'stray';
}
