// The rows of sealed credentials in Redis keep the contract, agree with what the credential store writes, and fail readiness when a key is missing.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AesCredentialVault } from '../../src/adapters/aes-credential-vault.js';
import { RedisCredentialStore } from '../../src/adapters/redis-credential-store.js';
import { RedisDurability } from '../../src/adapters/redis-durability.js';
import { RedisHealthProbes } from '../../src/adapters/redis-health-probes.js';
import { RedisKeys } from '../../src/adapters/redis-keys.js';
import { RedisSealedCredentials } from '../../src/adapters/redis-sealed-credentials.js';
import { rewrapServiceKey, ServiceKey } from '../../src/adapters/redis-service-key.js';
import { SystemClock } from '../../src/adapters/system-clock.js';
import type { SealedCredential } from '../../src/use-cases/ports-master-keys.js';
import { MemorySealedCredentials } from '../support/memory-sealed-credentials.js';
import { keysOf, testRedis, type TestRedis } from '../support/redis.js';
import { aCredential } from './credential-store.contract.js';
import { aSealed, sealedCredentialsContract } from './sealed-credentials.contract.js';

const opened: TestRedis[] = [];

sealedCredentialsContract(
  'Redis',
  async () => {
    const at = await testRedis();
    opened.push(at);
    const store = new RedisCredentialStore(at.redis, at.prefix);
    return {
      sealed: new RedisSealedCredentials(at.redis, new RedisKeys(at.prefix)),
      create: async (record) => void (await store.create(aCredential(record), null)),
      replace: async (record) => void (await store.replace(aCredential(record))),
      remove: async ({ tenant, id }) => void (await store.remove(tenant, id)),
      find: async ({ tenant, id }) => {
        const found = await store.find(tenant, id);
        return found === null ? null : sealedPartOf(found);
      },
    };
  },
  async () => {
    await Promise.all(opened.map((at) => at.close()));
  },
);

sealedCredentialsContract('memory', async () => {
  const sealed = new MemorySealedCredentials();
  return {
    sealed,
    create: async (record) => void sealed.records.set(record.id, record),
    replace: async (record) => void sealed.records.set(record.id, record),
    remove: async ({ id }) => void sealed.records.delete(id),
    find: async ({ id }) => sealed.records.get(id) ?? null,
  };
});

const sealedPartOf = ({ id, tenant, version, sealed, keyVersion }: SealedCredential) => ({
  ...{ id, tenant, version, sealed, keyVersion },
});

let at: TestRedis;
let keys: RedisKeys;
beforeAll(async () => {
  at = await testRedis();
  keys = new RedisKeys(at.prefix);
});
afterAll(() => at.close());

const masterKey = (id: string) => ({ id, key: randomBytes(32) });
const [old, fresh] = [masterKey('k1'), masterKey('k2')];

test('the times of use and verification, and all else of the record, stay as they are', async () => {
  const store = new RedisCredentialStore(at.redis, at.prefix);
  const credential = aCredential({ name: 'kept "主"' });
  await store.create(credential, null);
  await store.touch(credential.tenant, credential.id, 20);
  await store.verified(credential, 30);
  const sealing = { sealed: 'v1.new', keyVersion: 'k2' };
  await new RedisSealedCredentials(at.redis, keys).reseal(credential, sealing);
  expect(await store.find(credential.tenant, credential.id)).toEqual({
    ...{ ...credential, ...sealing },
    ...{ version: 2, lastUsedAt: 20, lastVerifiedAt: 30 },
  });
  await store.remove(credential.tenant, credential.id);
});

test('readiness names the master key that is missing, and is well again when it is back', async () => {
  const store = new RedisCredentialStore(at.redis, at.prefix);
  const own = aSealed({ keyVersion: 'k1' });
  await store.create(aCredential(own), null);
  const durability = new RedisDurability(at.redis, keys, new SystemClock(), {
    fenceMs: 1_000,
    isProduction: false,
    declared: 'always',
  });
  const look = async (ids: readonly (typeof old)[]) => {
    const masterKeys = new AesCredentialVault({ keys: ids });
    const where = { isProduction: false, masterKeys };
    const { masterKeys: health } = await new RedisHealthProbes(
      at.redis,
      keys,
      durability,
      where,
    ).all();
    return health;
  };
  const detail = 'credentials are sealed under k1, which is not in MASTER_KEYS';
  expect(await look([fresh])).toEqual({ ok: false, detail });
  expect(await look([fresh, old])).toMatchObject({ ok: true });
  await store.remove(own.tenant, own.id);
  expect(await look([fresh])).toMatchObject({ ok: true });
});

test('the service key comes under the first key and stays the same; without its key the start says which one is missing', async () => {
  const before = new AesCredentialVault({ keys: [old] });
  const both = new AesCredentialVault({ keys: [fresh, old] });
  const after = new AesCredentialVault({ keys: [fresh] });
  expect(await rewrapServiceKey(at.redis, keys, both)).toBe('none');
  const { nonceFor } = await ServiceKey.load(at.redis, keys, before);
  await expect(ServiceKey.load(at.redis, keys, after)).rejects.toThrow(
    /service key is sealed under k1, which is not in MASTER_KEYS/,
  );
  expect(await rewrapServiceKey(at.redis, keys, after)).toBe('unopened');
  expect(await rewrapServiceKey(at.redis, keys, both)).toBe('rewrapped');
  expect(await rewrapServiceKey(at.redis, keys, both)).toBe('already');
  const later = await ServiceKey.load(at.redis, keys, after);
  expect(later.nonceFor('mig_1', 1)).toBe(nonceFor('mig_1', 1));
});

test('a credential that is removed leaves no row behind', async () => {
  expect(await keysOf(at.redis, keys.credentialsByKey())).toEqual([]);
});
