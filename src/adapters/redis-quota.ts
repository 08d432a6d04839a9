// Upstream calls are paced evenly over all processes: no sliding second ever holds more than the quota.
import type { Clock } from '../use-cases/ports.js';
import type { RedisClient } from './redis-connection.js';
import { RedisScript } from './redis-script.js';

export type CallGrant =
  /** Slot i begins `i * spacingMs` after `startsAtMs`; a slot not used within `MAX_SLOT_LATENESS_MS` is void. */
  | { readonly granted: true; readonly startsAtMs: number; readonly spacingMs: number }
  | { readonly granted: false; readonly retryAtMs: number };

export abstract class CallQuota {
  /**
   * `calls` slots in a row, the first of which begins within `aheadMs` (at once, unless told), or the
   * time at which to ask again. Times are milliseconds since the epoch, by our own clock.
   */
  abstract take(scope: string, calls: number, aheadMs?: number): Promise<CallGrant>;
  /** Upstream throttled all the same: halves the rate of the scope; it grows back within a minute. */
  abstract slowDown(scope: string): Promise<void>;
}

/** A call may leave this much after its slot began. */
export const MAX_SLOT_LATENESS_MS = 50;

/** How long Redis's answer and the way to upstream may take on top of that, and vary. */
const TRAVEL_MS = 50;

/** First slot of a grant at the latest: who must wait longer gives its worker back and asks again. */
const AT_ONCE_MS = 50;

/** From nothing to the full rate; a halved rate is whole again after half of it. */
const RATE_GROWTH_MS = 60_000;

const TAKE_CALLS = new RedisScript(new URL('./take-calls.lua', import.meta.url));

export class RedisCallQuota extends CallQuota {
  private readonly spacingMicros: number;

  constructor(
    private readonly redis: RedisClient,
    private readonly clock: Clock,
    private readonly options: { readonly keyPrefix: string; readonly callsPerSecond: number },
  ) {
    super();
    this.spacingMicros = spacingMicrosFor(options.callsPerSecond);
  }

  override async take(scope: string, calls: number, aheadMs = AT_ONCE_MS): Promise<CallGrant> {
    const [granted, waitMicros, spacingMicros] = await this.run(scope, calls, aheadMs, '0');
    // Our clock only measures from the answer on: a process whose clock is off still keeps the pace.
    const atMs = this.clock.now() + waitMicros / 1_000;
    if (granted !== 1) return { granted: false, retryAtMs: Math.ceil(atMs) };
    return { granted: true, startsAtMs: atMs, spacingMs: spacingMicros / 1_000 };
  }

  override async slowDown(scope: string): Promise<void> {
    await this.run(scope, 0, 0, '1');
  }

  private async run(
    scope: string,
    calls: number,
    aheadMs: number,
    throttled: '0' | '1',
  ): Promise<readonly [number, number, number]> {
    const key = `${this.options.keyPrefix}:quota:${scope}`;
    const args = [calls, this.spacingMicros, aheadMs * 1_000, throttled, RATE_GROWTH_MS * 1_000];
    return (await TAKE_CALLS.run(this.redis, [key], args)) as readonly [number, number, number];
  }
}

/**
 * The quota's calls and one more take a second and all the lateness there may be: even when the first
 * of them arrives late and the last on time, no second holds both. Costs a tenth of the quota.
 */
export function spacingMicrosFor(callsPerSecond: number): number {
  return Math.ceil(((1_000 + MAX_SLOT_LATENESS_MS + TRAVEL_MS) * 1_000) / callsPerSecond);
}
