// Notes for the audit log, as many as a test needs.
import type { AuditNote } from '../../src/domain/audit.js';
import { START_MS } from './memory-ports.js';

export const aNote = (more: Partial<AuditNote> = {}): AuditNote => ({
  ...{ tenant: 'acme', keyId: 'key_1', action: 'migrations.cancel' },
  ...{ resource: '/v1/migrations/mig_1/cancel', requestId: 'req_1', source: '10.0.3.17' },
  ...{ at: START_MS, phase: 'begun', outcome: null },
  ...more,
});
