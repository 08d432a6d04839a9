// The quota's script on a real Redis under a clock of the test's own: minutes of takers in a second, the same each run.
import { readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';
import { quotaKeys, spacingMicrosFor } from '../../src/adapters/redis-quota.js';
import { URGENCIES, type Urgency } from '../../src/use-cases/ports-upstream.js';

const SCRIPT = readFileSync(new URL('../../src/adapters/take-calls.lua', import.meta.url), 'utf8');
const CLOCK = "redis.call('TIME')";
const EARLY_MS = 50;
const GROWTH_MS = 60_000;
const START_MS = 1_700_000_000_000;

export interface Visitor {
  readonly id: string;
  readonly urgency: Urgency;
  readonly calls: number;
  /** When it asks first. */
  readonly atMs: number;
  /** How late it is each time it comes back; Infinity: it never does. None unless told. */
  readonly lateMs?: () => number;
}

export interface Visit {
  readonly id: string;
  readonly urgency: Urgency;
  readonly calls: number;
  readonly askedAtMs: number;
  /** When the slots were granted; they may begin a little later. */
  readonly grantedAtMs: number;
  readonly slots: readonly number[];
  readonly asks: number;
}

export type Answer =
  | { readonly granted: true; readonly slots: readonly number[] }
  | { readonly granted: false; readonly retryAtMs: number };

export class QuotaWorld {
  nowMs = 0;
  readonly spacingMs: number;
  private readonly keys: readonly string[];

  constructor(
    private readonly redis: Redis,
    at: { readonly prefix: string; readonly scope: string },
    callsPerSecond: number,
  ) {
    if (!SCRIPT.includes(CLOCK)) throw new Error('the script no longer reads its clock so');
    this.spacingMs = spacingMicrosFor(callsPerSecond) / 1_000;
    this.keys = quotaKeys(at.prefix, at.scope);
  }

  /** Times are milliseconds since the world began. */
  async ask(
    who: Pick<Visitor, 'id' | 'urgency' | 'calls'>,
    aheadMs = 2 * EARLY_MS,
  ): Promise<Answer> {
    const rank = URGENCIES.indexOf(who.urgency) + 1;
    const [granted, waitMs, paceMs] = await this.run(
      [who.calls, this.spacingMs * 1_000, aheadMs * 1_000, '0'],
      [rank, who.id],
    );
    const atMs = this.nowMs + waitMs;
    if (!granted) return { granted: false, retryAtMs: atMs };
    const slots = Array.from({ length: who.calls }, (_, i) => atMs + i * paceMs);
    return { granted: true, slots };
  }

  async slowDown(): Promise<void> {
    await this.run([0, this.spacingMs * 1_000, 0, '1'], [1, '']);
  }

  /** Each comes, and comes back when it was told to, until it has its slots or the time is over. */
  async serve(visitors: readonly Visitor[], untilMs = Infinity): Promise<readonly Visit[]> {
    const due = visitors.map((visitor) => ({ visitor, atMs: visitor.atMs, asks: 1 }));
    const visits: Visit[] = [];
    for (;;) {
      due.sort((a, b) => b.atMs - a.atMs);
      const next = due.pop();
      if (next === undefined || next.atMs > untilMs) return visits;
      this.nowMs = Math.max(this.nowMs, next.atMs);
      const { visitor, asks } = next;
      const answer = await this.ask(visitor);
      if (answer.granted) {
        const { lateMs: _, atMs: askedAtMs, ...who } = visitor;
        visits.push({ ...who, askedAtMs, grantedAtMs: this.nowMs, slots: answer.slots, asks });
      } else {
        const atMs = answer.retryAtMs + (visitor.lateMs?.() ?? 0);
        if (atMs < Infinity) due.push({ visitor, atMs, asks: asks + 1 });
      }
    }
  }

  private async run(
    wish: readonly (string | number)[],
    who: readonly (string | number)[],
  ): Promise<readonly [boolean, number, number]> {
    const script = SCRIPT.replace(CLOCK, '{ ARGV[9], ARGV[10] }');
    const now = START_MS * 1_000 + Math.round(this.nowMs * 1_000);
    const time = [Math.floor(now / 1_000_000), now % 1_000_000];
    const args = [...wish, GROWTH_MS * 1_000, ...who, EARLY_MS * 1_000, ...time];
    const reply = await this.redis.eval(script, this.keys.length, ...this.keys, ...args);
    const [granted = 0, waitMicros = 0, paceMicros = 0] = reply as number[];
    return [granted === 1, waitMicros / 1_000, paceMicros / 1_000];
  }
}

/** From the first slot to the end of the last, over what they take at best. */
export function stretch(visits: readonly Visit[], spacingMs: number): number {
  const slots = visits.flatMap((visit) => visit.slots);
  const tookMs = Math.max(...slots) + spacingMs - Math.min(...slots);
  return tookMs / (slots.length * spacingMs);
}
