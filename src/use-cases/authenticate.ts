/**
 * Tells whose API key a request carries, and whether there is room for the request.
 *
 * Whether the key is valid is decided first: many callers may share one source (an office, a cluster, a
 * proxy), and a valid key is never refused because of others' failures. That costs one small read for a
 * text that has the form of a key, and nothing for any other. Failures are counted by source; who fails
 * too often is told to wait, and costs no more than that read.
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
    const caller = await this.keys.callerOf(key);
    if (caller !== null) {
      return { kind: 'known', caller, allowance: await this.limits.ofKey(caller.keyId) };
    }
    const failures = await this.limits.failed(source);
    return failures.isExceeded
      ? { kind: 'too_many_failures', retryAfterMs: failures.resetMs }
      : { kind: 'unknown' };
  }
}
