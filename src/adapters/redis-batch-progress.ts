// How far batches have come: marked by the scripts that change their counts, told by one script of its own.
import { PROGRESS_APART_MS } from '../domain/policy.js';
import { BatchProgress } from '../use-cases/ports-events.js';
import type { RedisClient } from './redis-connection.js';
import type { RedisKeys } from './redis-keys.js';
import { RedisScript } from './redis-script.js';

const TELL = new RedisScript(new URL('./tell-progress.lua', import.meta.url));

export class RedisBatchProgress extends BatchProgress {
  constructor(
    private readonly redis: RedisClient,
    private readonly keys: RedisKeys,
  ) {
    super();
  }

  /** Any of them: with more than are asked for all have their turn. */
  override async changed(limit: number): Promise<readonly string[]> {
    return this.redis.srandmember(this.keys.changedBatches(), limit);
  }

  override async tell(batchId: string): Promise<boolean> {
    const { keys } = this;
    const names = [keys.batch(batchId), keys.changedBatches(), keys.events()];
    const args = [batchId, PROGRESS_APART_MS];
    return (await TELL.run(this.redis, names, args)) === 1;
  }
}
