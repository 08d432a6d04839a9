// Who holds which instance and who waits for it. Read only: apply-step.lua alone takes and gives back.
import type { Waiter } from '../domain/scheduling.js';
import { InstanceLeases, type Holder } from '../use-cases/ports.js';
import type { RedisClient } from './redis-connection.js';
import type { RedisKeys } from './redis-keys.js';

export class RedisInstanceLeases extends InstanceLeases {
  constructor(
    private readonly redis: RedisClient,
    private readonly keys: RedisKeys,
  ) {
    super();
  }

  override async holders(instanceIds: readonly string[]): Promise<ReadonlyMap<string, Holder>> {
    const holders = new Map<string, Holder>();
    if (instanceIds.length === 0) return holders;
    const held = await this.redis.hmget(this.keys.leases(), ...instanceIds);
    instanceIds.forEach((instanceId, index) => {
      const [migrationId, fence] = held[index]?.split(' ') ?? [];
      if (migrationId !== undefined) holders.set(instanceId, { migrationId, fence: Number(fence) });
    });
    return holders;
  }

  override async waitersOn(instanceIds: readonly string[]): Promise<readonly Waiter[]> {
    const rows = await Promise.all(
      instanceIds.map((instanceId) => this.redis.hvals(this.keys.waiting(instanceId))),
    );
    const waiters = new Map<string, Waiter>();
    for (const row of rows.flat()) {
      const waiter = JSON.parse(row) as Waiter;
      waiters.set(waiter.id, waiter);
    }
    return [...waiters.values()];
  }

  override async waitingCounts(
    instanceIds: readonly string[],
  ): Promise<ReadonlyMap<string, number>> {
    const counts = await Promise.all(
      instanceIds.map((instanceId) => this.redis.hlen(this.keys.waiting(instanceId))),
    );
    return new Map(instanceIds.map((instanceId, index) => [instanceId, counts[index] ?? 0]));
  }
}
