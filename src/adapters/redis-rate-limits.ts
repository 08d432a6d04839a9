// Counts requests of keys and failures of sources in Redis, so that all processes share each limit.
import { RateLimiterRedis, type RateLimiterRes } from 'rate-limiter-flexible';
import { RateLimits, type Allowance } from '../use-cases/ports-access.js';
import type { RedisClient } from './redis-connection.js';
import type { RedisKeys } from './redis-keys.js';

const WINDOW_SECONDS = 60;

/** Enough for a person who mistypes and for a deployment with an old key; a guesser gets nowhere. */
const FAILURES_PER_MINUTE = 30;

/** Sources beyond the limit that a process remembers; those of more are counted in Redis as before. */
const MOST_REMEMBERED = 10_000;

/**
 * Fixed windows from the first request on. The library counts in one script, which is all that is used
 * of it: without its insurance limiter and its blocks in memory, an error of Redis is an error here, so
 * what cannot be counted is not let in.
 */
export class RedisRateLimits extends RateLimits {
  private readonly requests: RateLimiterRedis;
  private readonly attempts: RateLimiterRedis;
  /** Source beyond the limit → when its window ends, so that further failures cost Redis nothing. */
  private readonly exceeded = new Map<string, number>();

  constructor(redis: RedisClient, keys: RedisKeys, perMinute: number) {
    super();
    const limiter = (keyPrefix: string, points: number): RateLimiterRedis =>
      new RateLimiterRedis({ storeClient: redis, keyPrefix, points, duration: WINDOW_SECONDS });
    this.requests = limiter(keys.requestsOf(), perMinute);
    this.attempts = limiter(keys.failuresOf(), FAILURES_PER_MINUTE);
  }

  override async ofKey(keyId: string): Promise<Allowance> {
    return count(this.requests, keyId);
  }

  override async failed(source: string): Promise<Allowance> {
    const remembered = this.rememberedOf(source);
    if (remembered !== null) return remembered;
    const allowance = await count(this.attempts, source);
    if (allowance.isExceeded) this.remember(source, allowance.resetMs);
    return allowance;
  }

  private rememberedOf(source: string): Allowance | null {
    const endsAt = this.exceeded.get(source);
    if (endsAt === undefined) return null;
    const resetMs = endsAt - performance.now();
    if (resetMs > 0) {
      return {
        ...{ limit: this.attempts.points, windowMs: WINDOW_SECONDS * 1_000 },
        ...{ left: 0, resetMs, isExceeded: true },
      };
    }
    this.exceeded.delete(source);
    return null;
  }

  /** The one that was remembered first makes room. */
  private remember(source: string, resetMs: number): void {
    this.exceeded.delete(source);
    this.exceeded.set(source, performance.now() + resetMs);
    const [oldest] = this.exceeded.keys();
    if (this.exceeded.size > MOST_REMEMBERED && oldest !== undefined) this.exceeded.delete(oldest);
  }
}

/** `penalty` counts and never refuses: a limit that is reached is an answer here, not an error. */
async function count(limiter: RateLimiterRedis, name: string): Promise<Allowance> {
  return allowanceOf(limiter.points, await limiter.penalty(name));
}

function allowanceOf(limit: number, seen: RateLimiterRes | null): Allowance {
  const used = seen?.consumedPoints ?? 0;
  const windowMs = WINDOW_SECONDS * 1_000;
  const resetMs = seen === null || seen.msBeforeNext < 0 ? windowMs : seen.msBeforeNext;
  return { limit, windowMs, left: Math.max(0, limit - used), resetMs, isExceeded: used > limit };
}
