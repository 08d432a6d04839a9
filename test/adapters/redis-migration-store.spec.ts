// The Redis migration store and its in-memory twin keep one contract; Redis also survives resent scripts.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { transition } from '../../src/domain/migration-step.js';
import { RedisDurability } from '../../src/adapters/redis-durability.js';
import { RedisInstanceLeases } from '../../src/adapters/redis-instance-leases.js';
import { RedisKeys } from '../../src/adapters/redis-keys.js';
import { RedisMigrationStore } from '../../src/adapters/redis-migration-store.js';
import { RedisOutbox } from '../../src/adapters/redis-outbox.js';
import type { Ids } from '../../src/use-cases/ports.js';
import { MemoryDurability } from '../support/memory-durability.js';
import { MemoryLeases, MemoryOutbox } from '../support/memory-leases.js';
import { MemoryMigrationStore } from '../support/memory-migration-store.js';
import { START_MS, TestClock, TestIds } from '../support/memory-ports.js';
import { MemoryRedis } from '../support/memory-redis.js';
import { keysOf, testRedis, type TestRedis } from '../support/redis.js';
import { instanceLeasesContract } from './instance-leases.contract.js';
import { migrationListContract } from './migration-list.contract.js';
import { migrationStoreContract, Scenes, type StoreUnderTest } from './migration-store.contract.js';

const FENCE_MS = 2_100_000;

function over({ redis, prefix }: TestRedis, ids: Ids): Omit<StoreUnderTest, 'close'> {
  const keys = new RedisKeys(prefix);
  const outbox = new RedisOutbox(redis, keys);
  const options = { fenceMs: FENCE_MS, isProduction: false };
  const durability = new RedisDurability(redis, keys, new TestClock(), options);
  return {
    store: new RedisMigrationStore(redis, keys, ids, { outbox, durability }),
    leases: new RedisInstanceLeases(redis, keys),
    outbox,
    addCredential: async (id, tenant) =>
      void (await redis.hset(keys.credential(id), 'tenant', tenant)),
    credentialUsers: async (id) => (await redis.smembers(keys.credentialUsers(id))).sort(),
    eventsOf: async (id) => {
      const rows = await redis.xrange(keys.events(), '-', '+');
      const events = rows.map(([, [, text = '']]) => JSON.parse(text) as EventText);
      return events.filter((event) => event.data.migrationId === id).map((event) => event.data.to);
    },
  };
}

interface EventText {
  readonly data: { readonly migrationId: string; readonly to: string };
}

async function redisStore(): Promise<StoreUnderTest> {
  const at = await testRedis();
  return { ...over(at, new TestIds()), close: () => at.close() };
}

async function memoryStore(): Promise<StoreUnderTest> {
  const redis = new MemoryRedis();
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
    close: async () => {},
  };
}

for (const [name, open] of [
  ['Redis', redisStore],
  ['memory', memoryStore],
] as const) {
  migrationStoreContract(name, open);
  instanceLeasesContract(name, open);
  migrationListContract(name, open);
}

/** Its next token is the one before, as when a command is sent again. */
class RepeatingIds extends TestIds {
  isRepeating = false;
  private last = '';

  override token(): string {
    if (!this.isRepeating) this.last = super.token();
    return this.last;
  }
}

describe('in Redis', () => {
  let redis: TestRedis;
  let ids: RepeatingIds;
  let under: StoreUnderTest;
  let at: Scenes;
  beforeAll(async () => {
    redis = await testRedis();
    ids = new RepeatingIds();
    under = { ...over(redis, ids), close: async () => {} };
  });
  afterAll(() => redis.close());
  beforeEach(async () => {
    ids.isRepeating = false;
    at = new Scenes(under);
    await under.addCredential(at.credentialId, at.tenant);
  });

  test('an acceptance that is sent again is answered again and written once', async () => {
    const fresh = { ...at.fresh(), idempotency: { key: 'k', hash: 'h' } };
    const first = await under.store.accept(fresh);
    ids.isRepeating = true;
    expect([first, await under.store.accept(fresh)]).toEqual([
      { kind: 'accepted' },
      { kind: 'accepted' },
    ]);
    expect(await under.eventsOf(fresh.migration.id)).toEqual(['queued']);
    expect(await at.wakesOf(fresh.migration.id)).toHaveLength(1);
  });

  test('a grant and an intent that are sent again are answered with the same fence', async () => {
    const { outcome: _, ...queued } = await at.accept();
    const grant = transition(queued, 'granted', START_MS);
    const first = await under.store.apply(grant);
    ids.isRepeating = true;
    expect(await under.store.apply(grant)).toEqual(first);
    ids.isRepeating = false;
    const granted = await under.store.find(queued.id);
    if (granted === null) throw new Error('it was accepted');
    const intent = { attempt: 1, at: START_MS, nonce: 'n', requestHash: 'h', importsBefore: null };
    const step = transition(granted, 'intended', START_MS, {
      intent: { ...intent, rollbackEpoch: 0 },
    });
    const intended = await under.store.apply(step);
    ids.isRepeating = true;
    expect(await under.store.apply(step)).toEqual(intended);
    expect(await under.eventsOf(queued.id)).toEqual(['queued', 'checking', 'submitting']);
    const counters = new RedisKeys(redis.prefix).counters();
    expect(await redis.redis.hget(counters, 'intents')).toBe('1');
  });

  test('no intent is written before a quarantine has passed', async () => {
    const { id } = await at.accept();
    await at.walk(id, 'granted');
    const key = new RedisKeys(redis.prefix).rollback();
    await redis.redis.hset(key, 'epoch', '0', 'until', String(START_MS + 1));
    const quarantined = { kind: 'quarantined', until: START_MS + 1 };
    expect(await at.step(id, 'intended')).toEqual(quarantined);
    await redis.redis.hset(key, 'until', String(START_MS));
    expect(await at.step(id, 'intended')).toMatchObject({ kind: 'applied' });
    await redis.redis.del(key);
  });

  test('when all have ended, what remains are records and their indexes', async () => {
    const alone = await testRedis();
    const scene = new Scenes({ ...over(alone, new TestIds()), close: async () => {} });
    await scene.under.addCredential(scene.credentialId, scene.tenant);
    const a = await scene.accept();
    const b = await scene.accept({ notBefore: START_MS + 1_000, allowDuplicate: true });
    await scene.walk(a.id, 'granted', 'intended', 'accepted', 'succeeded');
    await scene.walk(b.id, 'due', 'granted', 'check_failed');
    await scene.under.outbox.passedOn(await scene.under.outbox.pending(100));
    const left = (await keysOf(alone.redis, alone.prefix)).map((key) => key.split(':')[1]);
    const expected = [
      ...['by-instance', 'by-status', 'counters', 'cred', 'events', 'history', 'ids', 'mig'],
    ];
    expect(new Set(left)).toEqual(new Set(expected));
    await alone.close();
  });
});
