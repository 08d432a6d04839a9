// The stores that contracts are held against: in Redis, and their twins in memory.
import { readEvent } from '../../src/adapters/event-record.js';
import { RedisDurability } from '../../src/adapters/redis-durability.js';
import { RedisInstanceLeases } from '../../src/adapters/redis-instance-leases.js';
import { RedisKeys } from '../../src/adapters/redis-keys.js';
import { RedisMigrationStore } from '../../src/adapters/redis-migration-store.js';
import { RedisOutbox } from '../../src/adapters/redis-outbox.js';
import type { Ids } from '../../src/use-cases/ports.js';
import { MemoryDurability } from '../support/memory-durability.js';
import { MemoryLeases, MemoryOutbox } from '../support/memory-leases.js';
import { MemoryMigrationStore } from '../support/memory-migration-store.js';
import { TestClock } from '../support/memory-ports.js';
import type { MemoryRedis } from '../support/memory-redis.js';
import type { TestRedis } from '../support/redis.js';
import type { StoreUnderTest } from './migration-store.contract.js';

const FENCE_MS = 2_100_000;

export function redisUnderTest(
  { redis, prefix }: TestRedis,
  ids: Ids,
): Omit<StoreUnderTest, 'close'> {
  const keys = new RedisKeys(prefix);
  const outbox = new RedisOutbox(redis, keys);
  const options = { fenceMs: FENCE_MS, isProduction: false, declared: 'always' as const };
  const durability = new RedisDurability(redis, keys, new TestClock(), options);
  return {
    store: new RedisMigrationStore(redis, keys, ids, { outbox, durability }),
    leases: new RedisInstanceLeases(redis, keys),
    outbox,
    addCredential: async (id, tenant) =>
      void (await redis.hset(keys.credential(id), 'tenant', tenant)),
    credentialUsers: async (id) => (await redis.smembers(keys.credentialUsers(id))).sort(),
    eventsOf: async (id) => {
      const events = (await redis.xrange(keys.events(), '-', '+')).map(readEvent);
      const own = events.filter((event) => event?.data.migrationId === id);
      return own.map((event) => String(event?.data['to']));
    },
  };
}

export function memoryUnderTest(redis: MemoryRedis): Omit<StoreUnderTest, 'close'> {
  const outbox = new MemoryOutbox(redis);
  const durability = new MemoryDurability(redis, new TestClock(), FENCE_MS);
  return {
    store: new MemoryMigrationStore(redis, { outbox, durability }),
    leases: new MemoryLeases(redis),
    outbox,
    addCredential: async (id, tenant) => void redis.credentials.set(id, tenant),
    credentialUsers: async (id) =>
      redis.unended.filter((one) => one.credentialId === id).map((one) => one.id),
    eventsOf: async (id) =>
      redis.events.filter((event) => event.migrationId === id).map((event) => event.to),
  };
}
