// Migrations for tests: each as it was accepted, or as far on as a test needs it.
import type { HistoryEntry, Migration, MigrationRequest } from '../../src/domain/migration.js';
import { startMigration } from '../../src/domain/migration-step.js';
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
