// The Redis store of API keys keeps the contract and no secret; limits are shared by all processes and fail closed.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AesCredentialVault } from '../../src/adapters/aes-credential-vault.js';
import { connectState } from '../../src/adapters/redis-connection.js';
import { RedisApiKeys } from '../../src/adapters/redis-api-keys.js';
import { RedisKeys } from '../../src/adapters/redis-keys.js';
import { RedisRateLimits } from '../../src/adapters/redis-rate-limits.js';
import { Secret } from '../../src/use-cases/ports-credentials.js';
import { MemoryApiKeys } from '../support/memory-api-keys.js';
import { TestClock } from '../support/memory-ports.js';
import { keysOf, testRedis, type TestRedis } from '../support/redis.js';
import { aKey, apiKeysContract } from './api-keys.contract.js';

const vault = new AesCredentialVault({ keys: [{ id: 'k1', key: Buffer.alloc(32, 7) }] });

apiKeysContract('Redis', async (clock) => {
  const { redis, prefix, close } = await testRedis();
  return { store: new RedisApiKeys(redis, new RedisKeys(prefix), vault, clock), close };
});

apiKeysContract('memory', async (clock) => ({
  store: new MemoryApiKeys(clock),
  close: async () => {},
}));

let at: TestRedis;
let keys: RedisKeys;
beforeAll(async () => {
  at = await testRedis();
  keys = new RedisKeys(at.prefix);
});
afterAll(() => at.close());

test('neither the key nor its secret is in Redis, the idempotency record included', async () => {
  const store = new RedisApiKeys(at.redis, keys, vault, new TestClock());
  const outcome = await store.create(aKey(), { tenant: 'acme', key: 'k', hash: 'h' });
  if (outcome.kind === 'key_reused') throw new Error(outcome.kind);
  const key = outcome.key.open();
  await store.callerOf(key);
  const names = await keysOf(at.redis, at.prefix);
  const dumps = await Promise.all(names.map((name) => at.redis.dumpBuffer(name)));
  const secret = key.slice(32);
  const forms = [
    secret,
    Buffer.from(secret, 'base64url').toString('hex'),
    Buffer.from(secret).toString('base64'),
  ];
  expect(names.length).toBeGreaterThan(2);
  for (const dump of dumps) for (const form of forms) expect(dump.includes(form)).toBe(false);
  const life = await at.redis.pttl(keys.idempotency('acme', 'k'));
  expect(life).toBeGreaterThan(23 * 3_600_000);
});

test('two processes share the limit of a key, and each has its own of other keys', async () => {
  const [one, other] = [
    new RedisRateLimits(at.redis, keys, 5),
    new RedisRateLimits(at.redis, keys, 5),
  ];
  const seen = [];
  for (let n = 0; n < 6; n += 1) seen.push(await (n % 2 === 0 ? one : other).ofKey('shared'));
  expect(seen.map(({ left }) => left)).toEqual([4, 3, 2, 1, 0, 0]);
  expect(seen.map(({ isExceeded }) => isExceeded)).toEqual([
    ...[false, false, false, false, false, true],
  ]);
  for (const { resetMs } of seen) expect(resetMs).toBeLessThanOrEqual(60_000);
  expect((await one.ofKey('else')).left).toBe(4);
  expect(await at.redis.pttl(`${keys.requestsOf()}:shared`)).toBeGreaterThan(0);
});

test('failures of a source are counted to 30 a minute over all processes; beyond that Redis is left alone', async () => {
  const [one, other] = [
    new RedisRateLimits(at.redis, keys, 5),
    new RedisRateLimits(at.redis, keys, 5),
  ];
  for (let n = 0; n < 30; n += 1) {
    expect((await (n % 2 === 0 ? one : other).failed('10.0.0.1')).isExceeded).toBe(false);
  }
  for (let n = 0; n < 500; n += 1) {
    const { isExceeded, resetMs } = await (n % 2 === 0 ? one : other).failed('10.0.0.1');
    expect([isExceeded, resetMs > 0 && resetMs <= 60_000]).toEqual([true, true]);
  }
  expect(Number(await at.redis.get(`${keys.failuresOf()}:10.0.0.1`))).toBe(32);
  expect((await one.failed('10.0.0.2')).isExceeded).toBe(false);
});

test('counting goes on when Redis has forgotten its scripts', async () => {
  const limits = new RedisRateLimits(at.redis, keys, 5);
  await limits.ofKey('before');
  await at.redis.script('FLUSH');
  expect((await limits.ofKey('before')).left).toBe(3);
});

test('without Redis nothing is allowed, and nobody waits', async () => {
  const url = new Secret('redis://127.0.0.1:1');
  const redis = connectState({
    redisUrl: url,
    redisMode: 'single',
    redisSentinelName: null,
    redisCa: null,
  });
  redis.on('error', () => {});
  const limits = new RedisRateLimits(redis, keys, 5);
  const since = performance.now();
  await expect(limits.ofKey('any')).rejects.toThrow(/writeable|closed/i);
  await expect(limits.failed('any')).rejects.toThrow(/writeable|closed/i);
  expect(performance.now() - since).toBeLessThan(3_000);
  redis.disconnect();
});
