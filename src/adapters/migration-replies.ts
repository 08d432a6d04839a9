// What the migration scripts answer, as outcomes.
import type { AcceptOutcome, ApplyOutcome } from '../use-cases/ports.js';
import { readEntry, readRecord } from './migration-record.js';

export function acceptOutcome(reply: readonly string[]): AcceptOutcome {
  const [kind, first = '', second = ''] = reply;
  switch (kind) {
    case 'accepted':
    case 'key_reused':
    case 'credential_gone':
      return { kind };
    case 'duplicate':
      return { kind, migrationId: first };
    case 'replayed':
      return { kind, migration: readRecord(first, null), entry: readEntry(second) };
    default:
      throw new Error(`accept-migration.lua answered ${kind}`);
  }
}

export function refusal(
  kind: string | undefined,
  [first = '', second = '']: string[],
): ApplyOutcome {
  switch (kind) {
    case 'stale':
      return { kind };
    case 'occupied':
      return { kind, instanceId: first, by: second };
    case 'import_bound':
      return { kind, by: first };
    case 'gated':
      return { kind, gate: first as 'full' };
    case 'duplicate':
      return { kind, migrationId: first };
    case 'credential_gone':
      return { kind };
    case 'quarantined':
      return { kind, until: Number(first) };
    default:
      throw new Error(`apply-step.lua answered ${kind}`);
  }
}
