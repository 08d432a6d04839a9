// API keys as they are on record: what a key may do, for how long, and when it is no key any more. Never its secret.
import type { Caller, Scope } from './access.js';

export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly tenant: string;
  readonly scopes: readonly Scope[];
  readonly instancePatterns: readonly string[] | null;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
  readonly lastUsedAt: number | null;
}

/** Also a part of storage keys: no separator of theirs is in it. */
export const TENANT = /^[a-z0-9][a-z0-9-]{0,62}$/;

export const MAX_INSTANCE_PATTERNS = 100;
/** What an instance id may be made of, and `*`. */
export const INSTANCE_PATTERN = /^[a-z*][a-z0-9*-]{0,63}$/i;

/** Longer than any key should live; a time further off is a slip of the pen. */
export const MAX_KEY_LIFE_MS = 10 * 366 * 24 * 60 * 60_000;

/** The time of last use is for finding keys that nobody needs: a minute is exact enough, and spares writes. */
export const LAST_USE_STEP_MS = 60_000;

/** Null for a key that was revoked or has expired. */
export function callerOf(key: ApiKey, nowMs: number): Caller | null {
  const { id, tenant, scopes, instancePatterns, expiresAt, revokedAt } = key;
  if (revokedAt !== null || (expiresAt !== null && expiresAt <= nowMs)) return null;
  return { keyId: id, tenant, scopes, instancePatterns };
}
