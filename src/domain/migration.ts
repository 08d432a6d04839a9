/**
 * The migration: its record and its states. What may follow what is in `transitions.ts`.
 *
 *   scheduled ─due→ queued ─granted→ checking ─intended→ submitting ─accepted→ importing ─succeeded→ succeeded
 *
 * From `granted` until its end a migration holds both of its instances; nothing but the write of an
 * end, or a proven "not started", gives them back. Every transition is one event and one history
 * entry. Folding the history gives the status; `version`, `attempt` and `fence` never fall.
 */
import type { DatabasePair, Engine } from './db-info.js';
import type { ReasonCode } from './errors.js';
import type { PreflightReport } from './preflight.js';
import { remedyOf } from './remedies.js';
import type { Waiter } from './scheduling.js';

export const STATUSES = [
  'scheduled',
  'queued',
  'checking',
  'submitting',
  'importing',
  'canceling',
  'outcome_unknown',
  'succeeded',
  'failed',
  'canceled',
] as const;

export type MigrationStatus = (typeof STATUSES)[number];

export const PREFLIGHT_MODES = ['enforce', 'warn', 'skip'] as const;
export type PreflightMode = (typeof PREFLIGHT_MODES)[number];

/** What a caller asked for. Fixed for the life of the migration. Times are milliseconds since the epoch. */
export interface MigrationRequest {
  readonly credentialId: string;
  readonly regionId: string;
  readonly sourceInstanceId: string;
  readonly targetInstanceId: string;
  readonly engine: Engine;
  readonly databases: readonly DatabasePair[];
  readonly preflight: PreflightMode;
  readonly priority: number;
  readonly notBefore: number | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly allowDuplicate: boolean;
}

export interface Reason {
  readonly code: ReasonCode;
  readonly message: string;
  readonly upstreamCode?: string;
  readonly upstreamRequestId?: string;
}

/** What is on record before the call leaves. Written, durably, before a byte is sent. */
export interface Intent {
  readonly attempt: number;
  readonly at: number;
  readonly nonce: string;
  readonly requestHash: string;
  /** Imports the target listed before the call: none of these can be ours. Null: the listing is not available. */
  readonly importsBefore: readonly string[] | null;
  /**
   * When those were listed, where an earlier attempt did that: its import, too, is still looked for, so
   * what began since is nobody else's. Absent: with this very intent.
   */
  readonly listedAt?: number;
  /** Why it may have started an import although upstream gave no ImportId; absent while that is not in doubt. */
  readonly doubt?: 'unanswered' | 'busy';
  /** Rollbacks of Redis seen when the intent was written; NO_EPOCH when one was missed for certain. */
  readonly rollbackEpoch: number;
}

/** Equal to no number of rollbacks. */
export const NO_EPOCH = -1;

/** What the last looks for evidence of a submission without an answer saw. */
export interface EvidenceSearch {
  readonly looks: number;
  /** First and last of an unbroken row of complete, empty listings with both instances Running. */
  readonly emptySince: number | null;
  readonly emptyAt: number | null;
  /** Upstream answered that an instance is busy: in these words. Then nothing found leads to the next attempt. */
  readonly busy?: string;
}

export const FIRST_SEARCH: EvidenceSearch = { looks: 0, emptySince: null, emptyAt: null };

/** May this intent, or one before it, have started an import that is still looked for? Then each attempt looks first. */
export const isInDoubt = (intent: Intent | null): intent is Intent =>
  intent !== null && (intent.doubt !== undefined || intent.listedAt !== undefined);

/** On what the service's belief about the import rests. */
export interface Evidence {
  readonly kind:
    'answer' | 'adopted' | 'instance_states' | 'import_record' | 'target_databases' | 'operator';
  readonly detail: string;
  readonly at: number;
}

/** A cancel that was asked for and is not done yet. */
export interface Cancel {
  readonly askedAt: number;
  /** When upstream took it; null until then. */
  readonly sentAt: number | null;
  /** Why the migration ends, when that is not a person's own cancel of it. */
  readonly reason?: Reason;
  /** `finish`: should its import turn out to run, then it goes on to its end and the cancel is dropped. */
  readonly ifRunning?: 'finish';
}

/** Why a migration ends whose cancel was kept until it was certain that nothing runs. */
export const keptReason = ({ reason }: Cancel, detail: string): Reason =>
  reason ?? { code: 'canceled_by_user', message: `It was canceled on request; ${detail}` };

/** Its looks crashed their worker or threw again and again: nobody looks at it until an operator resumes it. */
export interface Parked {
  readonly at: number;
  /** Looks in a row that did not come to an end. */
  readonly tries: number;
  readonly message: string;
  /** When it would be looked at if it were not parked; null when only another event can move it. */
  readonly wakeAt: number | null;
}

export interface UpstreamView {
  readonly sourceStatus: string | null;
  readonly targetStatus: string | null;
  readonly importStatus: string | null;
  readonly checkedAt: number;
}

export interface Migration extends MigrationRequest {
  readonly id: string;
  readonly tenant: string;
  readonly batchId: string | null;
  /** Its place in the request that made its batch, from 0; null outside of one, and where it was not kept. */
  readonly row: number | null;
  /** Its name within the batch, where it was given one. */
  readonly key: string | null;
  /** Ids of those of its batch that must succeed before it may start. */
  readonly dependsOn: readonly string[];
  /** The same by their keys, as they were asked for; empty where they were not kept. */
  readonly dependsOnKeys: readonly string[];
  /** None of those is still to be waited for, and no fence: it is in the rows of its instances while it is queued. */
  readonly isReady: boolean;
  /** Id of the request that made it: for the log lines of all its transitions. */
  readonly requestId: string;
  /** Of its acceptance, under which all that becomes of it is told; null where nobody collects traces. */
  readonly traceparent: string | null;

  readonly status: MigrationStatus;
  /** Grows with every write. */
  readonly version: number;
  /** Grows with every grant of instances, over all migrations; null while none are held. */
  readonly fence: number | null;
  /** Number of the submission that is next or under way; at most one request leaves for each. */
  readonly attempt: number;
  /** The decision of its batch (`retry-failed`) that its attempt is of; null for any other. */
  readonly retryRound: number | null;

  readonly reason: Reason | null;
  readonly importId: string | null;
  readonly upstreamRequestId: string | null;
  readonly upstream: UpstreamView | null;
  readonly preflightReport: PreflightReport | null;
  readonly intent: Intent | null;
  readonly search: EvidenceSearch | null;
  readonly evidence: readonly Evidence[];
  /** Why it is held back although it is its turn, and since when it is so. */
  readonly heldBack: {
    readonly since: number;
    readonly times: number;
    readonly detail: string;
    /** Whether an instance is busy, or upstream gives no clear answer; absent: the former. */
    readonly cause?: 'busy' | 'upstream';
    /** When it was held back last. */
    readonly at?: number;
  } | null;
  /** Before, upstream may still accept the call of an earlier attempt that was declared not started. */
  readonly fencedUntil: number | null;
  /** The quota of calls upstream had no room for it until then; null once it had. */
  readonly quotaUntil: number | null;
  /** Size of the source's data as the checks saw it, in bytes. */
  readonly dataBytes: number | null;
  /** Kept while the call is under way, and done once its outcome is known. */
  readonly cancel: Cancel | null;
  /** Imports of earlier attempts that ended: none of these is what an attempt of now started. */
  readonly pastImports: readonly string[];
  /** Rollbacks of Redis after which this migration was reconciled. */
  readonly rollbackEpoch: number;
  readonly isOverdue: boolean;
  /** Null unless it is parked. Its status and its instances stay as they are meanwhile. */
  readonly parked: Parked | null;

  readonly createdAt: number;
  readonly queuedAt: number | null;
  /** Since when it could have been granted its instances: for watching the decision; null where that is not known. */
  readonly startableAt: number | null;
  readonly submittedAt: number | null;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  /** When to look at the record again; null when only another event can move it. */
  readonly wakeAt: number | null;
}

export interface HistoryEntry {
  readonly at: number;
  readonly from: MigrationStatus | null;
  readonly to: MigrationStatus;
  readonly code: string | null;
  readonly message: string | null;
}

const ENDED: ReadonlySet<MigrationStatus> = new Set(['succeeded', 'failed', 'canceled']);
const WITHOUT_INSTANCES: ReadonlySet<MigrationStatus> = new Set(['scheduled', 'queued', ...ENDED]);

export const isEnded = (status: MigrationStatus): boolean => ENDED.has(status);

/** Does a migration in this status hold its two instances? */
export const holdsInstances = (status: MigrationStatus): boolean => !WITHOUT_INSTANCES.has(status);

/** Why it ended or stands still. */
export const reasonOf = ({
  reason,
  parked,
}: Pick<Migration, 'reason' | 'parked'>): Reason | null =>
  parked === null ? reason : { code: 'parked', message: parked.message };

export function reasonView(reason: Reason): Reason & { retryable: boolean; remedy: string } {
  return { ...reason, ...remedyOf(reason.code, reason.upstreamCode) };
}

/** As the scheduler sees it. */
export function asWaiter(migration: Migration): Waiter {
  const { id, sourceInstanceId, targetInstanceId, priority, batchId, engine } = migration;
  const queuedAt = migration.queuedAt ?? migration.createdAt;
  const bytes = migration.dataBytes;
  const waiter = { id, sourceInstanceId, targetInstanceId, priority, queuedAt, batchId, engine };
  return { ...waiter, bytes, ...(migration.cancel === null ? {} : { isLookOnly: true }) };
}

/** Does it wait in the rows of its two instances? One that is to be canceled waits for its fence alone. */
export const isInRow = (
  m: Pick<Migration, 'status' | 'isReady' | 'cancel' | 'fencedUntil' | 'parked'>,
): boolean =>
  m.status === 'queued' &&
  m.parked === null &&
  m.fencedUntil === null &&
  (m.isReady || m.cancel !== null);

/** Which task looks after a migration in this status; null when it has ended. */
export function taskFor(status: MigrationStatus): 'schedule' | 'submit' | 'track' | null {
  switch (status) {
    case 'scheduled':
    case 'queued':
      return 'schedule';
    case 'checking':
    case 'submitting':
    case 'outcome_unknown':
      return 'submit';
    case 'importing':
    case 'canceling':
      return 'track';
    case 'succeeded':
    case 'failed':
    case 'canceled':
      return null;
  }
}

export const instancesOf = (m: MigrationRequest): readonly [string, string] => [
  m.sourceInstanceId,
  m.targetInstanceId,
];

/** The same source, target and databases give the same text, whatever the order they were written in. */
export function sameness(request: MigrationRequest): string {
  const pairs = request.databases.map((pair) => JSON.stringify([pair.source, pair.target])).sort();
  return JSON.stringify([request.sourceInstanceId, request.targetInstanceId, pairs]);
}
