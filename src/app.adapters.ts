// The wiring page of the outward edge: each port beside its adapter.
import { type Provider } from '@nestjs/common';
import { CredentialHealth } from './adapters/credential-health.js';
import { BootstrapApiKeys } from './adapters/bootstrap-api-keys.js';
import { identify } from './adapters/rds-machine-identity.js';
import { PinoJournal } from './adapters/pino-journal.js';
import { RandomIds } from './adapters/random-ids.js';
import { parseEndpoint } from './adapters/rds-endpoints.js';
import { RdsUpstream } from './adapters/rds-gateway.js';
import { RedisApiKeys } from './adapters/redis-api-keys.js';
import { RedisAuditLog } from './adapters/redis-audit.js';
import { RedisCredentialStore } from './adapters/redis-credential-store.js';
import { RedisBreakers } from './adapters/redis-breakers.js';
import { RedisBatchStore } from './adapters/redis-batch-store.js';
import { RedisDurationHistory } from './adapters/redis-duration-history.js';
import { RedisHealthProbes } from './adapters/redis-health-probes.js';
import { RedisInstanceLeases } from './adapters/redis-instance-leases.js';
import { RedisKeys } from './adapters/redis-keys.js';
import { RedisMigrationStore } from './adapters/redis-migration-store.js';
import { RedisOutbox } from './adapters/redis-outbox.js';
import { RedisCallQuota } from './adapters/redis-quota.js';
import { RedisRateLimits } from './adapters/redis-rate-limits.js';
import { RedisSurveys } from './adapters/redis-surveys.js';
import { SessionSecrets } from './adapters/session-secrets.js';
import { StsClient } from './adapters/sts-client.js';
import { SystemClock, SystemPause } from './adapters/system-clock.js';
import {
  Clock,
  Durability,
  DurationHistory,
  HealthProbes,
  Ids,
  InstanceLeases,
  Journal,
  MigrationStore,
  Outbox,
  Pause,
  Settings,
  Shutdown,
} from './use-cases/ports.js';
import { ApiKeys, ApiKeyStore, RateLimits } from './use-cases/ports-access.js';
import { AuditLog } from './use-cases/ports-audit.js';
import { BatchStore } from './use-cases/ports-batches.js';
import { Breakers } from './use-cases/ports-breakers.js';
import { CredentialStore, CredentialVault } from './use-cases/ports-credentials.js';
import { Upstream } from './use-cases/ports-upstream.js';
import type { Logger } from 'pino';
import type { AesCredentialVault } from './adapters/aes-credential-vault.js';
import type { RedisClient } from './adapters/redis-connection.js';
import type { RedisDurability } from './adapters/redis-durability.js';
import type { ServiceKey } from './adapters/redis-service-key.js';
import type { Config } from './config.js';

/** What must be there before anything is wired. */
export interface Foundation {
  readonly config: Config;
  readonly logger: Logger;
  readonly redis: RedisClient;
  readonly vault: AesCredentialVault;
  readonly serviceKey: ServiceKey;
  readonly durability: RedisDurability;
  readonly shutdown: Shutdown;
}

export function adaptersOf(foundation: Foundation): readonly Provider[] {
  const { config, redis, vault, durability } = foundation;
  const keys = new RedisKeys(config.redisKeyPrefix);
  const clock = new SystemClock();
  const ids = new RandomIds();
  const outbox = new RedisOutbox(redis, keys);
  const apiKeys = new RedisApiKeys(redis, keys, vault, clock);
  const credentials = new RedisCredentialStore(redis, config.redisKeyPrefix);
  const quota = new RedisCallQuota(redis, clock, {
    keyPrefix: config.redisKeyPrefix,
    callsPerSecond: config.upstreamQps,
  });
  const journal = new PinoJournal(foundation.logger);
  const timeoutMs = config.upstreamTimeoutMs;
  const upstream = new RdsUpstream(
    {
      credentials,
      vault,
      sessions: new SessionSecrets({
        ...{ clock, identify, timeoutMs },
        sts: new StsClient(clock, timeoutMs),
        override: config.stsEndpoint === null ? null : parseEndpoint(config.stsEndpoint),
      }),
      health: new CredentialHealth({ credentials, clock, ids, journal }),
      quota,
      surveys: new RedisSurveys(redis, clock, config.redisKeyPrefix),
      clock,
      shutdown: foundation.shutdown,
      nonceFor: foundation.serviceKey.nonceFor,
    },
    { rdsEndpoint: config.rdsEndpoint, timeoutMs },
  );
  return [
    { provide: Settings, useValue: config },
    { provide: Clock, useValue: clock },
    { provide: Pause, useValue: new SystemPause() },
    { provide: Ids, useValue: ids },
    { provide: Journal, useValue: journal },
    { provide: Shutdown, useValue: foundation.shutdown },
    { provide: Durability, useValue: durability },
    { provide: Outbox, useValue: outbox },
    {
      provide: MigrationStore,
      useValue: new RedisMigrationStore(redis, keys, ids, { outbox, durability }),
    },
    { provide: BatchStore, useValue: new RedisBatchStore(redis, keys, ids, outbox) },
    { provide: DurationHistory, useValue: new RedisDurationHistory(redis, keys) },
    { provide: InstanceLeases, useValue: new RedisInstanceLeases(redis, keys) },
    { provide: CredentialStore, useValue: credentials },
    { provide: CredentialVault, useValue: vault },
    { provide: AuditLog, useValue: new RedisAuditLog(redis, keys) },
    { provide: Upstream, useValue: upstream },
    {
      provide: Breakers,
      useValue: new RedisBreakers(redis, keys, { credentials, vault }, clock),
    },
    { provide: ApiKeyStore, useValue: apiKeys },
    { provide: ApiKeys, useValue: new BootstrapApiKeys(config.bootstrapAdminKey, apiKeys) },
    {
      provide: RateLimits,
      useValue: new RedisRateLimits(redis, keys, config.rateLimitPerMinute),
    },
    {
      provide: HealthProbes,
      useValue: new RedisHealthProbes(redis, keys, durability, {
        isProduction: config.isProduction,
        masterKeys: vault,
      }),
    },
  ];
}
