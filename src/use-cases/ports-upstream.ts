// What this service asks of upstream: facts, listings, and one submission whose outcome is a value.
import type { DatabasePair, Engine } from '../domain/db-info.js';
import type { DatabaseFacts, InstanceFacts, UsageFacts } from '../domain/preflight.js';

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

/** It says something about this call alone: it may go better at the next try, and nobody need mend anything. */
export const isPassing = ({ class: kind }: Pick<UpstreamFault, 'class'>): boolean =>
  kind === 'throttled' || kind === 'busy' || kind === 'unclear';

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
  /**
   * Asks for the end of an import. Upstream only takes the wish: the listing shows when it is canceled.
   * Repeating it is harmless; one that has ended, or is being canceled already, is `rejected`.
   */
  cancel(targetInstanceId: string, importId: string): Promise<Read<true>>;
  /** One harmless call: does upstream take this key in this region? */
  verify(regionId: string): Promise<Read<true>>;
  sign(command: SubmissionCommand): SignedSubmission;
  /** Sends what `sign` gave, once. A second call with the same object is `not_sent`. */
  send(signed: SignedSubmission): Promise<SubmissionOutcome>;
}

export type SessionOutcome =
  | { readonly kind: 'open'; readonly session: UpstreamSession }
  /** The quota has no room for so many calls yet; `why` where it is something else. */
  | { readonly kind: 'wait'; readonly untilMs: number; readonly why?: string }
  /** The credential is gone or cannot be opened; `mayReturn`: an operator can mend that, as with a missing master key. */
  | {
      readonly kind: 'no_credential';
      readonly message: string;
      readonly mayReturn?: true;
      /** Where upstream refuses to give its role a session. */
      readonly fault?: UpstreamFault;
    };

export interface Account {
  /** Whose calls they are: who comes back with the same id keeps its place in line for the quota. */
  readonly id?: string;
  readonly tenant: string;
  readonly credentialId: string;
  readonly regionId: string;
}

/** What a call is for: the first in this list goes first when the quota is short. */
export const URGENCIES = ['submission', 'tracking', 'background'] as const;
export type Urgency = (typeof URGENCIES)[number];

/** Which instances of an account showed a status, and when the listing that says so began. */
export interface Survey {
  readonly instanceIds: ReadonlySet<string>;
  readonly atMs: number;
}

export abstract class Upstream {
  /** Reserves `calls` evenly paced calls of the credential's quota for the region. */
  abstract open(who: Account, calls: number, urgency: Urgency): Promise<SessionOutcome>;
  /**
   * The instances of the account and region that show this status, by one listing that all processes
   * share while it is at most `maxAgeMs` old. Null: it cannot be had now; look one by one.
   */
  abstract survey(who: Account, status: string, maxAgeMs: number): Promise<Survey | null>;
}
