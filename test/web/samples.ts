// Views as the API answers with them, and events as it tells them, for the tests of the page's own rules.
import type {
  Batch,
  Counts,
  Migration,
  ServiceEvent,
  Status,
  Timeline,
} from '../../src/web/api-views.js';
import { INITIAL, type State } from '../../src/web/state.js';
import { reduce, type Change } from '../../src/web/reducer.js';

export const T0 = Date.parse('2026-11-24T20:00:00.000Z');
export const iso = (afterMs: number): string => new Date(T0 + afterMs).toISOString();

export const migration = (number: number, more: Partial<Migration> = {}): Migration => ({
  ...{ id: `mig_${String(number).padStart(5, '0')}`, batchId: 'bat_1', status: 'queued' },
  ...{ reason: null, credentialId: 'cred_1', regionId: 'cn-hangzhou', engine: 'MySQL' },
  ...{ sourceInstanceId: `rm-src${number}`, targetInstanceId: `rm-dst${number}` },
  databases: [{ source: 'orders', target: 'orders' }],
  ...{ importId: null, upstreamRequestId: null, upstream: null, blockedBy: [], waitingFor: [] },
  ...{ preflightReport: null, priority: 0, notBefore: null, labels: {}, attempt: 1 },
  ...{ allowedActions: ['cancel'], cancelAskedAt: null, estimate: null, createdAt: iso(0) },
  ...{ submittedAt: null, startedAt: null, finishedAt: null },
  history: [{ at: iso(0), from: null, to: 'queued', code: null, message: null }],
  ...more,
});

export const COUNTS: Counts = {
  ...{ total: 4, scheduled: 0, queued: 4, checking: 0, submitting: 0, importing: 0 },
  ...{ canceling: 0, succeeded: 0, failed: 0, canceled: 0, outcomeUnknown: 0 },
};

export const batch = (more: Partial<Batch> = {}): Batch => ({
  ...{ id: 'bat_1', name: 'Shops', status: 'running', counts: COUNTS, progress: 0 },
  ...{ estimate: null, maxConcurrent: null, onFailure: 'continue', window: null },
  ...{ createdAt: iso(0), finishedAt: null },
  ...more,
});

/** `number`: of the migration. */
export const moved = (number: number, to: Status, afterMs: number): ServiceEvent => ({
  ...{ id: `evt_${afterMs}`, type: `migration.${to}`, at: iso(afterMs) },
  data: {
    ...{ migrationId: `mig_${String(number).padStart(5, '0')}`, batchId: 'bat_1', to },
    ...{ sourceInstanceId: `rm-src${number}`, targetInstanceId: `rm-dst${number}` },
    ...{ importId: null, attempt: 1, version: 1, from: null, code: null, message: null },
  },
});

export const after = (...changes: readonly Change[]): State => changes.reduce(reduce, INITIAL);

export const timeline = (more: Partial<Timeline> = {}): Timeline => ({
  ...{ batchId: 'bat_1', at: iso(0), bound: null, bars: [] },
  instances: ['rm-a', 'rm-b', 'rm-c'].map((instanceId) => ({
    ...{ instanceId, isCritical: instanceId === 'rm-a', remainingMs: null },
  })),
  ...more,
});
