// Which process sweeps: a key that expires, with the token of one process.
import { SWEEP_LEASE_MS } from '../domain/policy.js';
import { SweepLease } from '../use-cases/ports.js';
import type { RedisClient } from './redis-connection.js';
import type { RedisKeys } from './redis-keys.js';
import { RedisScript } from './redis-script.js';

const leaseScript = new RedisScript(new URL('./sweep-lease.lua', import.meta.url));

export class RedisSweepLease extends SweepLease {
  constructor(
    private readonly redis: RedisClient,
    private readonly keys: RedisKeys,
    /** Of this process alone. */
    private readonly token: string,
    private readonly lastsMs = SWEEP_LEASE_MS,
  ) {
    super();
  }

  override hold(): Promise<boolean> {
    return this.run(this.lastsMs);
  }

  override async release(): Promise<void> {
    await this.run(0);
  }

  private async run(forMs: number): Promise<boolean> {
    return (await leaseScript.run(this.redis, [this.keys.sweeper()], [this.token, forMs])) === 1;
  }
}
