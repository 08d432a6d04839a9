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

export interface Circumstances {
  readonly nowMs: number;
  /** How long the import will take; null where nothing is known. */
  readonly durationMs: number | null;
  /** What upstream said when it no longer offered the action for this account and region. */
  readonly gone: Gone | null;
  /** Upstream does not answer for this account and region, and when it is asked again. */
  readonly paused: Paused | null;
}

interface Gone {
  readonly regionId: string;
  readonly code: string;
  readonly requestId: string | null;
}

interface Paused {
  readonly regionId: string;
  readonly code: string;
  readonly probeAt: number;
}

/** For whoever waits because upstream does not answer. */
export const pauseText = ({ regionId, code }: Pick<Paused, 'regionId' | 'code'>): string =>
  `Upstream does not answer in ${regionId} (${code}); it is asked again until it does, and then this goes on`;

/** For whoever waits because upstream said that the action no longer exists. */
export function goneText({ regionId, code, requestId }: Gone): string {
  const asked = requestId === null ? code : `${code}, request ${requestId}`;
  return (
    `Upstream no longer offers the import in ${regionId} (${asked}); ` +
    'it goes on when the credential is verified with "resume"'
  );
}

export function waitReasons(
  migration: Migration,
  batch: Batch | null,
  { nowMs, durationMs, gone, paused }: Circumstances,
): readonly WaitReason[] {
  const reasons: WaitReason[] = [];
  if (gone !== null) {
    reasons.push({ kind: 'operation_gone', until: null, detail: goneText(gone) });
  }
  if (paused !== null) {
    const detail = pauseText(paused);
    reasons.push({ kind: 'upstream_unavailable', until: paused.probeAt, detail });
  }
  if (migration.status === 'checking') return [...reasons, ...checkReasons(migration, nowMs)];
  const { notBefore, dependsOn, isReady, fencedUntil } = migration;
  if (fencedUntil !== null) {
    const detail = 'Upstream may accept the call of its earlier attempt until then';
    reasons.push({ kind: 'fence', until: fencedUntil, detail });
  }
  // It waits for its instances alone: for a look at them before it ends.
  if (migration.cancel !== null) return reasons;
  if (notBefore !== null && notBefore > nowMs) {
    reasons.push({ kind: 'not_before', until: notBefore, detail: 'It was asked for later' });
  }
  if (fencedUntil === null && !isReady) {
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
