// What this service asks of the place that keeps API keys and counts requests.
import type { Caller } from '../domain/access.js';
import type { ApiKey } from '../domain/api-key.js';
import type { Page } from './ports.js';
import type { Secret } from './ports-credentials.js';

export abstract class ApiKeys {
  /**
   * Looked up anew each time, so that a revocation holds from the next request on; secrets are compared
   * in constant time, for an id that is on record and for one that is not. Null for a key that is not
   * valid now: found with one read where the text has the form of a key, with none otherwise.
   */
  abstract callerOf(key: string): Promise<Caller | null>;
}

export type NewApiKey = Omit<ApiKey, 'revokedAt' | 'lastUsedAt'>;

export interface KeyIdempotency {
  /** Of the caller, who need not be of the tenant that the key is for. */
  readonly tenant: string;
  readonly key: string;
  readonly hash: string;
}

export type CreateKeyOutcome =
  /** The only time that the key itself is told. */
  | { readonly kind: 'created'; readonly record: ApiKey; readonly key: Secret }
  /** The idempotency key was used before with the same body: the answer of then, the key included. */
  | { readonly kind: 'replayed'; readonly record: ApiKey; readonly key: Secret }
  | { readonly kind: 'key_reused' };

export abstract class ApiKeyStore extends ApiKeys {
  /** Makes the secret, keeps its digest only, and with `idempotency` the answer, sealed, for a day. */
  abstract create(fresh: NewApiKey, idempotency: KeyIdempotency | null): Promise<CreateKeyOutcome>;
  /** Newest first, revoked and expired ones too; `tenant` null: of all tenants. */
  abstract list(
    tenant: string | null,
    page: { readonly limit: number; readonly afterId: string | null },
  ): Promise<Page<ApiKey>>;
  /** Once revoked it stays so, since the first time; `tenant` null: whosever it is. */
  abstract revoke(tenant: string | null, id: string, atMs: number): Promise<'revoked' | 'gone'>;
}

/** What is left of a limit, counted over all processes together. */
export interface Allowance {
  readonly limit: number;
  readonly windowMs: number;
  /** How many more there may be before the window ends. */
  readonly left: number;
  /** Until the window ends. */
  readonly resetMs: number;
  /** This one was too many. */
  readonly isExceeded: boolean;
}

export abstract class RateLimits {
  /** Counts one request of the key. */
  abstract ofKey(keyId: string): Promise<Allowance>;
  /** Counts one failed authentication from the source; beyond the limit without a call. */
  abstract failed(source: string): Promise<Allowance>;
}
