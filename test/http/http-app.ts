// The HTTP floor in one process: the real use cases over small stores, without a network.
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Caller, Scope } from '../../src/domain/access.js';
import { configureHttp } from '../../src/http/configure-http.js';
import { createFastifyAdapter, type ServerOptions } from '../../src/http/fastify-adapter.js';
import { API_PROVIDERS, HTTP_CONTROLLERS, HTTP_PROVIDERS } from '../../src/http/http-parts.js';
import { AcceptBatch } from '../../src/use-cases/accept-batch.js';
import { AcceptMigrations } from '../../src/use-cases/accept-migrations.js';
import { Authenticate } from '../../src/use-cases/authenticate.js';
import { CompleteItems } from '../../src/use-cases/complete-items.js';
import { ControlMigration } from '../../src/use-cases/control-migration.js';
import { HeldByBreaker } from '../../src/use-cases/held-by-breaker.js';
import { RetryFailed } from '../../src/use-cases/retry-failed.js';
import { ControlBatch } from '../../src/use-cases/control-batch.js';
import { KeepAudit } from '../../src/use-cases/keep-audit.js';
import { LearnedDurations } from '../../src/use-cases/learned-durations.js';
import { ManageApiKeys } from '../../src/use-cases/manage-api-keys.js';
import { ManageCredentials } from '../../src/use-cases/manage-credentials.js';
import { OpenSession } from '../../src/use-cases/open-session.js';
import { PlanBatch } from '../../src/use-cases/plan-batch.js';
import { ApiKeys, ApiKeyStore, RateLimits } from '../../src/use-cases/ports-access.js';
import { AuditLog } from '../../src/use-cases/ports-audit.js';
import { UpstreamPauses } from '../../src/use-cases/ports-pauses.js';
import { Breakers } from '../../src/use-cases/ports-breakers.js';
import { BatchStore } from '../../src/use-cases/ports-batches.js';
import {
  CredentialStore,
  CredentialVault,
  type Credential,
} from '../../src/use-cases/ports-credentials.js';
import * as ports from '../../src/use-cases/ports.js';
import { PreflightMigration } from '../../src/use-cases/preflight-migration.js';
import { PreflightPlan } from '../../src/use-cases/preflight-plan.js';
import { Exposition, Figures, NoFigures } from '../../src/use-cases/ports-figures.js';
import { Tallies } from '../../src/use-cases/ports-stock.js';
import { NoTracing, Tracing } from '../../src/use-cases/ports-tracing.js';
import { ReadAudit } from '../../src/use-cases/read-audit.js';
import { ReadBatches } from '../../src/use-cases/read-batches.js';
import { ReadMigrations } from '../../src/use-cases/read-migrations.js';
import { ReadTimeline } from '../../src/use-cases/read-timeline.js';
import { ShowFigures } from '../../src/use-cases/show-figures.js';
import { TakeStock } from '../../src/use-cases/take-stock.js';
import { ReadReservations } from '../../src/use-cases/read-reservations.js';
import { Readiness } from '../../src/use-cases/readiness.js';
import { MemoryApiKeys, MemoryRateLimits } from '../support/memory-api-keys.js';
import { MemoryAuditLog } from '../support/memory-audit.js';
import { MemoryPauses } from '../support/memory-pauses.js';
import { MemoryBreakers } from '../support/memory-breakers.js';
import { EventHub } from '../../src/use-cases/event-hub.js';
import { FollowEvents } from '../../src/use-cases/follow-events.js';
import { EventFeed, EventLog } from '../../src/use-cases/ports-events.js';
import { MemoryEventFeed } from '../support/memory-events.js';
import { Upstream } from '../../src/use-cases/ports-upstream.js';
import { VerifyCredential } from '../../src/use-cases/verify-credential.js';
import { expectDocumented } from '../support/documented.js';
import { MemoryCloud } from '../support/memory-cloud.js';
import { MemoryCredentialStore } from '../support/memory-credential-store.js';
import { TestSettings } from '../support/memory-ports.js';
import { MemoryTallies, PlainExposition } from '../support/memory-tallies.js';
import { MemoryUpstream } from '../support/memory-upstream.js';
import { ListedBatches, NothingLearned } from './batch-stores.js';
import { StillBoard } from './still-board.js';
import {
  CountedIds,
  FixedClock,
  NextTurn,
  NothingLost,
  NOW,
  SilentJournal,
} from './small-ports.js';
import { ListedMigrations, NobodyHolds, OpenVault } from './stores.js';
import { webhookParts, type WebhookParts } from './webhook-parts.js';

export { NOW };
export const CREDENTIAL = 'cred_0000000000000000000000TEST';
export const BODY_LIMIT = 10_485_760;

/** Keys of the test's callers: `<tenant>.<scope>`, so that a test says who calls where it calls. */
class NamedKeys extends ApiKeys {
  constructor(private readonly stored: ApiKeys) {
    super();
  }
  override async callerOf(key: string): Promise<Caller | null> {
    const [tenant, scope] = key.split('.');
    if (tenant === undefined || scope === undefined) return this.stored.callerOf(key);
    return { keyId: key, tenant, scopes: [scope as Scope], instancePatterns: null };
  }
}

export class Probes extends ports.HealthProbes {
  parts: Record<string, ports.PartHealth> = { redis: { ok: true, detail: 'answers' } };
  override async all(): Promise<Readonly<Record<string, ports.PartHealth>>> {
    return this.parts;
  }
}

export interface HttpUnderTest {
  readonly app: NestFastifyApplication;
  readonly migrations: ListedMigrations;
  readonly batches: ListedBatches;
  readonly credentials: MemoryCredentialStore;
  readonly cloud: MemoryCloud;
  readonly breakers: MemoryBreakers;
  readonly audit: MemoryAuditLog;
  readonly apiKeys: MemoryApiKeys;
  readonly limits: MemoryRateLimits;
  readonly probes: Probes;
  readonly board: StillBoard;
  readonly webhooks: WebhookParts;
  /** It has the controllers of the service, and no others: its answers are those of the document. */
  readonly isWhole: boolean;
}

export async function startHttp(
  controllers: readonly (new (...args: never[]) => object)[] = HTTP_CONTROLLERS,
  logger: ServerOptions['logger'] = false,
): Promise<HttpUnderTest> {
  const migrations = new ListedMigrations();
  const batches = new ListedBatches();
  const credentials = new MemoryCredentialStore();
  const cloud = new MemoryCloud(new FixedClock());
  const breakers = new MemoryBreakers(credentials, new FixedClock());
  const probes = new Probes();
  const audit = new MemoryAuditLog();
  const apiKeys = new MemoryApiKeys(new FixedClock());
  const limits = new MemoryRateLimits();
  const webhooks = webhookParts();
  await credentials.create(storedCredential(), null);

  @Module({
    controllers: [...controllers],
    providers: [
      ...HTTP_PROVIDERS,
      ...[Authenticate, AcceptMigrations, ReadMigrations, ManageCredentials, Readiness],
      ...[ManageApiKeys, VerifyCredential, KeepAudit, ReadAudit],
      ...[ControlMigration, HeldByBreaker],
      ...[
        AcceptBatch,
        CompleteItems,
        PlanBatch,
        ReadBatches,
        ControlBatch,
        RetryFailed,
        LearnedDurations,
      ],
      ReadTimeline,
      ...[OpenSession, ReadReservations, PreflightMigration, PreflightPlan],
      { provide: ports.Settings, useValue: new TestSettings() },
      { provide: ApiKeys, useValue: new NamedKeys(apiKeys) },
      { provide: ApiKeyStore, useValue: apiKeys },
      { provide: RateLimits, useValue: limits },
      { provide: ports.Durability, useClass: NothingLost },
      { provide: ports.Clock, useClass: FixedClock },
      { provide: ports.Ids, useClass: CountedIds },
      { provide: ports.Journal, useClass: SilentJournal },
      { provide: ports.Pause, useClass: NextTurn },
      { provide: ports.DurationHistory, useClass: NothingLearned },
      { provide: BatchStore, useValue: batches },
      { provide: CredentialVault, useClass: OpenVault },
      { provide: ports.InstanceLeases, useClass: NobodyHolds },
      { provide: ports.HealthProbes, useValue: probes },
      { provide: ports.MigrationStore, useValue: migrations },
      { provide: AuditLog, useValue: audit },
      { provide: CredentialStore, useValue: credentials },
      { provide: Upstream, useValue: new MemoryUpstream(cloud) },
      { provide: Breakers, useValue: breakers },
      { provide: UpstreamPauses, useValue: new MemoryPauses(credentials, new FixedClock()) },
      ...webhooks.providers,
      { provide: EventLog, useValue: webhooks.shelf.events },
      { provide: EventFeed, useValue: new MemoryEventFeed(webhooks.shelf.events) },
      ...[EventHub, FollowEvents, ...API_PROVIDERS],
      { provide: Tracing, useValue: new NoTracing() },
      ...[TakeStock, ShowFigures],
      { provide: Figures, useClass: NoFigures },
      { provide: Tallies, useClass: MemoryTallies },
      { provide: Exposition, useClass: PlainExposition },
    ],
  })
  class HttpModule {}

  const adapter = createFastifyAdapter({ logger });
  const app = await NestFactory.create<NestFastifyApplication>(HttpModule, adapter, {
    logger: false,
    abortOnError: false,
  });
  const board = new StillBoard();
  const bodyHashKey = Buffer.alloc(32, 1);
  configureHttp(app, { bodyLimitBytes: BODY_LIMIT, bodyHashKey, queueBoard: board });
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  const isWhole = controllers === HTTP_CONTROLLERS;
  return {
    ...{ app, migrations, batches, credentials, cloud, breakers, audit, apiKeys, limits, probes },
    ...{ isWhole, webhooks, board },
  };
}

function storedCredential(): Credential {
  return {
    ...{ id: CREDENTIAL, tenant: 'acme', name: 'test', type: 'access_key' },
    ...{ regionId: 'cn-hangzhou', maskedKeyId: 'LTAI****0001', sealed: 'sealed', keyVersion: 'k1' },
    ...{ version: 1, createdAt: NOW, updatedAt: NOW, lastUsedAt: null, lastVerifiedAt: null },
    ...{ roleArn: null, unhealthy: null },
  };
}

/** Sends as a member of `acme` with the scope that the route needs, unless the call says otherwise. */
export async function send(
  { app, isWhole }: HttpUnderTest,
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE' | 'HEAD' | 'PUT',
  url: string,
  more: { body?: string | Buffer; headers?: Record<string, string>; key?: string | null } = {},
) {
  const { body, headers, key = 'acme.admin' } = more;
  const answer = await app.inject({
    method,
    url,
    headers: {
      ...(key !== null && { authorization: `Bearer ${key}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { payload: body }),
  });
  if (isWhole) {
    const { statusCode: status, headers: told, payload: text } = answer;
    expectDocumented({ method, path: url, status, headers: told, text });
  }
  return answer;
}

export const migrationBody = (more: object = {}): string =>
  JSON.stringify({
    credentialId: CREDENTIAL,
    sourceInstanceId: 'rm-source',
    targetInstanceId: 'rm-target',
    dbInfo: { DBNames: ['orders'] },
    ...more,
  });
