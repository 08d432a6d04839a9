// The durations of finished imports: the step that ends one writes them, here they are read.
import type { Engine } from '../domain/db-info.js';
import type { DurationSample } from '../domain/estimate.js';
import { DurationHistory } from '../use-cases/ports.js';
import { readSample } from './migration-record.js';
import type { RedisClient } from './redis-connection.js';
import type { RedisKeys } from './redis-keys.js';

export class RedisDurationHistory extends DurationHistory {
  constructor(
    private readonly redis: RedisClient,
    private readonly keys: RedisKeys,
  ) {
    super();
  }

  override async samples(engine: Engine): Promise<readonly DurationSample[]> {
    return (await this.redis.lrange(this.keys.samples(engine), 0, -1)).map(readSample);
  }
}
