// The turns of one session: every call leaves in a slot of its own that the quota granted, never in an old one.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../use-cases/ports.js';
import { MAX_SLOT_LATENESS_MS, type CallGrant, type CallQuota, type Taker } from './redis-quota.js';

export type Turn =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly code: string;
      readonly message: string;
      readonly retryAfterMs: number | null;
    };

type Granted = Extract<CallGrant, { granted: true }>;

/** A call beyond the reserved ones queues for a slot this far ahead at most. */
const MAX_AHEAD_MS = 5_000;

/** A process that misses this many slots in a row is too busy to keep its pace. */
const MAX_MISSES = 10;

export class Pace {
  private readonly slots: number[];

  constructor(
    private readonly quota: CallQuota,
    private readonly clock: Clock,
    private readonly taker: Taker,
    reserved: { readonly grant: Granted; readonly calls: number } | null,
  ) {
    this.slots = reserved === null ? [] : slotsOf(reserved.grant, reserved.calls);
  }

  /** Resolves when the next call may leave. Redis out of reach is an answer too: the call does not leave. */
  async turn(): Promise<Turn> {
    for (let misses = 0; misses < MAX_MISSES; misses += 1) {
      const slot = this.nextReserved() ?? (await this.anotherSlot());
      if (typeof slot !== 'number') return slot;
      const waitMs = Math.ceil(slot - this.clock.now());
      if (waitMs > 0) await sleep(waitMs);
      if (this.isUsable(slot)) return { ok: true };
    }
    return {
      ok: false,
      code: 'pace_lost',
      message: 'this process is too busy to keep the pace of its calls',
      retryAfterMs: null,
    };
  }

  /** Upstream throttled in spite of the pace. That the quota cannot be told costs pace, not correctness. */
  async slowDown(): Promise<void> {
    await this.quota.slowDown(this.taker.scope).catch(() => {});
  }

  private nextReserved(): number | null {
    for (;;) {
      const slot = this.slots.shift();
      if (slot === undefined) return null;
      if (this.isUsable(slot)) return slot;
    }
  }

  private async anotherSlot(): Promise<number | Turn> {
    try {
      const grant = await this.quota.take(this.taker, 1, MAX_AHEAD_MS);
      if (grant.granted) return grant.startsAtMs;
      const retryAfterMs = Math.max(0, grant.retryAtMs - this.clock.now());
      const message = 'the quota of upstream calls is taken for now';
      return { ok: false, code: 'quota_exhausted', message, retryAfterMs };
    } catch {
      const message = 'the quota of upstream calls cannot be read';
      return { ok: false, code: 'quota_unavailable', message, retryAfterMs: null };
    }
  }

  private isUsable(slot: number): boolean {
    return this.clock.now() <= slot + MAX_SLOT_LATENESS_MS;
  }
}

function slotsOf(grant: Granted, calls: number): number[] {
  return Array.from({ length: calls }, (_, index) => grant.startsAtMs + index * grant.spacingMs);
}
