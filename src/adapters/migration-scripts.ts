// What the migration scripts are given: keys and arguments in the order their Lua texts declare them.
import { overdueEvent, parkedEvent, transitionEvent } from '../domain/event.js';
import {
  holdsInstances,
  isEnded,
  isInRow,
  taskFor,
  type HistoryEntry,
  type Migration,
} from '../domain/migration.js';
import { isResumed, type Step } from '../domain/migration-step.js';
import { MAX_DURATION_SAMPLES } from '../domain/policy.js';
import type { Ids } from '../use-cases/ports.js';
import { writeEvent } from './event-record.js';
import {
  leaseActionOf,
  samenessDigest,
  writeRecord,
  writeSample,
  writeWaiter,
} from './migration-record.js';
import type { RedisKeys } from './redis-keys.js';

/** An idempotency key is remembered for a day. */
export const IDEMPOTENCY_LIFE_MS = 86_400_000;

export interface ScriptCall {
  readonly keys: readonly string[];
  readonly args: readonly (string | number)[];
}

export interface Acceptance {
  readonly migration: Migration;
  readonly entry: HistoryEntry;
  readonly idempotency: { readonly key: string; readonly hash: string } | null;
  /** Of the batch that it is accepted with; null on its own. */
  readonly batchToken: string | null;
}

export function acceptCall(keys: RedisKeys, ids: Ids, accepted: Acceptance): ScriptCall {
  const { migration, entry, idempotency, batchToken } = accepted;
  const { id, tenant, sourceInstanceId, targetInstanceId, status } = migration;
  const self = keys.migration(id);
  const batchId = migration.batchId ?? '';
  const labels = Object.entries(migration.labels);
  // Those of a batch that can start now are woken by the batch, together.
  const isWokenByBatch = batchToken !== null && status === 'queued';
  return {
    keys: [
      self,
      keys.history(id),
      keys.idsOfTenant(tenant),
      keys.idsByStatus(tenant, status),
      keys.idsByInstance(tenant, sourceInstanceId),
      keys.idsByInstance(tenant, targetInstanceId),
      keys.due(),
      keys.queued(),
      keys.waiting(sourceInstanceId),
      keys.waiting(targetInstanceId),
      keys.outbox(),
      keys.events(),
      keys.counters(),
      keys.same(tenant, samenessDigest(migration)),
      keys.credential(migration.credentialId),
      keys.credentialUsers(migration.credentialId),
      idempotency === null ? self : keys.idempotency(tenant, idempotency.key),
      batchToken === null ? self : keys.batch(batchId),
      batchToken === null ? self : keys.waitingOfBatch(batchId),
      batchToken === null ? self : keys.idsByBatch(tenant, batchId),
      keys.work(),
      keys.sizes(),
      keys.tenants(),
      batchToken === null ? self : keys.missing(batchId),
      ...labels.map(([key, value]) => keys.idsByLabel(tenant, key, value)),
      ...migration.dependsOn.map((other) => keys.dependents(other)),
    ],
    args: [
      id,
      ids.token(),
      writeRecord(migration),
      status,
      JSON.stringify(entry),
      writeEvent(transitionEvent(migration, entry)),
      migration.wakeAt ?? '',
      isInRow(migration) ? writeWaiter(migration) : '',
      migration.queuedAt ?? '',
      idempotency?.hash ?? '',
      IDEMPOTENCY_LIFE_MS,
      migration.allowDuplicate ? '1' : '',
      isWokenByBatch ? '' : (taskFor(status) ?? ''),
      tenant,
      labels.length,
      sourceInstanceId,
      targetInstanceId,
      batchToken ?? '',
      migration.dependsOn.length,
    ],
  };
}

export function applyCall(keys: RedisKeys, ids: Ids, step: Step): ScriptCall {
  const { before, after, entry } = step;
  const { id, tenant, sourceInstanceId, targetInstanceId } = after;
  const self = keys.migration(id);
  const isIntent = step.name === 'intended';
  const binds = after.importId !== null && after.importId !== before.importId;
  const isNewlyQueued = after.status === 'queued' && before.status !== 'queued';
  // The job that wrote an intent is looking; should it die, BullMQ runs it again, or the sweep finds it due.
  const isLookAskedFor = isInRow(after) && after.cancel !== null && before.cancel === null;
  const needsWake =
    (after.wakeAt !== null && !isIntent) || isNewlyQueued || isLookAskedFor || isResumed(step);
  const seesSize = after.dataBytes !== null && after.dataBytes !== before.dataBytes;
  return {
    keys: [
      self,
      keys.history(id),
      keys.due(),
      keys.queued(),
      keys.waiting(sourceInstanceId),
      keys.waiting(targetInstanceId),
      keys.leases(),
      keys.outbox(),
      keys.events(),
      keys.counters(),
      keys.rollback(),
      keys.idsByStatus(tenant, before.status),
      keys.idsByStatus(tenant, after.status),
      keys.same(tenant, samenessDigest(after)),
      keys.credentialUsers(after.credentialId),
      keys.imports(tenant),
      keys.importOwners(),
      after.batchId === null ? self : keys.batch(after.batchId),
      after.batchId === null ? self : keys.waitingOfBatch(after.batchId),
      keys.work(),
      keys.sizes(),
      keys.samples(after.engine),
      keys.dependents(id),
      keys.credential(after.credentialId),
      keys.changedBatches(),
      keys.ended(),
      after.batchId === null ? self : keys.missing(after.batchId),
      keys.parked(),
    ],
    args: [
      id,
      before.version,
      before.status,
      ids.token(),
      writeRecord(after),
      after.status,
      leaseActionOf(step, holdsInstances),
      sourceInstanceId,
      targetInstanceId,
      before.fence ?? '',
      entry === null ? '' : JSON.stringify(entry),
      eventOf(step),
      after.wakeAt ?? '',
      isInRow(after) ? writeWaiter(after) : '',
      after.queuedAt ?? '',
      binds ? (after.importId ?? '') : '',
      isIntent ? (after.intent?.rollbackEpoch ?? 0) : '',
      after.intent?.at ?? 0,
      needsWake ? (taskFor(after.status) ?? '') : '',
      isEnded(after.status) ? '1' : '',
      entry?.at ?? '',
      after.batchId ?? '',
      seesSize ? (after.dataBytes ?? '') : '',
      step.name === 'succeeded' ? writeSample(after) : '',
      MAX_DURATION_SAMPLES,
      isEnded(before.status) ? '1' : '',
      after.allowDuplicate ? '1' : '',
      tenant,
      after.cancel === null ? '' : '1',
      after.parked?.at ?? '',
    ],
  };
}

/** Of steps that change no state one alone is told. */
function eventOf({ after, entry, overdueAt, parkedAt }: Step): string {
  if (entry !== null) return writeEvent(transitionEvent(after, entry));
  if (parkedAt !== undefined) return writeEvent(parkedEvent(after, parkedAt));
  return overdueAt === undefined ? '' : writeEvent(overdueEvent(after, overdueAt));
}
