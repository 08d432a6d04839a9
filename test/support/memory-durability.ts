// The in-memory twin of RedisDurability: one for each process, each remembers the highest intent it has seen.
import { Durability, type Clock, type Rollback } from '../../src/use-cases/ports.js';
import type { MemoryRedis } from './memory-redis.js';

export class MemoryDurability extends Durability {
  private highestIntent = 0;
  private known: Rollback = { epoch: 0, noticedAt: 0, quarantineUntil: 0 };

  constructor(
    private readonly redis: MemoryRedis,
    private readonly clock: Clock,
    private readonly fenceMs: number,
  ) {
    super();
  }

  override async confirm(): Promise<boolean> {
    this.watch();
    return this.known.quarantineUntil <= this.clock.now();
  }

  override async rollback(): Promise<Rollback> {
    this.watch();
    return this.known;
  }

  get floor(): number {
    return this.highestIntent;
  }

  sawIntent(intent: number, floor: number): void {
    this.highestIntent = Math.max(this.highestIntent, intent);
    if (intent <= floor) this.notice();
  }

  watch(): void {
    const { counters, rollback } = this.redis;
    if (counters.intents < this.highestIntent || rollback.epoch < this.known.epoch) this.notice();
    this.highestIntent = Math.max(this.highestIntent, counters.intents);
    const { epoch, noticedAt, until } = this.redis.rollback;
    this.known = { epoch, noticedAt, quarantineUntil: until };
  }

  /** As note-rollback.lua. */
  private notice(): void {
    const { redis } = this;
    const now = this.clock.now();
    redis.rollback = {
      epoch: Math.max(redis.rollback.epoch, this.known.epoch) + 1,
      noticedAt: now,
      until: Math.max(redis.rollback.until, now + this.fenceMs),
    };
    const intents = Math.max(redis.counters.intents, this.highestIntent);
    redis.counters = { ...redis.counters, intents };
    const { epoch, noticedAt, until } = redis.rollback;
    this.known = { epoch, noticedAt, quarantineUntil: until };
  }
}
