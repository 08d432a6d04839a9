// Who holds which instance and who waits for it. Read only: apply-step.lua alone takes and gives back.
import type { WaitingWork } from '../domain/estimate.js';
import type { Waiter } from '../domain/scheduling.js';
import { InstanceLeases, type Holder } from '../use-cases/ports.js';
import { readWaiter } from './migration-record.js';
import type { RedisClient } from './redis-connection.js';
import type { RedisKeys } from './redis-keys.js';

/** Rows read so far and what they say: each decision reads most of the rows of the one before again. */
const MOST_ROWS_KNOWN = 50_000;

export class RedisInstanceLeases extends InstanceLeases {
  private readonly known = new Map<string, Waiter>();

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
    for (const waiter of rows.flat().map((row) => this.waiterOf(row)))
      waiters.set(waiter.id, waiter);
    return [...waiters.values()];
  }

  override async waitersOfBatch(batchId: string): Promise<readonly Waiter[]> {
    return (await this.redis.hvals(this.keys.waitingOfBatch(batchId))).map((row) =>
      this.waiterOf(row),
    );
  }

  /** Of every instance with rows the sums over them are kept: that is the list of these instances. */
  override async waitedFor(
    cursor: string | null,
    limit: number,
  ): ReturnType<InstanceLeases['waitedFor']> {
    const [next, row] = await this.redis.hscan(this.keys.work(), cursor ?? '0', 'COUNT', limit);
    const fields = row.filter((_, index) => index % 2 === 0);
    const instanceIds = new Set(fields.map((field) => field.slice(0, field.lastIndexOf(' '))));
    return { instanceIds: [...instanceIds], next: next === '0' ? null : next };
  }

  override async someWaitersOn(
    instanceIds: readonly string[],
    most: number,
  ): ReturnType<InstanceLeases['someWaitersOn']> {
    return Promise.all(
      instanceIds.map(async (instanceId) => {
        const key = this.keys.waiting(instanceId);
        const [next, row] = await this.redis.hscan(key, '0', 'COUNT', most);
        const waiters = row.filter((_, index) => index % 2 === 1).map((one) => this.waiterOf(one));
        return { waiters, areAll: next === '0' };
      }),
    );
  }

  override async dataSizes(instanceIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
    if (instanceIds.length === 0) return new Map();
    const sizes = await this.redis.hmget(this.keys.sizes(), ...instanceIds);
    return new Map(
      instanceIds.flatMap((instanceId, index) => {
        const bytes = sizes[index];
        return bytes == null ? [] : [[instanceId, Number(bytes)] as const];
      }),
    );
  }

  override async work(instanceIds: readonly string[]): Promise<ReadonlyMap<string, WaitingWork>> {
    if (instanceIds.length === 0) return new Map();
    const fields = instanceIds.flatMap((one) => PARTS.map((part) => `${one} ${part}`));
    const sums = await this.redis.hmget(this.keys.work(), ...fields);
    return new Map(
      instanceIds.map((instanceId, index) => {
        const [sized = 0, bytes = 0, unsized = 0] = sums
          .slice(index * PARTS.length, (index + 1) * PARTS.length)
          .map(Number);
        return [instanceId, { sized, bytes, unsized }];
      }),
    );
  }

  private waiterOf(row: string): Waiter {
    const known = this.known.get(row);
    if (known !== undefined) return known;
    if (this.known.size >= MOST_ROWS_KNOWN) this.known.clear();
    const waiter = readWaiter(row);
    this.known.set(row, waiter);
    return waiter;
  }
}

const PARTS = ['sized', 'bytes', 'unsized'] as const;
