// Looks that did not come to an end, in Redis: a hash for each record that has any, which expires by itself.
import { TRIES_KEPT_MS } from '../domain/policy.js';
import type { Clock } from '../use-cases/ports.js';
import { LookTries, type Tries } from '../use-cases/ports-look-tries.js';
import type { RedisClient } from './redis-connection.js';
import type { RedisKeys } from './redis-keys.js';
import { RedisScript } from './redis-script.js';

const countScript = new RedisScript(new URL('./look-try.lua', import.meta.url));

export class RedisLookTries extends LookTries {
  constructor(
    private readonly redis: RedisClient,
    private readonly keys: RedisKeys,
    private readonly clock: Clock,
  ) {
    super();
  }

  override async of(id: string): Promise<Tries | null> {
    const [count, lastAt] = await this.redis.hmget(this.keys.tries(id), 'n', 'at');
    return count == null || Number(count) < 1
      ? null
      : { count: Number(count), lastAt: Number(lastAt ?? 0) };
  }

  override cutOff(id: string): Promise<number> {
    return this.count(id, 'cut-off');
  }

  override begin(id: string): Promise<number> {
    return this.count(id, 'begin');
  }

  override async takeBack(id: string): Promise<void> {
    await this.redis.hincrby(this.keys.tries(id), 'n', -1);
  }

  override async clear(id: string): Promise<void> {
    await this.redis.del(this.keys.tries(id));
  }

  private async count(id: string, how: 'begin' | 'cut-off'): Promise<number> {
    const args = [how, this.clock.now(), TRIES_KEPT_MS];
    return Number(await countScript.run(this.redis, [this.keys.tries(id)], args));
  }
}
