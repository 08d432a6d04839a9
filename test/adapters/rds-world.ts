// The gateway as the service wires it, with a real quota, vault and credential, against a given address.
import { randomBytes } from 'node:crypto';
import { AesCredentialVault } from '../../src/adapters/aes-credential-vault.js';
import { RdsUpstream } from '../../src/adapters/rds-gateway.js';
import { RedisCallQuota } from '../../src/adapters/redis-quota.js';
import { RedisSurveys } from '../../src/adapters/redis-surveys.js';
import { Secret, type Credential } from '../../src/use-cases/ports-credentials.js';
import type { UpstreamSession } from '../../src/use-cases/ports-upstream.js';
import { MemoryCredentialStore } from '../support/memory-credential-store.js';
import { testRedis } from '../support/redis.js';

export const KEY_ID = 'LTAIcanarykey0001';
export const KEY_SECRET = 'canary-secret-of-the-key';
export const WHO = { tenant: 'acme', credentialId: 'cred_1', regionId: 'cn-hangzhou' };

export interface GatewayWorld {
  readonly credentials: MemoryCredentialStore;
  readonly vault: AesCredentialVault;
  /** Stores another credential; what is not stated is as in the first. */
  store(more: Partial<Credential>, secret?: string, token?: string): Promise<void>;
  upstream(address: string | null, options?: { timeoutMs?: number; qps?: number }): RdsUpstream;
  /** Fails when no session opens. */
  session(address: string, calls?: number, timeoutMs?: number): Promise<UpstreamSession>;
  close(): Promise<void>;
}

export async function gatewayWorld(keyId = KEY_ID, keySecret = KEY_SECRET): Promise<GatewayWorld> {
  const { redis, prefix, close } = await testRedis();
  const credentials = new MemoryCredentialStore();
  const vault = new AesCredentialVault({ keys: [{ id: 'k1', key: randomBytes(32) }] });
  const clock = { now: () => Date.now() };

  const store: GatewayWorld['store'] = async (more, secret = keySecret, token) => {
    const owner = { tenant: WHO.tenant, id: WHO.credentialId, ...more };
    const sealed = vault.seal(owner, {
      accessKeyId: new Secret(keyId),
      accessKeySecret: new Secret(secret),
      securityToken: token === undefined ? null : new Secret(token),
    });
    const type = token === undefined ? 'access_key' : 'sts';
    const facts = { name: 'n', type, regionId: WHO.regionId, maskedKeyId: 'LTAI****0001' } as const;
    const times = { createdAt: 1, updatedAt: 1, lastUsedAt: null, lastVerifiedAt: null };
    await credentials.create(
      { ...owner, ...sealed, ...facts, ...times, version: 1, ...more },
      null,
    );
  };
  const upstream: GatewayWorld['upstream'] = (address, { timeoutMs = 5_000, qps = 1_000 } = {}) => {
    const quota = new RedisCallQuota(redis, clock, { keyPrefix: prefix, callsPerSecond: qps });
    const nonceFor = (id: string, attempt: number): string => `nonce-${id}-${attempt}`;
    const shutdown = { isUnderWay: false };
    const surveys = new RedisSurveys(redis, clock, prefix);
    const parts = { credentials, vault, quota, surveys, clock, shutdown, nonceFor };
    return new RdsUpstream(parts, { rdsEndpoint: address, timeoutMs });
  };
  await store({});
  return {
    credentials,
    vault,
    store,
    upstream,
    close,
    session: async (address, calls = 1, timeoutMs = 5_000) => {
      const outcome = await upstream(address, { timeoutMs }).open(WHO, calls, 'submission');
      if (outcome.kind === 'open') return outcome.session;
      throw new Error(`no session: ${JSON.stringify(outcome)}`);
    },
  };
}
