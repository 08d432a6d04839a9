// The Redis migration store and its in-memory twin keep one contract; Redis also survives resent scripts.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { transition } from '../../src/domain/migration-step.js';
import { RedisKeys } from '../../src/adapters/redis-keys.js';
import { START_MS, TestIds } from '../support/memory-ports.js';
import { MemoryRedis } from '../support/memory-redis.js';
import { keysOf, testRedis, type TestRedis } from '../support/redis.js';
import { instanceLeasesContract } from './instance-leases.contract.js';
import { migrationListContract } from './migration-list.contract.js';
import { migrationStoreContract, Scenes, type StoreUnderTest } from './migration-store.contract.js';
import { memoryUnderTest, redisUnderTest } from './stores-under-test.js';

async function redisStore(): Promise<StoreUnderTest> {
  const at = await testRedis();
  return { ...redisUnderTest(at, new TestIds()), close: () => at.close() };
}

async function memoryStore(): Promise<StoreUnderTest> {
  return { ...memoryUnderTest(new MemoryRedis()), close: async () => {} };
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
    under = { ...redisUnderTest(redis, ids), close: async () => {} };
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
    const scene = new Scenes({ ...redisUnderTest(alone, new TestIds()), close: async () => {} });
    await scene.under.addCredential(scene.credentialId, scene.tenant);
    const a = await scene.accept();
    const b = await scene.accept({ notBefore: START_MS + 1_000, allowDuplicate: true });
    await scene.walk(a.id, 'granted', 'intended', 'accepted', 'succeeded');
    await scene.walk(b.id, 'due', 'granted', 'check_failed');
    await scene.under.outbox.passedOn(await scene.under.outbox.pending(100));
    const left = (await keysOf(alone.redis, alone.prefix)).map((key) => key.split(':')[1]);
    const expected = [
      ...['by-instance', 'by-status', 'counters', 'cred', 'events', 'history', 'ids', 'mig'],
      ...['ended', 'tenants'],
    ];
    expect(new Set(left)).toEqual(new Set(expected));
    await alone.close();
  });
});
