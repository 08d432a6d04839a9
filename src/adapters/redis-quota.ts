// Upstream calls are paced evenly over all processes: no sliding second holds more than the quota, nobody starves.
import type { Clock } from '../use-cases/ports.js';
import { URGENCIES, type Urgency } from '../use-cases/ports-upstream.js';
import type { RedisClient } from './redis-connection.js';
import { RedisKeys } from './redis-keys.js';
import { RedisScript } from './redis-script.js';

/** Who asks for slots, and how urgently. */
export interface Taker {
  readonly scope: string;
  readonly urgency: Urgency;
  /** The same whenever it comes back, in whatever process: it keeps the place of a taker that was refused. */
  readonly id: string;
}

export type CallGrant =
  /** Slot i begins `i * spacingMs` after `startsAtMs`; a slot not used within `MAX_SLOT_LATENESS_MS` is void. */
  | { readonly granted: true; readonly startsAtMs: number; readonly spacingMs: number }
  /** The taker's own time to ask again; no other taker is given the same. */
  | { readonly granted: false; readonly retryAtMs: number };

export abstract class CallQuota {
  /**
   * `calls` slots in a row, the first of which begins within `aheadMs` (as good as at once, unless told),
   * or the time at which to ask again, within about a minute. Times are milliseconds since the epoch,
   * by our own clock.
   */
  abstract take(taker: Taker, calls: number, aheadMs?: number): Promise<CallGrant>;
  /** Upstream throttled all the same: halves the rate of the scope; it grows back within a minute. */
  abstract slowDown(scope: string): Promise<void>;
}

/** A call may leave this much after its slot began. */
export const MAX_SLOT_LATENESS_MS = 50;

/** How long Redis's answer and the way to upstream may take on top of that, and vary. */
const TRAVEL_MS = 50;

/** Who was refused is to come back this long before its slot: what queue and Redis take must not leave it empty. */
const EARLY_MS = 50;

/**
 * First slot of a grant at the latest: who must wait longer gives its worker back and asks again. Who
 * comes back early, or while those before it are as late as that, is still within it.
 */
const AT_ONCE_MS = 2 * EARLY_MS;

/** From nothing to the full rate; a halved rate is whole again after half of it. */
const RATE_GROWTH_MS = 60_000;

/** Which quotas are in use is for people: noted this often, and forgotten when it is long ago. */
const NOTED_EVERY_MS = 60_000;
const FORGOTTEN_AFTER_MS = 3_600_000;

const TAKE_CALLS = new RedisScript(new URL('./take-calls.lua', import.meta.url));

export class RedisCallQuota extends CallQuota {
  private readonly spacingMicros: number;
  private readonly notedAt = new Map<string, number>();

  constructor(
    private readonly redis: RedisClient,
    private readonly clock: Clock,
    private readonly options: { readonly keyPrefix: string; readonly callsPerSecond: number },
  ) {
    super();
    this.spacingMicros = spacingMicrosFor(options.callsPerSecond);
  }

  override async take(taker: Taker, calls: number, aheadMs = AT_ONCE_MS): Promise<CallGrant> {
    const { scope, urgency, id } = taker;
    const rank = URGENCIES.indexOf(urgency) + 1;
    const reply = await this.run(
      scope,
      [calls, this.spacingMicros, aheadMs * 1_000, '0'],
      [rank, id],
    );
    const [granted, waitMicros, spacingMicros] = reply;
    // Our clock only measures from the answer on: a process whose clock is off still keeps the pace.
    const atMs = this.clock.now() + waitMicros / 1_000;
    if (granted !== 1) return { granted: false, retryAtMs: Math.ceil(atMs) };
    return { granted: true, startsAtMs: atMs, spacingMs: spacingMicros / 1_000 };
  }

  override async slowDown(scope: string): Promise<void> {
    await this.run(scope, [0, this.spacingMicros, 0, '1'], [1, '']);
  }

  private async run(
    scope: string,
    wish: readonly (string | number)[],
    who: readonly (string | number)[],
  ): Promise<readonly [number, number, number]> {
    const args = [...wish, RATE_GROWTH_MS * 1_000, ...who, EARLY_MS * 1_000];
    const keys = quotaKeys(this.options.keyPrefix, scope);
    this.noteUse(scope);
    return (await TAKE_CALLS.run(this.redis, keys, args)) as readonly [number, number, number];
  }

  /** Beside the call, which does not wait for it; one that fails is made up for by the next. */
  private noteUse(scope: string): void {
    const now = this.clock.now();
    if (now - (this.notedAt.get(scope) ?? -Infinity) < NOTED_EVERY_MS) return;
    this.notedAt.set(scope, now);
    const key = new RedisKeys(this.options.keyPrefix).quotaScopes();
    void Promise.allSettled([
      this.redis.zadd(key, now, scope),
      this.redis.zremrangebyscore(key, '-inf', now - FORGOTTEN_AFTER_MS),
    ]);
  }
}

/** As take-calls.lua has it: the part of the full rate at this time, from what it was and since when. */
export function rateNow(rate: string | null, atMicros: string | null, nowMs: number): number {
  if (rate === null) return 1;
  const grown = Math.max(0, nowMs - Number(atMicros ?? 0) / 1_000) / RATE_GROWTH_MS;
  return Math.min(1, Number(rate) + grown);
}

/** The pace, then who waits by place and by time, the most urgent first. */
export function quotaKeys(prefix: string, scope: string): string[] {
  const key = `${prefix}:quota:${scope}`;
  const lines = ['places', 'times'].flatMap((by) => URGENCIES.map((u) => `${key}:${by}:${u}`));
  return [key, ...lines];
}

/**
 * The quota's calls and one more take a second and all the lateness there may be: even when the first
 * of them arrives late and the last on time, no second holds both. Costs a tenth of the quota.
 */
export function spacingMicrosFor(callsPerSecond: number): number {
  return Math.ceil(((1_000 + MAX_SLOT_LATENESS_MS + TRAVEL_MS) * 1_000) / callsPerSecond);
}
