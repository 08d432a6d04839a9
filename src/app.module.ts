// The wiring page: each port beside its adapter, the use cases, the edges by role.
import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import type { Logger } from 'pino';
import { AesCredentialVault } from './adapters/aes-credential-vault.js';
import { BootstrapApiKeys } from './adapters/bootstrap-api-keys.js';
import { PinoJournal } from './adapters/pino-journal.js';
import { RandomIds } from './adapters/random-ids.js';
import { RdsUpstream } from './adapters/rds-gateway.js';
import { RedisCredentialStore } from './adapters/redis-credential-store.js';
import type { RedisClient } from './adapters/redis-connection.js';
import { RedisBreakers } from './adapters/redis-breakers.js';
import { RedisBatchStore } from './adapters/redis-batch-store.js';
import { RedisDurationHistory } from './adapters/redis-duration-history.js';
import { RedisDurability } from './adapters/redis-durability.js';
import { RedisHealthProbes } from './adapters/redis-health-probes.js';
import { RedisInstanceLeases } from './adapters/redis-instance-leases.js';
import { RedisKeys } from './adapters/redis-keys.js';
import { RedisMigrationStore } from './adapters/redis-migration-store.js';
import { RedisOutbox } from './adapters/redis-outbox.js';
import { RedisCallQuota } from './adapters/redis-quota.js';
import type { ServiceKey } from './adapters/redis-service-key.js';
import { RedisSurveys } from './adapters/redis-surveys.js';
import { SystemClock, SystemPause } from './adapters/system-clock.js';
import type { Config } from './config.js';
import { HTTP_CONTROLLERS, HTTP_PROVIDERS } from './http/http-parts.js';
import { AcceptBatch } from './use-cases/accept-batch.js';
import { CompleteItems } from './use-cases/complete-items.js';
import { CarryOutCancel } from './use-cases/carry-out-cancel.js';
import { HeldByBreaker } from './use-cases/held-by-breaker.js';
import { ControlMigration } from './use-cases/control-migration.js';
import { ControlBatch } from './use-cases/control-batch.js';
import { LearnedDurations } from './use-cases/learned-durations.js';
import { LookAfterBatch } from './use-cases/look-after-batch.js';
import { OpenSession } from './use-cases/open-session.js';
import { PlanBatch } from './use-cases/plan-batch.js';
import { PreflightMigration } from './use-cases/preflight-migration.js';
import { PreflightPlan } from './use-cases/preflight-plan.js';
import { ReadReservations } from './use-cases/read-reservations.js';
import { ReadBatches } from './use-cases/read-batches.js';
import { StartMigrations } from './use-cases/start-migrations.js';
import { YieldInstances } from './use-cases/yield-instances.js';
import { AcceptMigrations } from './use-cases/accept-migrations.js';
import { Authenticate } from './use-cases/authenticate.js';
import { CheckPreflight } from './use-cases/check-preflight.js';
import { LookForImport } from './use-cases/look-for-import.js';
import { ManageCredentials } from './use-cases/manage-credentials.js';
import {
  ApiKeys,
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
import { BatchStore } from './use-cases/ports-batches.js';
import { Breakers } from './use-cases/ports-breakers.js';
import { CredentialStore, CredentialVault } from './use-cases/ports-credentials.js';
import { Upstream } from './use-cases/ports-upstream.js';
import { ReadMigrations } from './use-cases/read-migrations.js';
import { Readiness } from './use-cases/readiness.js';
import { ReconcileSubmission } from './use-cases/reconcile-submission.js';
import { RecordOutcome } from './use-cases/record-outcome.js';
import { ScheduleMigrations } from './use-cases/schedule-migrations.js';
import { SubmitMigration } from './use-cases/submit-migration.js';
import { TrackImports } from './use-cases/track-imports.js';
import { VerifyCredential } from './use-cases/verify-credential.js';

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

const API_USE_CASES = [
  AcceptMigrations,
  CompleteItems,
  AcceptBatch,
  OpenSession,
  PreflightMigration,
  PreflightPlan,
  PlanBatch,
  ReadMigrations,
  ControlMigration,
  ReadBatches,
  ControlBatch,
  ManageCredentials,
  VerifyCredential,
  Authenticate,
  Readiness,
];

const WORKER_USE_CASES = [
  StartMigrations,
  LookAfterBatch,
  ScheduleMigrations,
  YieldInstances,
  CheckPreflight,
  RecordOutcome,
  LookForImport,
  ReconcileSubmission,
  SubmitMigration,
  CarryOutCancel,
  TrackImports,
];

@Module({})
export class AppModule {
  static of(foundation: Foundation): DynamicModule {
    const { role } = foundation.config;
    const isApi = role !== 'worker';
    const isWorker = role !== 'api';
    return {
      module: AppModule,
      controllers: isApi ? [...HTTP_CONTROLLERS] : [],
      providers: [
        ...adapters(foundation),
        LearnedDurations,
        ReadReservations,
        HeldByBreaker,
        ...(isApi ? [...API_USE_CASES, ...HTTP_PROVIDERS] : []),
        ...(isWorker ? WORKER_USE_CASES : []),
      ],
    };
  }
}

function adapters(foundation: Foundation): readonly Provider[] {
  const { config, redis, vault, durability } = foundation;
  const keys = new RedisKeys(config.redisKeyPrefix);
  const clock = new SystemClock();
  const ids = new RandomIds();
  const outbox = new RedisOutbox(redis, keys);
  const credentials = new RedisCredentialStore(redis, config.redisKeyPrefix);
  const quota = new RedisCallQuota(redis, clock, {
    keyPrefix: config.redisKeyPrefix,
    callsPerSecond: config.upstreamQps,
  });
  const upstream = new RdsUpstream(
    {
      credentials,
      vault,
      quota,
      surveys: new RedisSurveys(redis, clock, config.redisKeyPrefix),
      clock,
      shutdown: foundation.shutdown,
      nonceFor: foundation.serviceKey.nonceFor,
    },
    { rdsEndpoint: config.rdsEndpoint, timeoutMs: config.upstreamTimeoutMs },
  );
  return [
    { provide: Settings, useValue: config },
    { provide: Clock, useValue: clock },
    { provide: Pause, useValue: new SystemPause() },
    { provide: Ids, useValue: ids },
    { provide: Journal, useValue: new PinoJournal(foundation.logger) },
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
    { provide: Upstream, useValue: upstream },
    {
      provide: Breakers,
      useValue: new RedisBreakers(redis, keys, { credentials, vault }, clock),
    },
    { provide: ApiKeys, useValue: new BootstrapApiKeys(config.bootstrapAdminKey) },
    {
      provide: HealthProbes,
      useValue: new RedisHealthProbes(redis, keys, durability, config.isProduction),
    },
  ];
}
