// Says in words what a migration that was not submitted yet waits for, beside instances that others hold.
import { startHold } from './batch-gate.js';
import type { Batch } from './batch.js';
import type { Migration, MigrationStatus } from './migration.js';
import type { WaitReason } from './waiting.js';

/** Dependencies named one by one. */
const SHOWN = 5;

/** Can it be waiting for something that is not an instance? */
export const isWaiting = (status: MigrationStatus): boolean =>
  status === 'scheduled' || status === 'queued' || status === 'checking';

export function waitReasons(
  migration: Migration,
  batch: Batch | null,
  { nowMs, durationMs }: { readonly nowMs: number; readonly durationMs: number | null },
): readonly WaitReason[] {
  if (migration.status === 'checking') return checkReasons(migration, nowMs);
  const reasons: WaitReason[] = [];
  const { notBefore, dependsOn, isReady } = migration;
  if (notBefore !== null && notBefore > nowMs) {
    reasons.push({ kind: 'not_before', until: notBefore, detail: 'It was asked for later' });
  }
  if (!isReady) {
    const more = dependsOn.length > SHOWN ? ` and ${dependsOn.length - SHOWN} more` : '';
    const detail = `It starts after ${dependsOn.slice(0, SHOWN).join(', ')}${more} succeeded`;
    reasons.push({ kind: 'dependency', until: null, detail });
  }
  const hold = batch === null ? null : startHold(batch, nowMs, durationMs);
  return hold === null ? reasons : [...reasons, hold];
}

function checkReasons({ quotaUntil, heldBack, wakeAt }: Migration, nowMs: number): WaitReason[] {
  const reasons: WaitReason[] = [];
  if (quotaUntil !== null && quotaUntil > nowMs) {
    const detail = 'The quota of calls upstream has no room yet';
    reasons.push({ kind: 'quota', until: quotaUntil, detail });
  }
  if (heldBack !== null) {
    reasons.push({ kind: 'upstream_busy', until: wakeAt, detail: heldBack.detail });
  }
  return reasons;
}
