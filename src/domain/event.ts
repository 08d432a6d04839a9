/**
 * What happened, told once: to those who listen (server-sent events) and to those who are called (webhooks).
 *
 * Events are written by the very scripts that write what they tell, into one log. An id is a place in
 * that log: whoever knows the last one it was told can ask for all that come after it.
 */
import { refusedInstance, type Reach, type Scope } from './access.js';
import { BATCH_STATUSES, progressOf, type Batch, type BatchStatus, type Counts } from './batch.js';
import { STATUSES, type HistoryEntry, type Migration, type MigrationStatus } from './migration.js';

export type MigrationEventType = `migration.${MigrationStatus | 'overdue' | 'parked'}`;
export type BatchEventType = `batch.${BatchStatus | 'progress'}`;
export type EventType =
  | MigrationEventType
  | BatchEventType
  | 'credential.unhealthy'
  | 'webhook.disabled'
  | 'webhook.deliveries_dropped';

/** All there are. */
export const EVENT_TYPES: readonly EventType[] = [
  ...STATUSES.map((status) => `migration.${status}` as const),
  'migration.overdue',
  'migration.parked',
  ...BATCH_STATUSES.map((status) => `batch.${status}` as const),
  'batch.progress',
  'credential.unhealthy',
  'webhook.disabled',
  'webhook.deliveries_dropped',
];

/** Which things it is about: by these a reader sees only what concerns it. */
export interface EventSubjects {
  readonly migrationId?: string;
  readonly batchId?: string | null;
  readonly sourceInstanceId?: string;
  readonly targetInstanceId?: string;
}

export interface ServiceEvent {
  /** `evt_…`: later events have greater ids, so that an id is also a place in the log. */
  readonly id: string;
  readonly type: EventType;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly tenant: string;
  readonly data: EventSubjects & Readonly<Record<string, unknown>>;
}

/** What a script writes: the id is its place, which the log gives. */
export type UnplacedEvent = Omit<ServiceEvent, 'id'>;

/** One for each transition. */
export const transitionEvent = (migration: Migration, entry: HistoryEntry): UnplacedEvent => ({
  ...{ type: `migration.${entry.to}`, at: entry.at, tenant: migration.tenant },
  data: { ...subjectOf(migration), ...pick(entry) },
});

/** An import runs longer than it should. At most one for each attempt. */
export const overdueEvent = (migration: Migration, atMs: number): UnplacedEvent => ({
  ...{ type: 'migration.overdue', at: atMs, tenant: migration.tenant },
  data: {
    ...subjectOf(migration),
    ...{ from: migration.status, to: migration.status, code: null },
    message: 'The import runs longer than MAX_IMPORT_HOURS. It is looked at until it ends.',
  },
});

/** Nobody looks at it any more until an operator resumes it. */
export const parkedEvent = (migration: Migration, atMs: number): UnplacedEvent => ({
  ...{ type: 'migration.parked', at: atMs, tenant: migration.tenant },
  data: {
    ...subjectOf(migration),
    ...{ from: migration.status, to: migration.status, code: 'parked' },
    message: migration.parked?.message ?? null,
  },
});

function subjectOf(migration: Migration): UnplacedEvent['data'] {
  const { id: migrationId, batchId, sourceInstanceId, targetInstanceId } = migration;
  const { importId, attempt, version } = migration;
  const what = { migrationId, batchId, sourceInstanceId, targetInstanceId };
  return { ...what, importId, attempt, version };
}

const pick = ({ from, to, code, message }: HistoryEntry): UnplacedEvent['data'] => ({
  ...{ from, to, code, message },
});

/** `batch` as it was when the event was written; its status is the one the event tells. */
export function batchFacts(batch: Batch, status: BatchStatus): UnplacedEvent['data'] {
  const { id: batchId, name, total, counts } = batch;
  return { batchId, name, status, counts: countsFacts(total, counts), progress: progressOf(batch) };
}

/** In the names of the contract. */
function countsFacts(total: number, counts: Counts): Readonly<Record<string, number>> {
  const { outcome_unknown: outcomeUnknown, ...others } = counts;
  return { total, ...others, outcomeUnknown };
}

/**
 * May this caller be told of it? Of migrations both of whose instances it may touch; of batches as it
 * may look at them: those of its tenant.
 */
export function mayBeTold({ tenant, instancePatterns }: Reach, event: ServiceEvent): boolean {
  if (event.tenant !== tenant) return false;
  if (instancePatterns === null || event.data.migrationId === undefined) return true;
  const { sourceInstanceId, targetInstanceId } = event.data;
  // Written before events named instances: whose they are is not known.
  if (sourceInstanceId === undefined || targetInstanceId === undefined) return false;
  return refusedInstance(instancePatterns, { sourceInstanceId, targetInstanceId }) === null;
}

/** What a caller must be allowed to read to be told of it. */
export function scopeOf(type: EventType): Scope {
  if (type === 'credential.unhealthy') return 'credentials:read';
  return type.startsWith('webhook.') ? 'webhooks:read' : 'migrations:read';
}
