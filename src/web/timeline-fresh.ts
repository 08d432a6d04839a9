// Between two readings of a timeline the bars of what began or ended since are moved by what the events told.
import type { Bar, Timeline } from './api-views.js';
import type { State } from './state.js';

/** As its row says, when that is news; an end that was expected is no longer told of what has ended. */
export function freshBar(bar: Bar, rows: State['rows']): Bar {
  const row = rows.get(bar.migrationId);
  if (row === undefined || row.status === bar.status) return bar;
  const { status, startedAt, finishedAt } = row;
  if (finishedAt !== null) {
    const startAt = startedAt ?? (bar.kind === 'runs' ? bar.startAt : null);
    return { ...bar, ...{ status, startAt, kind: 'ran', finishAt: finishedAt, step: null } };
  }
  if (startedAt === null) return { ...bar, status };
  const finishAt = bar.kind === 'runs' ? bar.finishAt : null;
  return { ...bar, ...{ status, kind: 'runs', startAt: startedAt, finishAt, step: null } };
}

export const freshTimeline = (timeline: Timeline, rows: State['rows']): Timeline => ({
  ...timeline,
  bars: timeline.bars.map((bar) => freshBar(bar, rows)),
});
