// A migration as Redis keeps it: one JSON text, and beside it the fence, which only the scripts assign.
import { createHash } from 'node:crypto';
import {
  asWaiter,
  sameness,
  type HistoryEntry,
  type Migration,
  type MigrationRequest,
} from '../domain/migration.js';
import type { DurationSample } from '../domain/estimate.js';
import type { Step } from '../domain/migration-step.js';
import type { Waiter } from '../domain/scheduling.js';

export function writeRecord(migration: Migration): string {
  return JSON.stringify(migration);
}

/** `fence` as the script left it: empty for none. */
export function readRecord(doc: string, fence: string | null): Migration {
  const migration = JSON.parse(doc) as Migration;
  // Records of before there were cancels know of none: what is missing must not count as asked.
  return {
    ...migration,
    cancel: migration.cancel ?? null,
    traceparent: migration.traceparent ?? null,
    fencedUntil: migration.fencedUntil ?? null,
    row: migration.row ?? null,
    key: migration.key ?? null,
    dependsOnKeys: migration.dependsOnKeys ?? [],
    retryRound: migration.retryRound ?? null,
    startableAt: migration.startableAt ?? null,
    parked: migration.parked ?? null,
    fence: fence === null || fence === '' ? null : Number(fence),
  };
}

export const readEntry = (text: string): HistoryEntry => JSON.parse(text) as HistoryEntry;

/** By which the scheduler knows a waiting migration; the scripts put the size of its data before it. */
export function writeWaiter(migration: Migration): string {
  const { bytes: _, ...waiter } = asWaiter(migration);
  return JSON.stringify(waiter);
}

export function readWaiter(row: string): Waiter {
  const bar = row.indexOf('|');
  const bytes = bar === 0 ? null : Number(row.slice(0, bar));
  return { ...(JSON.parse(row.slice(bar + 1)) as Omit<Waiter, 'bytes'>), bytes };
}

/** What a finished import teaches; '' when its start was not seen. */
export function writeSample({ dataBytes, startedAt, finishedAt }: Migration): string {
  if (startedAt === null || finishedAt === null) return '';
  return `${dataBytes ?? ''} ${finishedAt - startedAt}`;
}

export function readSample(text: string): DurationSample {
  const [bytes = '', durationMs = '0'] = text.split(' ');
  return { bytes: bytes === '' ? null : Number(bytes), durationMs: Number(durationMs) };
}

export const samenessDigest = (request: MigrationRequest): string =>
  createHash('sha256').update(sameness(request)).digest('hex');

/** What a step does to the two instances. */
export function leaseActionOf(
  step: Step,
  holds: (status: Migration['status']) => boolean,
): 'take' | 'keep' | 'release' | 'none' {
  const before = holds(step.before.status);
  const after = holds(step.after.status);
  if (before) return after ? 'keep' : 'release';
  return after ? 'take' : 'none';
}
