// The in-memory twins of the leases and the outbox: views of what the store's steps wrote.
import type { Engine } from '../../src/domain/db-info.js';
import type { DurationSample, WaitingWork } from '../../src/domain/estimate.js';
import { asWaiter } from '../../src/domain/migration.js';
import type { Waiter } from '../../src/domain/scheduling.js';
import {
  DurationHistory,
  InstanceLeases,
  Outbox,
  SweepLease,
  type Holder,
  type Wake,
} from '../../src/use-cases/ports.js';
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
    return this.rows().filter((one) => concerns(one, instanceIds));
  }

  override async waitersOfBatch(batchId: string): Promise<readonly Waiter[]> {
    return this.rows().filter((one) => one.batchId === batchId);
  }

  override async waitedFor(): ReturnType<InstanceLeases['waitedFor']> {
    const instances = this.rows().flatMap((one) => [one.sourceInstanceId, one.targetInstanceId]);
    return { instanceIds: [...new Set(instances)], next: null };
  }

  override async someWaitersOn(
    instanceIds: readonly string[],
    most: number,
  ): ReturnType<InstanceLeases['someWaitersOn']> {
    return instanceIds.map((instanceId) => {
      const all = this.rows().filter((one) => concerns(one, [instanceId]));
      return { waiters: all.slice(0, most), areAll: all.length <= most };
    });
  }

  override async dataSizes(instanceIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
    return new Map(
      [...this.redis.sizes].filter(([instanceId]) => instanceIds.includes(instanceId)),
    );
  }

  override async work(instanceIds: readonly string[]): Promise<ReadonlyMap<string, WaitingWork>> {
    const rows = this.rows();
    return new Map(
      instanceIds.map((instanceId) => {
        const sizes = rows.filter((one) => concerns(one, [instanceId])).map(({ bytes }) => bytes);
        const sized = sizes.filter((bytes) => bytes !== null);
        const bytes = sized.reduce((sum, size) => sum + size, 0);
        return [instanceId, { sized: sized.length, bytes, unsized: sizes.length - sized.length }];
      }),
    );
  }

  private rows(): readonly Waiter[] {
    const { waiting, sizes } = this.redis;
    return waiting.map((one) => ({
      ...asWaiter(one),
      bytes: sizes.get(one.sourceInstanceId) ?? null,
    }));
  }
}

const concerns = (
  { sourceInstanceId, targetInstanceId }: Waiter,
  instanceIds: readonly string[],
): boolean => instanceIds.includes(sourceInstanceId) || instanceIds.includes(targetInstanceId);

export class MemoryDurationHistory extends DurationHistory {
  constructor(private readonly redis: MemoryRedis) {
    super();
  }

  override async samples(engine: Engine): Promise<readonly DurationSample[]> {
    return this.redis.samples.filter((sample) => sample.engine === engine).slice(-200);
  }
}

/** One process sweeps here: nobody else wants it. */
export class FreeSweepLease extends SweepLease {
  override async hold(): Promise<boolean> {
    return true;
  }

  override async release(): Promise<void> {}
}

const nameOf = (wake: Wake): string => JSON.stringify([wake.to, wake.migrationId, wake.version]);

export class MemoryOutbox extends Outbox {
  private readonly listeners: ((wakes: null) => void)[] = [];

  constructor(private readonly redis: MemoryRedis) {
    super();
  }

  override onAppend(listener: (wakes: null) => void): void {
    this.listeners.push(listener);
  }

  appended(): void {
    for (const listener of this.listeners) listener(null);
  }

  override async pending(limit: number): Promise<readonly Wake[]> {
    return this.redis.outbox.slice(0, limit);
  }

  override async passedOn(wakes: readonly Wake[]): Promise<void> {
    const gone = new Set(wakes.map(nameOf));
    this.redis.outbox = this.redis.outbox.filter((wake) => !gone.has(nameOf(wake)));
  }
}
