// The Redis credential store keeps the contract, keeps to its prefix and survives a Redis without scripts.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RedisCredentialStore } from '../../src/adapters/redis-credential-store.js';
import { RedisKeys } from '../../src/adapters/redis-keys.js';
import { MemoryCredentialStore } from '../support/memory-credential-store.js';
import { keysOf, testRedis, type TestRedis } from '../support/redis.js';
import { aCredential, credentialStoreContract } from './credential-store.contract.js';

credentialStoreContract('Redis', async () => {
  const { redis, prefix, close } = await testRedis();
  const keys = new RedisKeys(prefix);
  return {
    store: new RedisCredentialStore(redis, prefix),
    use: async (id, migrationId) => void (await redis.sadd(keys.credentialUsers(id), migrationId)),
    release: async (id, migrationId) =>
      void (await redis.srem(keys.credentialUsers(id), migrationId)),
    close,
  };
});

credentialStoreContract('memory', async () => {
  const store = new MemoryCredentialStore();
  return {
    store,
    use: async (id, migrationId) => {
      store.users.set(id, (store.users.get(id) ?? new Set()).add(migrationId));
    },
    release: async (id, migrationId) => void store.users.get(id)?.delete(migrationId),
    close: async () => {},
  };
});

let at: TestRedis;
let store: RedisCredentialStore;
beforeAll(async () => {
  at = await testRedis();
  store = new RedisCredentialStore(at.redis, at.prefix);
});
afterAll(() => at.close());

test('an idempotency record lives for a day, a credential without end', async () => {
  const { id, tenant } = await created('ttl');
  const keys = new RedisKeys(at.prefix);
  const life = await at.redis.pttl(keys.idempotency(tenant, 'ttl'));
  expect(life).toBeGreaterThan(24 * 3_600_000 - 60_000);
  expect(life).toBeLessThanOrEqual(24 * 3_600_000);
  expect(await at.redis.pttl(keys.credential(id))).toBe(-1);
});

test('a removed credential leaves nothing but its idempotency record', async () => {
  const before = await keysOf(at.redis, at.prefix);
  const { id, tenant } = await created('gone');
  await store.remove(tenant, id);
  const left = (await keysOf(at.redis, at.prefix)).filter((key) => !before.includes(key));
  expect(left).toEqual([new RedisKeys(at.prefix).idempotency(tenant, 'gone')]);
});

test('a refusal is an event of the tenant, one for each, in the form of all events', async () => {
  const credential = await created('refused');
  const { id, tenant } = credential;
  const events = new RedisKeys(at.prefix).events();
  const before = (await at.redis.xrange(events, '-', '+')).length;
  for (const since of [10, 20]) {
    await store.fellIll(credential, { since, code: 'Forbidden.RAM' });
  }
  const added = (await at.redis.xrange(events, '-', '+')).slice(before);
  expect(added.map(([, [name, text = '']]) => [name, JSON.parse(text) as unknown])).toEqual([
    [
      'event',
      {
        ...{ type: 'credential.unhealthy', at: 10, tenant },
        data: { credentialId: id, code: 'Forbidden.RAM' },
      },
    ],
  ]);
});

test('a record of before there were roles is read as one without', async () => {
  const { id, tenant } = await created('before-roles');
  const key = new RedisKeys(at.prefix).credential(id);
  const doc = JSON.parse((await at.redis.hget(key, 'doc')) ?? '') as Record<string, unknown>;
  Reflect.deleteProperty(doc, 'roleArn');
  await at.redis.hset(key, 'doc', JSON.stringify(doc));
  expect(await store.find(tenant, id)).toMatchObject({ roleArn: null, unhealthy: null });
});

test('goes on when Redis has forgotten its scripts', async () => {
  const { id, tenant } = await created('before');
  await at.redis.script('FLUSH');
  await store.touch(tenant, id, 3);
  expect(await store.find(tenant, id)).toMatchObject({ lastUsedAt: 3 });
  expect(await store.remove(tenant, id)).toBe('removed');
});

test('writes nothing when a key holds what it should not', async () => {
  const credential = aCredential({ tenant: 'odd' });
  const keys = new RedisKeys(at.prefix);
  const wrong = keys.idempotency('odd', 'k');
  await at.redis.set(wrong, 'text');
  await expect(store.create(credential, { key: 'k', hash: 'h' })).rejects.toThrow(/WRONGTYPE/);
  expect(await at.redis.exists(keys.credential(credential.id), keys.credentials('odd'))).toBe(0);
});

async function created(key: string): Promise<ReturnType<typeof aCredential>> {
  const credential = aCredential({ tenant: `tenant-${key}` });
  await store.create(credential, { key, hash: 'h' });
  return credential;
}
