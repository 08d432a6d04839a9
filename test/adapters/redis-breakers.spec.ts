// The breakers keep the contract, in Redis and in memory, and Redis is shown no key.
import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { AesCredentialVault } from '../../src/adapters/aes-credential-vault.js';
import { RedisBreakers } from '../../src/adapters/redis-breakers.js';
import { RedisKeys } from '../../src/adapters/redis-keys.js';
import { maskKeyId } from '../../src/domain/credential.js';
import { Secret, type RolePlan } from '../../src/use-cases/ports-credentials.js';
import { LOST_KEY, MemoryBreakers } from '../support/memory-breakers.js';
import { MemoryCredentialStore } from '../support/memory-credential-store.js';
import { TestClock } from '../support/memory-ports.js';
import { keysOf, testRedis, type TestRedis } from '../support/redis.js';
import { breakersContract, type BreakersUnderTest } from './breakers.contract.js';
import { aCredential } from './credential-store.contract.js';

interface InRedis extends BreakersUnderTest {
  readonly at: TestRedis;
  put(id: string, keyId: string, role?: RolePlan): Promise<void>;
}

async function inRedis(): Promise<InRedis> {
  const at = await testRedis();
  const [clock, credentials] = [new TestClock(), new MemoryCredentialStore()];
  const vault = new AesCredentialVault({ keys: [{ id: 'k1', key: randomBytes(32) }] });
  const access = { credentials, vault };
  return {
    ...{ at, clock },
    breakers: new RedisBreakers(at.redis, new RedisKeys(at.prefix), access, clock),
    store: async (tenant, id, keyId, isReadable = true) => {
      const accessKeyId = new Secret(keyId);
      const secrets = { accessKeyId, accessKeySecret: new Secret('s'), securityToken: null };
      const { sealed, keyVersion } = vault.seal({ tenant, id }, secrets);
      const sealing = { sealed, keyVersion: isReadable ? keyVersion : LOST_KEY };
      await credentials.create(aCredential({ tenant, id, ...sealing }), null);
    },
    put: async (id, keyId, role) => {
      const key = { accessKeyId: new Secret(keyId), accessKeySecret: new Secret(keyId) };
      const secrets = { ...key, securityToken: null, ...(role !== undefined && { role }) };
      const owner = { tenant: 'acme', id };
      await credentials.create(aCredential({ ...owner, ...vault.seal(owner, secrets) }), null);
    },
    remove: async (tenant, id) => void (await credentials.remove(tenant, id)),
    close: at.close,
  };
}

breakersContract('Redis', inRedis);

breakersContract('memory', async () => {
  const [clock, credentials] = [new TestClock(), new MemoryCredentialStore()];
  return {
    clock,
    breakers: new MemoryBreakers(credentials, clock),
    store: async (tenant, id, keyId, isReadable = true) => {
      const sealing = { maskedKeyId: maskKeyId(keyId), keyVersion: isReadable ? 'k1' : LOST_KEY };
      await credentials.create(aCredential({ tenant, id, ...sealing }), null);
    },
    remove: async (tenant, id) => void (await credentials.remove(tenant, id)),
    close: async () => {},
  };
});

test('roles of one account share a breaker, those of machines each have their own', async () => {
  const { at, breakers, put, close } = await inRedis();
  const arn = (account: number): string => `acs:ram::${account}:role/r`;
  const oidc = (account: number): RolePlan => ({
    ...{ kind: 'oidc_role_arn', roleArn: arn(account), roleSessionName: null },
    ...{ oidcProviderArn: 'p', oidcTokenFilePath: '/t' },
  });
  const ram = { kind: 'ram_role_arn', roleArn: arn(1), roleSessionName: null } as const;
  await put('cred_ram', 'LTAIone', { ...ram, policy: null, externalId: null });
  await put('cred_ram_2', 'LTAItwo', { ...ram, policy: null, externalId: null });
  await put('cred_oidc', '', oidc(1));
  await put('cred_elsewhere', '', oidc(2));
  await put('cred_key', 'LTAIone');
  for (const id of ['cred_ecs', 'cred_ecs_2']) {
    await put(id, '', { kind: 'ecs_ram_role', roleName: null });
  }
  const fault = { class: 'gone', code: 'InvalidAction', message: 'm' } as const;
  const who = (credentialId: string) => ({ tenant: 'acme', credentialId, regionId: 'cn-beijing' });
  for (const id of ['cred_ram', 'cred_ecs']) {
    await breakers.trip(who(id), { ...fault, requestId: null, retryAfterMs: null });
  }
  const ids = ['ram', 'ram_2', 'oidc', 'elsewhere', 'key', 'ecs', 'ecs_2'];
  const open = await Promise.all(ids.map((id) => breakers.openFor(who(`cred_${id}`))));
  const shown = ids.filter((_, index) => open[index] !== null);
  expect(shown).toEqual(['ram', 'ram_2', 'oidc', 'ecs']);
  expect(JSON.stringify(await at.redis.hgetall(new RedisKeys(at.prefix).breakers()))).not.toContain(
    'acs:',
  );
  expect(await breakers.close('acme', 'cred_oidc')).toHaveLength(1);
  await close();
});

test('Redis holds one key for all, without the AccessKeyId, and none when none is open', async () => {
  const { at, breakers, store, close } = await inRedis();
  await store('acme', 'cred_1', 'LTAIcanarykey0001');
  const who = { tenant: 'acme', credentialId: 'cred_1' };
  const fault = { class: 'gone', code: 'InvalidAction', message: 'm' } as const;
  for (const regionId of ['cn-beijing', 'cn-hangzhou']) {
    await breakers.trip({ ...who, regionId }, { ...fault, requestId: null, retryAfterMs: null });
  }
  const key = new RedisKeys(at.prefix).breakers();
  expect(await keysOf(at.redis, at.prefix)).toEqual([key]);
  expect(JSON.stringify(await at.redis.hgetall(key))).not.toMatch(/LTAI|canary/);
  // A Redis that restarted has no scripts.
  await at.redis.script('FLUSH');
  expect(await breakers.close('acme', 'cred_1')).toHaveLength(2);
  expect(await keysOf(at.redis, at.prefix)).toEqual([]);
  await close();
});
