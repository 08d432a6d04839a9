// A batch as Redis keeps it: one JSON text for what never changes, fields for what the scripts count and decide.
import {
  batchStatusOf,
  NO_COUNTS,
  type Batch,
  type BatchStatus,
  type Counts,
  type Gate,
} from '../domain/batch.js';
import type { BatchEventType } from '../domain/event.js';
import { STATUSES } from '../domain/migration.js';

/** What the scripts keep beside the text, in the order `readBatch` takes it. */
export const BATCH_FIELDS = [
  ...(['doc', 'gate', 'version', 'finishedAt', 'running', 'haltsOnResume', 'retry'] as const),
  ...STATUSES,
] as const;

export const writeBatch = (batch: Batch): string => JSON.stringify(batch);

/** As it was when it was accepted. */
export const readStored = (doc: string): Batch => JSON.parse(doc) as Batch;

/** Null when it does not exist, or is not accepted yet. */
export function readBatch(fields: readonly (string | null)[]): Batch | null {
  const [doc, gate, version, finishedAt, running, haltsOnResume, retry, ...counted] = fields;
  if (doc == null) return null;
  const counts: Counts = {
    ...NO_COUNTS,
    ...Object.fromEntries(STATUSES.map((status, index) => [status, Number(counted[index] ?? 0)])),
  };
  return {
    ...readStored(doc),
    counts,
    gate: (gate ?? 'open') as Gate,
    ...(running === 'cancel' ? { running } : {}),
    ...(haltsOnResume === '1' ? { haltsOnResume: true } : {}),
    version: Number(version),
    ...(retry == null || retry === '' ? {} : { retryRound: Number(retry) }),
    finishedAt: finishedAt == null || finishedAt === '' ? null : Number(finishedAt),
  };
}

/** Empty when the status is the same as before: an event tells a change. */
export function batchEventOf(before: BatchStatus | null, after: Batch): BatchEventType | '' {
  const status = batchStatusOf(after);
  return status === before ? '' : `batch.${status}`;
}
