// The wiring page of the outward edge: each port beside its adapter.
import { readFileSync } from 'node:fs';
import { type Provider } from '@nestjs/common';
import { CountedJournal } from './adapters/counted-journal.js';
import { CountedWebhookSender } from './adapters/counted-webhook-sender.js';
import { CredentialHealth } from './adapters/credential-health.js';
import { BootstrapApiKeys } from './adapters/bootstrap-api-keys.js';
import { identify } from './adapters/rds-machine-identity.js';
import { AddressGuard } from './adapters/http-address-guard.js';
import { HttpWebhookSender } from './adapters/http-webhook-sender.js';
import { PinoJournal } from './adapters/pino-journal.js';
import { PrometheusExposition } from './adapters/prometheus-exposition.js';
import { PrometheusFigures } from './adapters/prometheus-figures.js';
import { RandomIds } from './adapters/random-ids.js';
import { parseEndpoint } from './adapters/rds-endpoints.js';
import { RdsUpstream } from './adapters/rds-gateway.js';
import { RedisApiKeys } from './adapters/redis-api-keys.js';
import { RedisAuditLog } from './adapters/redis-audit.js';
import { RedisCredentialStore } from './adapters/redis-credential-store.js';
import { RedisBreakers } from './adapters/redis-breakers.js';
import { RedisBatchProgress } from './adapters/redis-batch-progress.js';
import { FEED_CONNECTION, RedisEventFeed } from './adapters/redis-event-feed.js';
import { connect } from './adapters/redis-connection.js';
import { RedisEventLog } from './adapters/redis-event-log.js';
import { RedisBatchStore } from './adapters/redis-batch-store.js';
import { RedisDurationHistory } from './adapters/redis-duration-history.js';
import { RedisHealthProbes } from './adapters/redis-health-probes.js';
import { RedisInstanceLeases } from './adapters/redis-instance-leases.js';
import { RedisLookTries } from './adapters/redis-look-tries.js';
import { RedisKeys } from './adapters/redis-keys.js';
import { RedisMigrationStore } from './adapters/redis-migration-store.js';
import { RedisPauses } from './adapters/redis-pauses.js';
import { RedisOutbox } from './adapters/redis-outbox.js';
import { RedisCallQuota } from './adapters/redis-quota.js';
import { RedisRateLimits } from './adapters/redis-rate-limits.js';
import { RedisRetention } from './adapters/redis-retention.js';
import { RedisSweepLease } from './adapters/redis-sweep-lease.js';
import { RedisTallies } from './adapters/redis-tallies.js';
import { RedisSurveys } from './adapters/redis-surveys.js';
import { RedisWebhookDeliveries } from './adapters/redis-webhook-deliveries.js';
import { RedisWebhookStore } from './adapters/redis-webhook-store.js';
import { SealedWebhookSecrets } from './adapters/sealed-webhook-secrets.js';
import { SessionSecrets } from './adapters/session-secrets.js';
import { StsClient } from './adapters/sts-client.js';
import { SystemClock, SystemPause } from './adapters/system-clock.js';
import { TracedJournal } from './adapters/traced-journal.js';
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
  SweepLease,
} from './use-cases/ports.js';
import { ApiKeys, ApiKeyStore, RateLimits } from './use-cases/ports-access.js';
import { AuditLog } from './use-cases/ports-audit.js';
import { BatchStore } from './use-cases/ports-batches.js';
import { Breakers } from './use-cases/ports-breakers.js';
import { CredentialStore, CredentialVault } from './use-cases/ports-credentials.js';
import { Tracing } from './use-cases/ports-tracing.js';
import { BatchProgress, EventFeed, EventLog } from './use-cases/ports-events.js';
import { Exposition, Figures } from './use-cases/ports-figures.js';
import { UpstreamPauses } from './use-cases/ports-pauses.js';
import { LookTries } from './use-cases/ports-look-tries.js';
import { Retention } from './use-cases/ports-retention.js';
import { Tallies } from './use-cases/ports-stock.js';
import { Upstream } from './use-cases/ports-upstream.js';
import { WatchUpstream } from './use-cases/watch-upstream.js';
import {
  WebhookDeliveries,
  WebhookSecrets,
  WebhookSender,
  WebhookStore,
} from './use-cases/ports-webhooks.js';
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
  readonly tracing: Tracing;
}

export function adaptersOf(foundation: Foundation): readonly Provider[] {
  const { config, redis, vault, durability, tracing } = foundation;
  const keys = new RedisKeys(config.redisKeyPrefix);
  const clock = new SystemClock();
  const ids = new RandomIds();
  const outbox = new RedisOutbox(redis, keys);
  const eventLog = new RedisEventLog(redis, keys);
  const apiKeys = new RedisApiKeys(redis, keys, vault, clock);
  const credentials = new RedisCredentialStore(redis, config.redisKeyPrefix);
  const quota = new RedisCallQuota(redis, clock, {
    keyPrefix: config.redisKeyPrefix,
    callsPerSecond: config.upstreamQps,
  });
  const log = new PinoJournal(foundation.logger);
  const figures = new PrometheusFigures({ version: versionOf(), role: config.role });
  const told = tracing.isOn ? new TracedJournal(log, tracing) : log;
  const journal = new CountedJournal(told, figures);
  const pauses = new RedisPauses(redis, keys, { credentials, vault }, clock);
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
      health: new CredentialHealth({ credentials, clock, journal }),
      quota,
      surveys: new RedisSurveys(redis, clock, config.redisKeyPrefix),
      clock,
      shutdown: foundation.shutdown,
      tracing,
      figures,
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
    { provide: Tracing, useValue: tracing },
    { provide: Figures, useValue: figures },
    {
      provide: Exposition,
      useValue: new PrometheusExposition(figures.registry, config.upstreamQps),
    },
    { provide: Tallies, useValue: new RedisTallies(redis, keys) },
    { provide: Shutdown, useValue: foundation.shutdown },
    { provide: Durability, useValue: durability },
    { provide: Outbox, useValue: outbox },
    {
      provide: MigrationStore,
      useValue: new RedisMigrationStore(redis, keys, ids, { outbox, durability }),
    },
    { provide: BatchStore, useValue: new RedisBatchStore(redis, keys, ids, outbox) },
    { provide: EventLog, useValue: eventLog },
    {
      provide: EventFeed,
      useValue: new RedisEventFeed(eventLog, keys, () => connect(config, FEED_CONNECTION)),
    },
    { provide: BatchProgress, useValue: new RedisBatchProgress(redis, keys) },
    { provide: SweepLease, useValue: new RedisSweepLease(redis, keys, ids.token()) },
    { provide: LookTries, useValue: new RedisLookTries(redis, keys, clock) },
    { provide: Retention, useValue: new RedisRetention(redis, keys) },
    { provide: DurationHistory, useValue: new RedisDurationHistory(redis, keys) },
    { provide: InstanceLeases, useValue: new RedisInstanceLeases(redis, keys) },
    { provide: CredentialStore, useValue: credentials },
    { provide: CredentialVault, useValue: vault },
    { provide: WebhookStore, useValue: new RedisWebhookStore(redis, keys) },
    { provide: WebhookDeliveries, useValue: new RedisWebhookDeliveries(redis, keys) },
    { provide: WebhookSecrets, useValue: new SealedWebhookSecrets(vault) },
    {
      provide: WebhookSender,
      useValue: new CountedWebhookSender(
        new HttpWebhookSender(new AddressGuard(config.webhookAllowedCidrs)),
        figures,
      ),
    },
    { provide: AuditLog, useValue: new RedisAuditLog(redis, keys) },
    { provide: Upstream, useValue: new WatchUpstream(upstream, pauses, journal) },
    { provide: UpstreamPauses, useValue: pauses },
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

/** Of the package, which lies beside the code in every installation. */
function versionOf(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
}
