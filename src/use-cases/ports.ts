// What this service asks of the outside: storage, time, settings. Upstream, credentials and access have pages of their own.
// A port is an abstract class: type and injection token in one.
import type { Gate } from '../domain/batch.js';
import type { Engine } from '../domain/db-info.js';
import type { DurationSample, WaitingWork } from '../domain/estimate.js';
import type { HistoryEntry, Migration, MigrationStatus } from '../domain/migration.js';
import type { Step } from '../domain/migration-step.js';
import type { Waiter } from '../domain/scheduling.js';

/** Milliseconds since the epoch. */
export abstract class Clock {
  abstract now(): number;
}

/** Lets time pass where a write must not be given up, and (0) others have their turn in long work. */
export abstract class Pause {
  abstract wait(ms: number): Promise<void>;
}

export abstract class Ids {
  /** `prefix_` and 26 characters that sort by `atMs`, then, of one process, in the order of their making. */
  abstract make(prefix: 'mig' | 'bat' | 'cred' | 'evt' | 'key' | 'whk', atMs: number): string;
  /** An unguessable token, for telling one's own earlier write from another's. */
  abstract token(): string;
}

/** One line a transition, nothing secret. */
export abstract class Journal {
  abstract transition(step: Step): void;
  abstract warn(message: string, facts: Readonly<Record<string, unknown>>): void;
}

/** True from the first SIGTERM on: no new call to upstream begins. */
export abstract class Shutdown {
  abstract readonly isUnderWay: boolean;
}

// ── Storage ──────────────────────────────────────────────────────────────────────────────────────

/** Of a request that has an Idempotency-Key. */
export interface UsedKey {
  readonly key: string;
  readonly hash: string;
}

export interface NewMigration {
  readonly migration: Migration;
  readonly entry: HistoryEntry;
  /** `hash` is of the body: the same key with another hash is a mistake of the caller. */
  readonly idempotency: UsedKey | null;
}

/** The key was used before with the same body: the record as it was then. */
export interface ReplayedMigration {
  readonly kind: 'replayed';
  readonly migration: Migration;
  readonly entry: HistoryEntry;
}

export type AcceptOutcome =
  | { readonly kind: 'accepted' }
  | ReplayedMigration
  | { readonly kind: 'key_reused' }
  | { readonly kind: 'duplicate'; readonly migrationId: string }
  | { readonly kind: 'credential_gone' };

export type ApplyOutcome =
  | { readonly kind: 'applied'; readonly migration: Migration }
  /** Somebody else wrote first, or the fence is old: read again and decide anew. */
  | { readonly kind: 'stale' }
  /** An instance is held by another migration. */
  | { readonly kind: 'occupied'; readonly instanceId: string; readonly by: string }
  /** The ImportId belongs to another migration. */
  | { readonly kind: 'import_bound'; readonly by: string }
  /** Its batch lets nothing start: the gate is not open, or the cap is reached. */
  | { readonly kind: 'gated'; readonly gate: Gate | 'full' }
  /** Wanted again, but the same is under way already. */
  | { readonly kind: 'duplicate'; readonly migrationId: string }
  /** Wanted again, but its credential was deleted. */
  | { readonly kind: 'credential_gone' }
  /** Redis lost writes: nothing may be sent until then. */
  | { readonly kind: 'quarantined'; readonly until: number };

/** Which records a list shows; all conditions hold at once. Times are milliseconds since the epoch. */
export interface MigrationQuery {
  readonly tenant: string;
  readonly statuses: readonly MigrationStatus[];
  readonly instanceId: string | null;
  readonly batchId: string | null;
  readonly label: { readonly key: string; readonly value: string } | null;
  readonly createdAfter: number | null;
  readonly createdBefore: number | null;
  readonly limit: number;
  /** Id of the last one already seen. */
  readonly afterId: string | null;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Id to go on after; null at the end. */
  readonly nextAfterId: string | null;
}

/** Where a migration stands in line. */
export interface Place extends Pick<Waiter, 'id' | 'sourceInstanceId' | 'targetInstanceId'> {
  /** False while it waits for others of its batch: then it is in no row. */
  readonly isReady: boolean;
}

/** What stands in the index of what is due. */
export interface DueRecord {
  /** Of a migration or of a batch. */
  readonly id: string;
  readonly atMs: number;
  /** Null for a batch. */
  readonly status: MigrationStatus | null;
  readonly version: string;
}

/** So many of those that are due at this time have been read. */
export interface DueCursor {
  readonly atMs: number;
  readonly read: number;
}

export interface DuePage {
  readonly items: readonly DueRecord[];
  /** Where to go on; null at the end. */
  readonly next: DueCursor | null;
}

export abstract class MigrationStore {
  /** All or nothing: the record, its indexes, its first history entry, event and wake-up. */
  abstract accept(fresh: NewMigration): Promise<AcceptOutcome>;
  /** What was accepted under this key with this hash, whatever is gone since; null for nothing. */
  abstract acceptedAs(tenant: string, used: UsedKey): Promise<ReplayedMigration | null>;
  /**
   * Compare-and-set on (status, version, fence): the record, its indexes, history, event, instances
   * and wake-up, or nothing. Leaving `queued` for a state that holds instances takes both or neither;
   * reaching one that holds none gives them back and wakes who waits for them. An end wakes those that
   * depend on it when it is the last success they wait for, or no success; and its batch where that has
   * something to decide.
   */
  abstract apply(step: Step): Promise<ApplyOutcome>;
  abstract find(id: string): Promise<Migration | null>;
  /** Those that exist, in the order asked for. */
  abstract findAll(ids: readonly string[]): Promise<readonly Migration[]>;
  /** Of those that exist; far cheaper than the records. */
  abstract statuses(ids: readonly string[]): Promise<ReadonlyMap<string, MigrationStatus>>;
  abstract history(id: string): Promise<readonly HistoryEntry[]>;
  /** Ids of those that could not be wanted again now: the same is under way, or the credential is gone. */
  abstract retryRefusals(ended: readonly Migration[]): Promise<ReadonlySet<string>>;
  abstract idByImport(tenant: string, importId: string): Promise<string | null>;
  /** Which of these imports of an instance belong to a migration, and to which. */
  abstract owners(
    instanceId: string,
    importIds: readonly string[],
  ): Promise<ReadonlyMap<string, string>>;
  abstract list(query: MigrationQuery): Promise<Page<Migration>>;
  /** Those whose `wakeAt` is at or before the time, oldest first; `from` of the page before. */
  abstract dueBefore(timeMs: number, limit: number, from?: DueCursor | null): Promise<DuePage>;
  /** Those that wait in `queued`, oldest first, from this place in the row on. */
  abstract queued(from: number, limit: number): Promise<readonly Place[]>;
}

export interface Holder {
  readonly migrationId: string;
  readonly fence: number;
}

/** Who holds which instance, and who waits for it. Taken and given back only by `MigrationStore.apply`. */
export abstract class InstanceLeases {
  abstract holders(instanceIds: readonly string[]): Promise<ReadonlyMap<string, Holder>>;
  abstract waitersOn(instanceIds: readonly string[]): Promise<readonly Waiter[]>;
  abstract waitersOfBatch(batchId: string): Promise<readonly Waiter[]>;
  /** Size in bytes of a source's data when it was last checked, where it was. */
  abstract dataSizes(instanceIds: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** Instances that somebody waits for, in no order; some may come twice. `cursor` of the page before. */
  abstract waitedFor(
    cursor: string | null,
    limit: number,
  ): Promise<{ readonly instanceIds: readonly string[]; readonly next: string | null }>;
  /** Of each instance about as many of those that wait for it, or all. */
  abstract someWaitersOn(
    instanceIds: readonly string[],
    most: number,
  ): Promise<readonly { readonly waiters: readonly Waiter[]; readonly areAll: boolean }[]>;
  /** What waits on each of the instances. */
  abstract work(instanceIds: readonly string[]): Promise<ReadonlyMap<string, WaitingWork>>;
}

/** Durations of imports that succeeded. */
export abstract class DurationHistory {
  /** The newest of the engine. */
  abstract samples(engine: Engine): Promise<readonly DurationSample[]>;
}

export interface Rollback {
  /** How many rollbacks were seen so far; 0 for none. */
  readonly epoch: number;
  readonly noticedAt: number;
  /** Nothing is sent before. */
  readonly quarantineUntil: number;
}

/** Whether what was written will still be there. */
export abstract class Durability {
  /** True once every write made before on this connection survives the loss of power. */
  abstract confirm(): Promise<boolean>;
  /** The latest one noticed by anybody. */
  abstract rollback(): Promise<Rollback>;
}

/** One wake-up: look at this record, of a migration, (`schedule`) of a batch or (`deliver`) of a webhook. */
export interface Wake {
  readonly to: 'schedule' | 'submit' | 'track' | 'deliver';
  readonly migrationId: string;
  /** Version of the record that asked for it, or `sweep`: tells one wake-up from the next. */
  readonly version: string;
  /** Milliseconds since the epoch; in the past means at once. */
  readonly atMs: number;
}

/** Wake-ups written together with the records that need them, until they have been passed on. */
export abstract class Outbox {
  /** Called when a write of this process has put something in: what, or null where that is not known. */
  abstract onAppend(listener: (wakes: readonly Wake[] | null) => void): void;
  abstract pending(limit: number): Promise<readonly Wake[]>;
  abstract passedOn(wakes: readonly Wake[]): Promise<void>;
}

/** Held by the one process that sweeps. It expires unless it is renewed, so that another takes over. */
export abstract class SweepLease {
  /** Takes or renews it. False: another process has it. */
  abstract hold(): Promise<boolean>;
  /** Gives it back where this process has it. */
  abstract release(): Promise<void>;
}

/** Makes the wake-ups that a sweep finds missing. */
export abstract class Wakes {
  abstract wake(wakes: readonly Wake[]): Promise<void>;
}

// ── Settings ─────────────────────────────────────────────────────────────────────────────────────

/** What an operator decides and the stories need to know. */
export abstract class Settings {
  abstract readonly upstreamTimeoutMs: number;
  abstract readonly trackIntervalMs: number;
  abstract readonly outcomeGraceMs: number;
  abstract readonly unknownPolicy: 'operator' | 'resubmit';
  abstract readonly submissionFenceMs: number;
  /** How long upstream accepts a signed call. */
  abstract readonly signatureLifetimeMs: number;
  abstract readonly maxImportHours: number;
  /** What ended longer ago is dropped. */
  abstract readonly retentionDays: number;
  /** Older entries of the audit log are dropped. */
  abstract readonly auditRetentionDays: number;
}

// ── Health ───────────────────────────────────────────────────────────────────────────────────────

export interface PartHealth {
  readonly ok: boolean;
  readonly detail: string;
}

export abstract class HealthProbes {
  /** Each part this process needs, by name. Never throws and never takes longer than two seconds. */
  abstract all(): Promise<Readonly<Record<string, PartHealth>>>;
}
