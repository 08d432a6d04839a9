// Everything this service asks of the outside, on one page. A port is an abstract class: type and injection token in one.
import type { Caller } from '../domain/access.js';
import type { DatabasePair, Engine } from '../domain/db-info.js';
import type { HistoryEntry, Migration, MigrationStatus, Step } from '../domain/migration.js';
import type { DatabaseFacts, InstanceFacts, UsageFacts } from '../domain/preflight.js';
import type { Waiter } from '../domain/scheduling.js';

/** Milliseconds since the epoch. */
export abstract class Clock {
  abstract now(): number;
}

export abstract class Ids {
  /** `prefix_` and 26 characters that sort by `atMs`, then at random. */
  abstract make(prefix: 'mig' | 'cred' | 'evt', atMs: number): string;
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

export interface NewMigration {
  readonly migration: Migration;
  readonly entry: HistoryEntry;
  /** `hash` is of the body: the same key with another hash is a mistake of the caller. */
  readonly idempotency: { readonly key: string; readonly hash: string } | null;
}

export type AcceptOutcome =
  | { readonly kind: 'accepted' }
  /** The key was used before with the same body: the record as it was then. */
  | { readonly kind: 'replayed'; readonly migration: Migration; readonly entry: HistoryEntry }
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

export abstract class MigrationStore {
  /** All or nothing: the record, its indexes, its first history entry, event and wake-up. */
  abstract accept(fresh: NewMigration): Promise<AcceptOutcome>;
  /**
   * Compare-and-set on (status, version, fence): the record, its indexes, history, event, instances
   * and wake-up, or nothing. Leaving `queued` for a state that holds instances takes both or neither;
   * reaching one that holds none gives them back and wakes who waits for them.
   */
  abstract apply(step: Step): Promise<ApplyOutcome>;
  abstract find(id: string): Promise<Migration | null>;
  abstract history(id: string): Promise<readonly HistoryEntry[]>;
  abstract idByImport(tenant: string, importId: string): Promise<string | null>;
  /** Which of these imports of an instance belong to a migration, and to which. */
  abstract owners(
    instanceId: string,
    importIds: readonly string[],
  ): Promise<ReadonlyMap<string, string>>;
  abstract list(query: MigrationQuery): Promise<Page<Migration>>;
  /** Ids whose `wakeAt` is at or before the time, oldest first. */
  abstract dueBefore(timeMs: number, limit: number): Promise<readonly string[]>;
  /** All that wait in `queued`, oldest first. */
  abstract queued(limit: number): Promise<readonly string[]>;
}

export interface Holder {
  readonly migrationId: string;
  readonly fence: number;
}

/** Who holds which instance, and who waits for it. Taken and given back only by `MigrationStore.apply`. */
export abstract class InstanceLeases {
  abstract holders(instanceIds: readonly string[]): Promise<ReadonlyMap<string, Holder>>;
  abstract waitersOn(instanceIds: readonly string[]): Promise<readonly Waiter[]>;
  abstract waitingCounts(instanceIds: readonly string[]): Promise<ReadonlyMap<string, number>>;
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

/** One wake-up: look at this record. */
export interface Wake {
  readonly to: 'schedule' | 'submit' | 'track';
  readonly migrationId: string;
  /** Version of the record that asked for it, or `sweep`: tells one wake-up from the next. */
  readonly version: string;
  /** Milliseconds since the epoch; in the past means at once. */
  readonly atMs: number;
}

/** Wake-ups written together with the records that need them, until they have been passed on. */
export abstract class Outbox {
  /** Called, in this process, when a write has put something in. */
  abstract onAppend(listener: () => void): void;
  abstract pending(limit: number): Promise<readonly Wake[]>;
  abstract passedOn(wakes: readonly Wake[]): Promise<void>;
}

/** Makes the wake-ups that a sweep finds missing. */
export abstract class Wakes {
  abstract wake(wakes: readonly Wake[]): Promise<void>;
}

// ── Credentials ──────────────────────────────────────────────────────────────────────────────────

export type CredentialType = 'access_key' | 'sts';

/** A text that must not be seen: every way to print it says `[sealed]`. */
export class Secret {
  readonly #text: string;
  constructor(text: string) {
    this.#text = text;
  }
  /** The only way in. */
  open(): string {
    return this.#text;
  }
  toString(): string {
    return '[sealed]';
  }
  toJSON(): string {
    return '[sealed]';
  }
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[sealed]';
  }
}

export interface CredentialSecrets {
  readonly accessKeyId: Secret;
  readonly accessKeySecret: Secret;
  readonly securityToken: Secret | null;
}

export interface Credential {
  readonly id: string;
  readonly tenant: string;
  readonly name: string;
  readonly type: CredentialType;
  readonly regionId: string;
  /** First and last four characters of the AccessKeyId. */
  readonly maskedKeyId: string;
  /** Ciphertexts; what is in them only the vault knows. */
  readonly sealed: string;
  /** Id of the master key that wraps the data key. */
  readonly keyVersion: string;
  readonly version: number;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly lastUsedAt: number | null;
  readonly lastVerifiedAt: number | null;
}

export abstract class CredentialVault {
  /** AES-256-GCM under a data key of this credential, bound to tenant and id. */
  abstract seal(
    owner: { readonly tenant: string; readonly id: string },
    secrets: CredentialSecrets,
  ): { readonly sealed: string; readonly keyVersion: string };
  /** Throws when the text was changed, moved to another credential, or its master key is missing. */
  abstract open(
    credential: Pick<Credential, 'tenant' | 'id' | 'sealed' | 'keyVersion'>,
  ): CredentialSecrets;
}

export abstract class CredentialStore {
  /** `replayed` when the idempotency key was used before with the same body: the credential as it was then. */
  abstract create(
    credential: Credential,
    idempotency: { readonly key: string; readonly hash: string } | null,
  ): Promise<
    | { readonly kind: 'created' }
    | { readonly kind: 'replayed'; readonly credential: Credential }
    | { readonly kind: 'key_reused' }
  >;
  abstract find(tenant: string, id: string): Promise<Credential | null>;
  abstract list(
    tenant: string,
    page: { readonly limit: number; readonly afterId: string | null },
  ): Promise<Page<Credential>>;
  /** Compare-and-set on `version`. */
  abstract replace(credential: Credential): Promise<'replaced' | 'stale' | 'gone'>;
  abstract remove(tenant: string, id: string): Promise<'removed' | 'in_use' | 'gone'>;
  abstract touch(tenant: string, id: string, usedAtMs: number): Promise<void>;
}

// ── Upstream ─────────────────────────────────────────────────────────────────────────────────────

/** What upstream's refusal means to us. Classified by its `Code`, never by the HTTP status. */
export type FaultClass =
  | 'throttled'
  | 'busy'
  | 'not_found'
  | 'auth'
  | 'gone'
  | 'rejected'
  /** The answer does not tell whether anything was done; for a read it is worth another try. */
  | 'unclear';

export interface UpstreamFault {
  readonly class: FaultClass;
  /** Upstream's own code, or a word of ours in lower case when there was none (`timeout`, `not_json`, …). */
  readonly code: string;
  readonly message: string;
  readonly requestId: string | null;
  readonly retryAfterMs: number | null;
}

export type Read<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly fault: UpstreamFault };

/** One import as the target's listing shows it, its rows folded by ImportId. */
export interface ImportRecord {
  readonly importId: string;
  /** Upstream's words, one for each row. */
  readonly words: readonly string[];
  /** Empty where upstream does not tell (MySQL). */
  readonly databases: readonly string[];
}

export interface SubmissionCommand {
  readonly migrationId: string;
  readonly attempt: number;
  readonly sourceInstanceId: string;
  readonly targetInstanceId: string;
  readonly engine: Engine;
  readonly databases: readonly DatabasePair[];
  /** Becomes the request's timestamp (whole seconds). */
  readonly atMs: number;
}

/** A request signed once. Its bytes stay inside; only what the intent records can be seen. */
export interface SignedSubmission {
  readonly nonce: string;
  readonly requestHash: string;
}

export type SubmissionOutcome =
  /** No byte of the request was written. */
  | { readonly kind: 'not_sent'; readonly message: string }
  | { readonly kind: 'accepted'; readonly importId: string; readonly requestId: string | null }
  /** A definite refusal: nothing was started. */
  | { readonly kind: 'refused'; readonly fault: UpstreamFault }
  /** Anything else: it may have been started. */
  | {
      readonly kind: 'unknown';
      readonly code: string;
      readonly message: string;
      readonly requestId: string | null;
    };

/** Calls upstream with one credential, at the pace it was granted. */
export interface UpstreamSession {
  /** Null when upstream does not know it for this account. */
  instance(instanceId: string): Promise<Read<InstanceFacts | null>>;
  databases(instanceId: string): Promise<Read<readonly DatabaseFacts[]>>;
  usage(instanceId: string): Promise<Read<UsageFacts>>;
  /** All imports of the instance that began in the window, every page of the listing. */
  imports(
    engine: Engine,
    instanceId: string,
    window: { readonly fromMs: number; readonly toMs: number },
    importId?: string,
  ): Promise<Read<readonly ImportRecord[]>>;
  sign(command: SubmissionCommand): SignedSubmission;
  /** Sends what `sign` gave, once. A second call with the same object is `not_sent`. */
  send(signed: SignedSubmission): Promise<SubmissionOutcome>;
}

export type SessionOutcome =
  | { readonly kind: 'open'; readonly session: UpstreamSession }
  /** The quota has no room for so many calls yet. */
  | { readonly kind: 'wait'; readonly untilMs: number }
  /** The credential is gone or cannot be opened. */
  | { readonly kind: 'no_credential'; readonly message: string };

export abstract class Upstream {
  /** Reserves `calls` evenly paced calls of the credential's quota for the region. */
  abstract open(
    who: { readonly tenant: string; readonly credentialId: string; readonly regionId: string },
    calls: number,
  ): Promise<SessionOutcome>;
}

// ── Settings ─────────────────────────────────────────────────────────────────────────────────────

/** What an operator decides and the stories need to know. */
export abstract class Settings {
  abstract readonly upstreamTimeoutMs: number;
  abstract readonly trackIntervalMs: number;
  abstract readonly outcomeGraceMs: number;
  abstract readonly unknownPolicy: 'operator' | 'resubmit';
  abstract readonly submissionFenceMs: number;
  abstract readonly maxImportHours: number;
}

// ── Access and health ────────────────────────────────────────────────────────────────────────────

export abstract class ApiKeys {
  /** Compares in constant time. Null for a key that is not valid now. */
  abstract callerOf(key: string): Promise<Caller | null>;
}

export interface PartHealth {
  readonly ok: boolean;
  readonly detail: string;
}

export abstract class HealthProbes {
  /** Each part this process needs, by name. Never throws and never takes longer than two seconds. */
  abstract all(): Promise<Readonly<Record<string, PartHealth>>>;
}
