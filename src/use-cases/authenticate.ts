/**
 * Tells whose API key a request carries, and whether there is room for the request.
 *
 * Who fails too often from one source is turned away before the next key is looked up. The room of a
 * source is not that of one caller (an office, a cluster, a proxy), so a key that this process has seen
 * valid is looked up all the same: it is no guess, and a stranger next door cannot lock its owner out.
 * Whether it is valid still is decided by the look, never by the memory of an earlier one.
 *
 * A request without any key tries nothing: it is not counted, and costs no call.
 */
import { Injectable } from '@nestjs/common';
import type { Caller } from '../domain/access.js';
import { ApiKeys, RateLimits, type Allowance } from './ports-access.js';

export type Admission =
  /** `allowance.isExceeded`: it is known who calls, and there is no room for it. */
  | { readonly kind: 'known'; readonly caller: Caller; readonly allowance: Allowance }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'too_many_failures'; readonly retryAfterMs: number };

@Injectable()
export class Authenticate {
  constructor(
    private readonly keys: ApiKeys,
    private readonly limits: RateLimits,
  ) {}

  /** May who was let in once go on? Of long answers, which outlast a revocation; not counted as a request. */
  async isStillValid(key: string): Promise<boolean> {
    return (await this.keys.callerOf(key)) !== null;
  }

  /** `key` null: the request has none. `source` is where it comes from. */
  async admit(key: string | null, source: string): Promise<Admission> {
    if (key === null) return { kind: 'unknown' };
    if (!this.keys.isFamiliar(key)) {
      const failures = await this.limits.failures(source);
      if (failures.isExceeded) return turnedAway(failures);
    }
    const caller = await this.keys.callerOf(key);
    if (caller !== null) {
      return { kind: 'known', caller, allowance: await this.limits.ofKey(caller.keyId) };
    }
    // Of many at the same time all may have been looked up; no more than the limit are answered as such.
    const failures = await this.limits.failed(source);
    return failures.isExceeded ? turnedAway(failures) : { kind: 'unknown' };
  }
}

const turnedAway = ({ resetMs }: Allowance): Admission => ({
  kind: 'too_many_failures',
  retryAfterMs: resetMs,
});
