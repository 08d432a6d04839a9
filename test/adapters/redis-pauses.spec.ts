// The pauses keep the contract, in Redis and in memory; Redis is shown no key and keeps nothing of one that is closed.
import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { AesCredentialVault } from '../../src/adapters/aes-credential-vault.js';
import { RedisKeys } from '../../src/adapters/redis-keys.js';
import { RedisPauses } from '../../src/adapters/redis-pauses.js';
import { maskKeyId } from '../../src/domain/credential.js';
import { OUTAGE_FAILURES, OUTAGE_SPAN_MS } from '../../src/domain/policy.js';
import { Secret } from '../../src/use-cases/ports-credentials.js';
import { LOST_KEY } from '../support/memory-breakers.js';
import { MemoryCredentialStore } from '../support/memory-credential-store.js';
import { MemoryPauses } from '../support/memory-pauses.js';
import { TestClock } from '../support/memory-ports.js';
import { keysOf, testRedis, type TestRedis } from '../support/redis.js';
import { aCredential } from './credential-store.contract.js';
import { pausesContract, type PausesUnderTest } from './pauses.contract.js';

async function inRedis(): Promise<PausesUnderTest & { readonly at: TestRedis }> {
  const at = await testRedis();
  const [clock, credentials] = [new TestClock(), new MemoryCredentialStore()];
  const vault = new AesCredentialVault({ keys: [{ id: 'k1', key: randomBytes(32) }] });
  const keys = new RedisKeys(at.prefix);
  const process = (): RedisPauses => new RedisPauses(at.redis, keys, { credentials, vault }, clock);
  return {
    ...{ at, clock },
    pauses: [process(), process()],
    store: async (tenant, id, keyId, isReadable = true) => {
      const accessKeyId = new Secret(keyId);
      const secrets = { accessKeyId, accessKeySecret: new Secret('s'), securityToken: null };
      const { sealed, keyVersion } = vault.seal({ tenant, id }, secrets);
      const sealing = { sealed, keyVersion: isReadable ? keyVersion : LOST_KEY };
      await credentials.create(aCredential({ tenant, id, ...sealing }), null);
    },
    close: at.close,
  };
}

pausesContract('Redis', inRedis);

pausesContract('memory', async () => {
  const [clock, credentials] = [new TestClock(), new MemoryCredentialStore()];
  const pauses = new MemoryPauses(credentials, clock);
  return {
    clock,
    pauses: [pauses, pauses],
    store: async (tenant, id, keyId, isReadable = true) => {
      const sealing = { maskedKeyId: maskKeyId(keyId), keyVersion: isReadable ? 'k1' : LOST_KEY };
      await credentials.create(aCredential({ tenant, id, ...sealing }), null);
    },
    close: async () => {},
  };
});

test('Redis is shown no AccessKeyId, and nothing stays once it was closed and told', async () => {
  const { at, clock, pauses, store, close } = await inRedis();
  await store('acme', 'cred_1', 'LTAIcanarykey0001');
  const who = { tenant: 'acme', credentialId: 'cred_1', regionId: 'cn-beijing' };
  const fault = { class: 'unclear', code: 'timeout', message: 'm' } as const;
  for (let index = 0; index < OUTAGE_FAILURES; index += 1) {
    await pauses[0].failed(who, { ...fault, requestId: null, retryAfterMs: null });
    clock.moveBy(OUTAGE_SPAN_MS);
  }
  const keys = await keysOf(at.redis, at.prefix);
  expect(keys).toEqual([new RedisKeys(at.prefix).pauses()]);
  const [key = ''] = keys;
  expect(JSON.stringify(await at.redis.hgetall(key))).not.toMatch(/LTAI|canary/);
  // A Redis that restarted has no scripts.
  await at.redis.script('FLUSH');
  expect(await pauses[1].answered(who)).toBe(true);
  expect(await pauses[1].takeClosed()).toBe(true);
  expect(await keysOf(at.redis, at.prefix)).toEqual([]);
  await close();
});
