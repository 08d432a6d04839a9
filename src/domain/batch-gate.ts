// Why a batch lets a migration of it wait; the same answer for the scheduler, the submission and the reader.
import type { Batch } from './batch.js';
import { holdsInstances, STATUSES } from './migration.js';
import type { WaitReason } from './waiting.js';
import { fitsIn, fittingStartAt, isOpenAt, opensAt, roomAt, type Room } from './window.js';

/** Null: it may start now. `durationMs`: how long it will take; null where nothing is known. */
export function startHold(
  batch: Batch,
  nowMs: number,
  durationMs: number | null,
): WaitReason | null {
  return batchHold(batch, nowMs) ?? fitHold(batch, nowMs, durationMs);
}

/** What holds back all of the batch alike. */
export const batchHold = (batch: Batch, nowMs: number): WaitReason | null =>
  submitHold(batch, nowMs) ?? capHold(batch);

/** What holds back a migration that has its instances already: nothing may be submitted now. */
export function submitHold(batch: Batch, nowMs: number): WaitReason | null {
  return gateHold(batch) ?? windowHold(batch, nowMs);
}

function gateHold({ id, gate }: Batch): WaitReason | null {
  if (gate === 'open') return null;
  return { kind: 'batch_paused', until: null, detail: `${id} is ${gate}` };
}

function windowHold({ id, window }: Batch, nowMs: number): WaitReason | null {
  if (window === null || isOpenAt(window, nowMs)) return null;
  const until = opensAt(window, nowMs);
  return { kind: 'window', until, detail: `The window of ${id} is closed` };
}

function capHold(batch: Batch): WaitReason | null {
  const { id, maxConcurrent } = batch;
  if (maxConcurrent === null || inFlightOf(batch) < maxConcurrent) return null;
  const detail = `${id} has as many migrations in flight as it may (${maxConcurrent})`;
  return { kind: 'batch_limit', until: null, detail };
}

function fitHold(
  { id, window }: Batch,
  nowMs: number,
  durationMs: number | null,
): WaitReason | null {
  if (window === null || !window.fit || durationMs === null) return null;
  if (fitsIn(roomAt(window, nowMs), durationMs)) return null;
  const until = fittingStartAt(window, durationMs, nowMs);
  return { kind: 'window', until, detail: `It would not end inside the window of ${id}` };
}

/** How long imports may take that start now; null where ends do not count. */
export const roomIn = ({ window }: Batch, nowMs: number): Room | null =>
  window === null || !window.fit ? null : roomAt(window, nowMs);

export function inFlightOf({ counts }: Batch): number {
  return STATUSES.filter(holdsInstances).reduce((sum, status) => sum + counts[status], 0);
}
