// Migrations for tests: each as it was accepted, or as far on as a test needs it.
import type { HistoryEntry, Migration, MigrationRequest } from '../../src/domain/migration.js';
import type { TransitionName } from '../../src/domain/transitions.js';
import { startMigration, type Changes, transition } from '../../src/domain/migration-step.js';
import { START_MS } from './memory-ports.js';

export function aRequest(fields: Partial<MigrationRequest> = {}): MigrationRequest {
  return {
    credentialId: 'cred_1',
    regionId: 'cn-hangzhou',
    sourceInstanceId: 'rm-source',
    targetInstanceId: 'rm-target',
    engine: 'SQLServer',
    databases: [{ source: 'orders', target: 'orders_new' }],
    preflight: 'enforce',
    priority: 0,
    notBefore: null,
    labels: {},
    allowDuplicate: false,
    ...fields,
  };
}

export function aMigration(fields: Partial<MigrationRequest> = {}): {
  readonly migration: Migration;
  readonly entry: HistoryEntry;
} {
  const identity = {
    id: 'mig_1',
    tenant: 'acme',
    requestId: 'req-1',
    batchId: null,
    dependsOn: [],
  };
  return startMigration(aRequest(fields), identity, START_MS);
}

/** Through these transitions, one a second. */
export function after(
  migration: Migration,
  names: readonly TransitionName[],
  changes: Changes = {},
): Migration {
  return names.reduce(
    (before, name, index) => transition(before, name, START_MS + index * 1_000, changes).after,
    migration,
  );
}
