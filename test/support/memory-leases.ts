// The in-memory twins of the leases and the outbox: views of what the store's steps wrote.
import { asWaiter, instancesOf } from '../../src/domain/migration.js';
import type { Waiter } from '../../src/domain/scheduling.js';
import { InstanceLeases, Outbox, type Holder, type Wake } from '../../src/use-cases/ports.js';
import type { MemoryRedis } from './memory-redis.js';

export class MemoryLeases extends InstanceLeases {
  constructor(private readonly redis: MemoryRedis) {
    super();
  }

  override async holders(instanceIds: readonly string[]): Promise<ReadonlyMap<string, Holder>> {
    const { leases } = this.redis;
    return new Map([...leases].filter(([instanceId]) => instanceIds.includes(instanceId)));
  }

  override async waitersOn(instanceIds: readonly string[]): Promise<readonly Waiter[]> {
    return this.redis.waiting
      .filter((one) => instancesOf(one).some((id) => instanceIds.includes(id)))
      .map(asWaiter);
  }

  override async waitingCounts(
    instanceIds: readonly string[],
  ): Promise<ReadonlyMap<string, number>> {
    const { waiting } = this.redis;
    return new Map(
      instanceIds.map((id) => [id, waiting.filter((one) => instancesOf(one).includes(id)).length]),
    );
  }
}

const nameOf = (wake: Wake): string => JSON.stringify([wake.to, wake.migrationId, wake.version]);

export class MemoryOutbox extends Outbox {
  private readonly listeners: (() => void)[] = [];

  constructor(private readonly redis: MemoryRedis) {
    super();
  }

  override onAppend(listener: () => void): void {
    this.listeners.push(listener);
  }

  appended(): void {
    for (const listener of this.listeners) listener();
  }

  override async pending(limit: number): Promise<readonly Wake[]> {
    return this.redis.outbox.slice(0, limit);
  }

  override async passedOn(wakes: readonly Wake[]): Promise<void> {
    const gone = new Set(wakes.map(nameOf));
    this.redis.outbox = this.redis.outbox.filter((wake) => !gone.has(nameOf(wake)));
  }
}
