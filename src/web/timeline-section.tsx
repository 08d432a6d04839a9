// The chosen batch over time: as a drawing, and as a table that says the same.
import type { JSX } from 'preact';
import { useMemo, useRef } from 'preact/hooks';
import type { Batch, Timeline } from './api-views.js';
import { useNow } from './hooks.js';
import { Moment } from './moment.js';
import type { Shown } from './shown.js';
import type { State } from './state.js';
import { TimelineCanvas } from './timeline-canvas.js';
import { freshTimeline } from './timeline-fresh.js';
import { layoutOf, type Layout } from './timeline-layout.js';
import { TimelineTable } from './timeline-table.js';
import { useTimeline } from './use-timeline.js';
import { plural } from './words.js';

export function TimelineSection(props: Shown): JSX.Element | null {
  const { state } = props;
  const batch = state.selected === null ? undefined : state.batches.get(state.selected);
  return batch === undefined ? null : <BatchTimeline key={batch.id} {...props} batch={batch} />;
}

function BatchTimeline({
  batch,
  board,
  state,
  open,
}: Shown & { readonly batch: Batch }): JSX.Element {
  const { timeline, failure } = useTimeline(board, batch.id, batch.counts.total);
  const now = useNow(1_000);
  const layout = useLayout(timeline, state.rows, now);
  return (
    <section class="panel timeline" aria-labelledby="timeline-title">
      <div class="section-head">
        <h2 id="timeline-title">Timeline</h2>
        {timeline?.bound != null && (
          <p class="small muted">
            <span class="critical" aria-hidden="true">
              ◆
            </span>{' '}
            <code>{timeline.bound.instanceId}</code> has the most left: not done before{' '}
            <Moment at={timeline.bound.finishAt} now={now} />, in any order
          </p>
        )}
      </div>
      {failure !== null && (
        <p class="trouble small" role="alert">
          The timeline could not be read. {failure}
        </p>
      )}
      {layout === null && failure === null && <p class="muted pad">Reading…</p>}
      {layout !== null && timeline !== null && (
        <>
          <TimelineCanvas {...{ layout, rows: state.rows, now, open }} />
          {layout.unplaced > 0 && (
            <p class="small muted pad">
              {plural(layout.unplaced, 'migration is', 'migrations are')} not drawn: ended before
              the start, or no turn is foreseen now.
            </p>
          )}
          <TimelineTable {...{ layout, rows: state.rows, now, open }} />
        </>
      )}
    </section>
  );
}

/** Bars move once a second, however many events there are, and only when there were any. */
function useLayout(timeline: Timeline | null, rows: State['rows'], now: number): Layout | null {
  const made = useRef<{ timeline: Timeline; rows: State['rows']; layout: Layout } | null>(null);
  return useMemo(() => {
    if (timeline === null) return null;
    const { current } = made;
    if (current?.timeline === timeline && current.rows === rows) return current.layout;
    const layout = layoutOf(freshTimeline(timeline, rows));
    made.current = { timeline, rows, layout };
    return layout;
  }, [timeline, now]);
}
