// The gateway as the service wires it, with a real quota, vault and credential, against a given address.
import { randomBytes } from 'node:crypto';
import { AesCredentialVault } from '../../src/adapters/aes-credential-vault.js';
import { CredentialHealth } from '../../src/adapters/credential-health.js';
import { identify, type Identify } from '../../src/adapters/rds-machine-identity.js';
import { parseEndpoint } from '../../src/adapters/rds-endpoints.js';
import { RdsUpstream } from '../../src/adapters/rds-gateway.js';
import { RedisCallQuota } from '../../src/adapters/redis-quota.js';
import { RedisSurveys } from '../../src/adapters/redis-surveys.js';
import { SessionSecrets } from '../../src/adapters/session-secrets.js';
import { StsClient } from '../../src/adapters/sts-client.js';
import {
  Secret,
  type Credential,
  type CredentialSecrets,
} from '../../src/use-cases/ports-credentials.js';
import { NoFigures } from '../../src/use-cases/ports-figures.js';
import { NoTracing } from '../../src/use-cases/ports-tracing.js';
import type { UpstreamSession } from '../../src/use-cases/ports-upstream.js';
import { MemoryCredentialStore } from '../support/memory-credential-store.js';
import { RecordingJournal } from '../support/memory-ports.js';
import { testRedis } from '../support/redis.js';

export const KEY_ID = 'LTAIcanarykey0001';
export const KEY_SECRET = 'canary-secret-of-the-key';
export const WHO = { tenant: 'acme', credentialId: 'cred_1', regionId: 'cn-hangzhou' };

export interface UpstreamOptions {
  readonly timeoutMs?: number;
  readonly qps?: number;
  readonly stsAddress?: string;
  readonly identify?: Identify;
}

export interface GatewayWorld {
  readonly credentials: MemoryCredentialStore;
  readonly vault: AesCredentialVault;
  readonly journal: RecordingJournal;
  /** Stores another credential; what is not stated is as in the first. */
  store(more: Partial<Credential>, secret?: string, token?: string): Promise<void>;
  /** As `store`, with any secrets. */
  put(more: Partial<Credential>, secrets: CredentialSecrets): Promise<void>;
  /** Each is as a process of its own: it has no session yet. */
  upstream(address: string | null, options?: UpstreamOptions): RdsUpstream;
  /** Fails when no session opens. */
  session(address: string, calls?: number, timeoutMs?: number): Promise<UpstreamSession>;
  close(): Promise<void>;
}

export async function gatewayWorld(keyId = KEY_ID, keySecret = KEY_SECRET): Promise<GatewayWorld> {
  const { redis, prefix, close } = await testRedis();
  const credentials = new MemoryCredentialStore();
  const vault = new AesCredentialVault({ keys: [{ id: 'k1', key: randomBytes(32) }] });
  const clock = { now: () => Date.now() };

  const journal = new RecordingJournal();

  const put: GatewayWorld['put'] = async (more, secrets) => {
    const owner = { tenant: WHO.tenant, id: WHO.credentialId, ...more };
    const sealed = vault.seal(owner, secrets);
    const type = secrets.role?.kind ?? (secrets.securityToken === null ? 'access_key' : 'sts');
    const facts = { name: 'n', type, regionId: WHO.regionId, maskedKeyId: 'LTAI****0001' } as const;
    const times = { createdAt: 1, updatedAt: 1, lastUsedAt: null, lastVerifiedAt: null };
    const rest = { version: 1, roleArn: null, unhealthy: null };
    await credentials.create({ ...owner, ...sealed, ...facts, ...times, ...rest, ...more }, null);
  };
  const store: GatewayWorld['store'] = (more, secret = keySecret, token) =>
    put(more, {
      accessKeyId: new Secret(keyId),
      accessKeySecret: new Secret(secret),
      securityToken: token === undefined ? null : new Secret(token),
    });
  const upstream: GatewayWorld['upstream'] = (address, options = {}) => {
    const { timeoutMs = 5_000, qps = 1_000, stsAddress = null } = options;
    const quota = new RedisCallQuota(redis, clock, { keyPrefix: prefix, callsPerSecond: qps });
    const nonceFor = (id: string, attempt: number): string => `nonce-${id}-${attempt}`;
    const shutdown = { isUnderWay: false };
    const surveys = new RedisSurveys(redis, clock, prefix);
    const sessions = new SessionSecrets({
      ...{ clock, timeoutMs, identify: options.identify ?? identify },
      sts: new StsClient(clock, timeoutMs),
      override: stsAddress === null ? null : parseEndpoint(stsAddress),
    });
    const health = new CredentialHealth({ credentials, clock, journal });
    const parts = { credentials, vault, sessions, health, quota, surveys, clock };
    const more = { shutdown, nonceFor, tracing: new NoTracing(), figures: new NoFigures() };
    return new RdsUpstream({ ...parts, ...more }, { rdsEndpoint: address, timeoutMs });
  };
  await store({});
  return {
    credentials,
    vault,
    journal,
    put,
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
