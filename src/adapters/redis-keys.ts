// Every key name there is. All start with the prefix, which is the one hash tag: scripts run on a cluster, too.
import type { Engine } from '../domain/db-info.js';
import type { MigrationStatus } from '../domain/migration.js';
import type { Wake } from '../use-cases/ports.js';

export class RedisKeys {
  constructor(readonly prefix: string) {}

  private of(...parts: readonly string[]): string {
    return [this.prefix, ...parts].join(':');
  }

  /** Hash: doc (JSON), status, version, fence, token, source, target, ready ('1': in the rows of both). */
  migration = (id: string): string => this.of('mig', id);
  /** List of JSON entries, oldest first. */
  history = (id: string): string => this.of('history', id);
  /** Sorted sets of ids, all with score 0, so that they sort by id and so by time. */
  idsOfTenant = (tenant: string): string => this.of('ids', tenant);
  idsByStatus = (tenant: string, status: MigrationStatus): string =>
    this.of('by-status', tenant, status);
  idsByInstance = (tenant: string, instanceId: string): string =>
    this.of('by-instance', tenant, instanceId);
  idsByBatch = (tenant: string, batchId: string): string => this.of('by-batch', tenant, batchId);
  idsByLabel = (tenant: string, key: string, value: string): string =>
    this.of('by-label', tenant, JSON.stringify([key, value]));

  /** Sorted set: id → wakeAt, of every migration that time can move. */
  due = (): string => this.of('due');
  /** Sorted set: id → finishedAt, of batches and of migrations on their own that have ended. */
  ended = (): string => this.of('ended');
  /** Sorted set: id → since when, of migrations that are parked. */
  parked = (): string => this.of('parked');
  /** Hash: n, at: looks at a record in a row that did not come to an end, and when the last began. */
  tries = (id: string): string => this.of('tries', id);
  /** String: token of the process that sweeps; expires. */
  sweeper = (): string => this.of('sweeper');
  /** Sorted set: id → queuedAt, of all that wait for their instances. */
  queued = (): string => this.of('queued');
  /** Hash: id → row (apply-step.lua), of those that wait for this instance. */
  waiting = (instanceId: string): string => this.of('waiting', instanceId);
  /** Hash: id → row, of those of a batch that wait for their instances. */
  waitingOfBatch = (batchId: string): string => this.of('waiting-batch', batchId);
  /** Hash: "instance sized", "instance bytes", "instance unsized" → sums over the rows of the instance. */
  work = (): string => this.of('work');
  /** Hash: source instance → bytes of its data when it was last checked. */
  sizes = (): string => this.of('sizes');
  /** List of "bytes durationMs", the newest first. */
  samples = (engine: Engine): string => this.of('samples', engine);
  /** Set of ids of those that start only after this one. */
  dependents = (id: string): string => this.of('dependents', id);
  /** Hash: id of a member → how many of those that it depends on have not succeeded yet. */
  missing = (batchId: string): string => this.of('missing', batchId);
  /** Hash: doc (JSON), gate, version, counts by status, total, cap, flight, halts, finishedAt. */
  batch = (id: string): string => this.of('batch', id);
  /** Sorted set of ids, all with score 0. */
  batches = (tenant: string): string => this.of('batches', tenant);
  /** Hash: instance id → "migration id fence". */
  leases = (): string => this.of('leases');
  /** Hash: ImportId → migration id, within a tenant. */
  imports = (tenant: string): string => this.of('imports', tenant);
  /** Hash: "target instance/ImportId" → migration id, over all tenants. */
  importOwners = (): string => this.of('import-owners');
  /** Sorted set: field of the import owners → when its migration ended, of migrations that were dropped. */
  pastImportOwners = (): string => this.of('past-import-owners');
  /** Set of ids of the same migration that have not ended. */
  same = (tenant: string, digest: string): string => this.of('same', tenant, digest);
  /** Sorted set: wake-up → order of its making; emptied by the relay. */
  outbox = (): string => this.of('outbox');
  /** Stream of events of all tenants: those of the last minute, and all that are not filed yet. */
  events = (): string => this.of('events');
  /** Stream of the events of a tenant, under the same ids, bounded for each. */
  eventsOfTenant = (tenant: string): string => this.of('events', tenant);
  /** Hash: filed (entry id up to which all are in the logs of their tenants), passed (how many), floor. */
  eventFiling = (): string => this.of('event-filing');
  /** Set of ids of batches whose counts changed since they were last told. */
  changedBatches = (): string => this.of('changed-batches');
  /** Hash: fence, intents, outbox: counters that only grow. */
  counters = (): string => this.of('counters');
  /** Hash: epoch, noticedAt, until. */
  rollback = (): string => this.of('rollback');
  /** String: written so that its way to disk can be waited for. */
  fsync = (): string => this.of('fsync');
  /** String: the service's own key, sealed. */
  serviceKey = (): string => this.of('service-key');

  /** Set of tenants that have accepted a migration, or of which there are events. */
  tenants = (): string => this.of('tenants');
  /** BullMQ's own names: lists of job ids `wait` and `active`, sorted set `delayed`, and a hash for each job id. */
  jobs = (queue: Wake['to'], part: string): string => this.of('queue', queue, part);
  /** Sorted set: "region:account digest" of a quota → when it was last used (ms). */
  quotaScopes = (): string => this.of('quota-scopes');

  /** Hash: "region:account digest" → record (JSON) of the answer that opened the breaker. */
  breakers = (): string => this.of('breakers');

  /** Hash: "region:account digest" → "failures, since when (ms), the last (ms)" of calls that upstream did not answer. */
  failures = (): string => this.of('failures');
  /** Hash: "region:account digest" → the pause (JSON) and whose calls opened it. */
  pauses = (): string => this.of('pauses');
  /** Set of "region:account digest" of pauses closed, whose waiting is to be woken. */
  closedPauses = (): string => this.of('closed-pauses');

  credential = (id: string): string => this.of('cred', id);
  credentials = (tenant: string): string => this.of('creds', tenant);
  /** Sorted set of "master key id", all with score 0, over all tenants. */
  credentialsByKey = (): string => this.of('creds-by-key');
  /** Set of ids of migrations that use it and have not ended. */
  credentialUsers = (id: string): string => this.of('cred-users', id);
  /** Hash: doc (JSON, the secrets in it sealed), tenant, version, disabled (JSON), lastSuccessAt. */
  webhook = (id: string): string => this.of('webhook', id);
  /** Sorted sets of ids, all with score 0: of a tenant, and of all. */
  webhooks = (tenant: string): string => this.of('webhooks', tenant);
  allWebhooks = (): string => this.of('all-webhooks');
  /** Sorted set of "master key id", all with score 0, over all tenants. */
  webhooksByKey = (): string => this.of('webhooks-by-key');
  /** Sorted set: id → when the first of its deliveries is due, of enabled webhooks that have any. */
  webhooksDue = (): string => this.of('webhooks-due');
  /** String: id of the event up to which all have become deliveries. */
  webhookCursor = (): string => this.of('webhook-cursor');
  /** Hash and sorted set of what waits for the endpoints of a tenant, as webhook-backlog.lua tells. */
  backlog = (tenant: string): string => this.of('backlog', tenant);
  backlogOrder = (tenant: string): string => this.of('backlog-order', tenant);
  /** Hash: event id → "version JSON", without the body. */
  deliveries = (webhookId: string): string => this.of('deliveries', webhookId);
  /** Sorted sets of event ids: of all, with score 0; of pending ones, when due; of ended ones, since when. */
  deliveryLog = (webhookId: string): string => this.of('delivery-log', webhookId);
  deliveriesDue = (webhookId: string): string => this.of('deliveries-due', webhookId);
  deliveriesEnded = (webhookId: string): string => this.of('deliveries-ended', webhookId);
  /** Hash: doc (JSON), tenant, digest of the secret, revokedAt, lastUsedAt. */
  apiKey = (id: string): string => this.of('key', id);
  /** Sorted sets of ids, all with score 0: of a tenant, and of all. */
  apiKeys = (tenant: string): string => this.of('keys', tenant);
  allApiKeys = (): string => this.of('all-keys');
  /** Begin the names of counters: of requests of a key, of failed authentications from a source. */
  requestsOf = (): string => this.of('rate', 'key');
  failuresOf = (): string => this.of('rate', 'failed');
  /** List of audit entries (JSON), oldest first: the tenant's chain, from the one after its anchor on. */
  audit = (tenant: string): string => this.of('audit', tenant);
  /** Hash: seq, hash, at: the last entry of the tenant that was dropped. */
  auditAnchor = (tenant: string): string => this.of('audit-anchor', tenant);
  /** List of "seq tenant", one for each audit entry of all tenants, oldest first. */
  auditPlaces = (): string => this.of('audit-places');
  /** Hash: seq: how many were dropped of it. */
  auditPlacesAnchor = (): string => this.of('audit-places-anchor');
  /** List of "token count notes JSON": what waits to be put on the chain while many processes write. */
  auditLine = (tenant: string): string => this.of('audit-line', tenant);
  /** String: seq of the first entry of notes that were taken from the line. */
  auditTurn = (tenant: string, token: string): string => this.of('audit-turn', tenant, token);
  /** One for all routes of a tenant: what the key was used for is in the hash it keeps. */
  idempotency = (tenant: string, key: string): string => this.of('idem', tenant, key);
}
