// What the page shows, worked out from what it knows.
import type { Batch } from './api-views.js';
import type { Row, State } from './state.js';
import { endedOf, groupOf, plural, type Group } from './words.js';

export interface Filter {
  readonly group: Group;
  /** Part of an instance, a database or an id. */
  readonly text: string;
}

const inScope = (state: State, row: Row): boolean =>
  state.selected === null || row.batchId === state.selected;

/** Those of the batch that is shown, the newest first. */
export function scopedRows(state: State): readonly Row[] {
  return state.order.flatMap((id) => {
    const row = state.rows.get(id);
    return row !== undefined && inScope(state, row) ? [row] : [];
  });
}

export function filteredRows(rows: readonly Row[], { group, text }: Filter): readonly Row[] {
  const wanted = text.trim().toLowerCase();
  if (group === 'all' && wanted === '') return rows;
  return rows.filter(
    (row) =>
      (group === 'all' || groupOf(row.status) === group) && (wanted === '' || says(row, wanted)),
  );
}

const says = ({ source, target, id, databases }: Row, wanted: string): boolean =>
  source.includes(wanted) ||
  target.includes(wanted) ||
  id.toLowerCase().includes(wanted) ||
  (databases ?? '').toLowerCase().includes(wanted);

export function groupCounts(rows: readonly Row[]): Readonly<Record<Group, number>> {
  const counts = {
    all: rows.length,
    waiting: 0,
    running: 0,
    unknown: 0,
    failed: 0,
    succeeded: 0,
    canceled: 0,
  };
  for (const { status } of rows) counts[groupOf(status)] += 1;
  return counts;
}

export interface Attention {
  readonly unknown: readonly Row[];
  /** Outside of batches, that failed a short while ago. */
  readonly failed: readonly Row[];
  /** Where something failed, and whether all is over. */
  readonly batches: readonly Batch[];
}

const A_DAY_MS = 86_400_000;

/** What waits for a person: the lasting things always, what failed for a day. */
export function attentionOf(state: State, now: number): Attention {
  const { rows, order, batches, setAside } = state;
  const known = order.flatMap((id) => rows.get(id) ?? []);
  const isFresh = (at: string | null): boolean => at === null || Date.parse(at) > now - A_DAY_MS;
  return {
    unknown: known.filter(({ status }) => status === 'outcome_unknown'),
    failed: known.filter(
      (row) =>
        row.status === 'failed' &&
        row.batchId === null &&
        isFresh(row.finishedAt) &&
        !setAside.has(troubleOf(row)),
    ),
    batches: [...batches.values()].filter(
      (batch) =>
        (batch.status === 'halted' || batch.counts.failed > 0) &&
        batch.status !== 'canceled' &&
        batch.status !== 'canceling' &&
        isFresh(batch.finishedAt) &&
        !setAside.has(troubleOf(batch)),
    ),
  };
}

/** What was set aside comes back when there is more of it. */
export const troubleOf = (of: Row | Batch): string =>
  'counts' in of ? `${of.id} ${of.status} ${of.counts.failed}` : `${of.id} ${of.attempt}`;

export const isAtWork = ({ counts }: Batch): boolean =>
  counts.checking + counts.submitting + counts.importing + counts.canceling > 0;

/** Nothing of it goes on by itself: no clock can say when it ends. */
export const isLeftToPeople = ({ counts }: Batch): boolean =>
  counts.outcomeUnknown > 0 && endedOf(counts) + counts.outcomeUnknown === counts.total;

export const isOpen = ({ progress }: Batch): boolean => progress < 1;

/** In one sentence, for those who do not look. */
export function summaryOf(state: State, now: number): string {
  const { unknown, failed, batches } = attentionOf(state, now);
  const open = [...state.batches.values()].filter(isOpen);
  const total = open.reduce((sum, { counts }) => sum + counts.total, 0);
  const ended = open.reduce((sum, { counts }) => sum + endedOf(counts), 0);
  const asks = unknown.length + failed.length + batches.length;
  const progress =
    open.length === 0
      ? 'No batch is running.'
      : `${plural(open.length, 'batch is', 'batches are')} under way: ${ended} of ${plural(total, 'migration')} ended.`;
  return asks === 0
    ? progress
    : `${progress} ${plural(asks, 'thing needs', 'things need')} a person.`;
}
