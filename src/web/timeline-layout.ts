/**
 * Where the bars of a timeline lie, in two parts side by side: what has times lies on an axis of time;
 * what has none lies right of it, in columns, in the order of the plan. A time is never made up.
 */
import type { Bar, Timeline } from './api-views.js';

export const LANE_HEIGHT = 24;
export const AXIS_HEIGHT = 28;
const MINUTE_MS = 60_000;
const WIDEST_COLUMN = 40;
const NARROWEST_COLUMN = 10;

/** A bar on one lane: each is on that of its source and on that of its target. */
export interface Piece {
  readonly bar: Bar;
  readonly isSource: boolean;
  /** Null: it has a place in the order, and no time. */
  readonly fromMs: number | null;
  /** Null: it runs, and nobody knows until when. */
  readonly toMs: number | null;
  /** Its column in the part without times; null for one with times. */
  readonly column: number | null;
}

export interface Lane {
  readonly instanceId: string;
  readonly isCritical: boolean;
  readonly remainingMs: number | null;
  readonly timed: readonly Piece[];
  readonly ordered: readonly Piece[];
}

export interface Layout {
  readonly lanes: readonly Lane[];
  readonly boundMs: number | null;
  /** What all times lie between; null when there are none. */
  readonly span: Span | null;
  /** Columns of the part without times: the steps of the plan that have one there. */
  readonly columns: number;
  /** Neither time nor place: they ended before they began, or their turn is not foreseen. */
  readonly unplaced: number;
}

export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

const msOf = (at: string | null): number | null => (at === null ? null : Date.parse(at));

export function layoutOf(timeline: Timeline): Layout {
  const lanes = timeline.instances.map((instance) => ({
    ...instance,
    timed: [] as Piece[],
    ordered: [] as Piece[],
  }));
  const columns = columnsOf(timeline.bars);
  let unplaced = 0;
  for (const bar of timeline.bars) {
    const [fromMs, toMs] = [msOf(bar.startAt), msOf(bar.finishAt)];
    const isTimed = hasTimes(bar);
    const column = isTimed || bar.step === null ? null : (columns.get(bar.step) ?? null);
    if (!isTimed && column === null) {
      unplaced += 1;
      continue;
    }
    for (const [place, isSource] of [
      [bar.source, true],
      [bar.target, false],
    ] as const) {
      const piece = { bar, isSource, fromMs: isTimed ? fromMs : null, toMs, column };
      lanes[place]?.[isTimed ? 'timed' : 'ordered'].push(piece);
    }
  }
  for (const { timed } of lanes) timed.sort((a, b) => (a.fromMs ?? 0) - (b.fromMs ?? 0));
  const boundMs = msOf(timeline.bound?.finishAt ?? null);
  return { lanes, boundMs, span: spanOf(lanes, boundMs), columns: columns.size, unplaced };
}

function spanOf(lanes: readonly Lane[], boundMs: number | null): Span | null {
  let [fromMs, toMs] = [Number.POSITIVE_INFINITY, boundMs ?? Number.NEGATIVE_INFINITY];
  for (const { timed } of lanes) {
    for (const piece of timed) {
      fromMs = Math.min(fromMs, piece.fromMs ?? fromMs);
      toMs = Math.max(toMs, piece.toMs ?? toMs);
    }
  }
  return Number.isFinite(fromMs) ? { fromMs, toMs: Math.max(toMs, fromMs) } : null;
}

const hasTimes = ({ startAt, finishAt, kind }: Bar): boolean =>
  startAt !== null && (finishAt !== null || kind === 'runs');

/** Steps whose migrations all have times take no column. */
function columnsOf(bars: readonly Bar[]): ReadonlyMap<number, number> {
  const steps = new Set(bars.flatMap((bar) => (hasTimes(bar) ? [] : (bar.step ?? []))));
  return new Map([...steps].sort((a, b) => a - b).map((step, column) => [step, column]));
}

/** What is in sight of the axis of time. */
export interface View {
  readonly fromMs: number;
  readonly msPerPixel: number;
}

/** All times and now, with a little room. */
export function wholeView(span: Span | null, nowMs: number, width: number): View {
  const fromMs = Math.min(span?.fromMs ?? nowMs, nowMs);
  const toMs = Math.max(span?.toMs ?? nowMs, nowMs);
  const lengthMs = Math.max(toMs - fromMs, MINUTE_MS / 2);
  const roomMs = lengthMs * 0.03;
  return { fromMs: fromMs - roomMs, msPerPixel: (lengthMs + 2 * roomMs) / Math.max(1, width) };
}

export const xOf = ({ fromMs, msPerPixel }: View, atMs: number): number =>
  (atMs - fromMs) / msPerPixel;

export const msAt = ({ fromMs, msPerPixel }: View, x: number): number => fromMs + x * msPerPixel;

const FINEST = 20;
const COARSEST = 3_600_000;

/** What lies at `x` stays there. */
export function zoomed(view: View, factor: number, x: number): View {
  const msPerPixel = Math.min(COARSEST, Math.max(FINEST, view.msPerPixel * factor));
  return { fromMs: msAt(view, x) - x * msPerPixel, msPerPixel };
}

export const panned = (view: View, pixels: number): View => ({
  ...view,
  fromMs: view.fromMs + pixels * view.msPerPixel,
});

/** How the width is shared: all for the axis when everything has a time. */
export interface Split {
  readonly axisWidth: number;
  readonly columnWidth: number;
  /** Columns that fit; more are there than are drawn. */
  readonly columns: number;
}

export function splitOf(
  { span, columns: wanted }: Pick<Layout, 'span' | 'columns'>,
  width: number,
): Split {
  if (wanted === 0) return { axisWidth: width, columnWidth: 0, columns: 0 };
  const share = span === null ? 0.75 : 0.4;
  const most = Math.floor(width * share);
  const columnWidth = Math.max(
    NARROWEST_COLUMN,
    Math.min(WIDEST_COLUMN, Math.floor(most / wanted)),
  );
  const columns = Math.max(1, Math.min(wanted, Math.floor(most / columnWidth)));
  return { axisWidth: width - columns * columnWidth, columnWidth, columns };
}

export interface Box {
  readonly x: number;
  readonly width: number;
  /** Nobody knows where it ends: it is drawn up to now. */
  readonly isOpen: boolean;
}

/** Where the piece lies from the left end of the axis; null when it is out of sight. */
export function boxOf(piece: Piece, view: View, split: Split, nowMs: number): Box | null {
  const { axisWidth, columnWidth, columns } = split;
  if (piece.fromMs === null) {
    const column = piece.column ?? 0;
    if (column >= columns) return null;
    return { x: axisWidth + column * columnWidth + 1, width: columnWidth - 2, isOpen: false };
  }
  const isLate = piece.bar.kind === 'runs' && (piece.toMs ?? 0) < nowMs;
  const from = Math.max(0, xOf(view, piece.fromMs));
  const to = Math.min(axisWidth, xOf(view, isLate ? nowMs : (piece.toMs ?? nowMs)));
  if (to < 0 || from > axisWidth) return null;
  return { x: from, width: Math.max(2, to - from), isOpen: isLate };
}
