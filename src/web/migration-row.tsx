// One migration as a row of the list.
import type { JSX } from 'preact';
import { Badge } from './badge.js';
import { Moment } from './moment.js';
import type { Row } from './state.js';
import { plainWords, STATUS_WORDS } from './words.js';

interface Props {
  readonly row: Row;
  /** From 0, among all that are listed. */
  readonly place: number;
  readonly top: number;
  readonly now: number;
  readonly isActive: boolean;
  readonly isOpened: boolean;
  readonly onPress: () => void;
}

export function MigrationRow({ row, place, top, now, ...how }: Props): JSX.Element {
  return (
    <div
      {...{ class: 'row', role: 'row', 'data-id': row.id }}
      aria-rowindex={place + 2}
      aria-selected={how.isOpened}
      tabIndex={how.isActive ? 0 : -1}
      style={{ transform: `translateY(${top}px)` }}
      onClick={how.onPress}
    >
      <span class="cell cell-status" role="gridcell" aria-colindex={1}>
        <Badge words={STATUS_WORDS[row.status]} />
      </span>
      <span class="cell cell-from" role="gridcell" aria-colindex={2}>
        <code title={row.source}>{row.source}</code>
      </span>
      <span class="cell cell-to" role="gridcell" aria-colindex={3}>
        <code title={row.target}>{row.target}</code>
      </span>
      <span class="cell cell-what" role="gridcell" aria-colindex={4}>
        <What row={row} />
      </span>
      <span class="cell cell-when" role="gridcell" aria-colindex={5}>
        <When row={row} now={now} />
      </span>
    </div>
  );
}

function What({ row }: { readonly row: Row }): JSX.Element {
  const attempt = row.attempt > 1 ? `attempt ${row.attempt}` : null;
  const why = row.status === 'failed' && row.code !== null ? plainWords(row.code) : null;
  return (
    <>
      <span class="names">{row.databases ?? '…'}</span>
      {why !== null && <span class="why">{why}</span>}
      {attempt !== null && <span class="muted small">{attempt}</span>}
    </>
  );
}

function When({ row, now }: { readonly row: Row; readonly now: number }): JSX.Element | null {
  if (row.finishedAt !== null) {
    return (
      <>
        <span class="muted">ended</span> <Moment at={row.finishedAt} now={now} />
      </>
    );
  }
  if (row.startedAt === null) return null;
  return (
    <>
      <span class="muted">since</span> <Moment at={row.startedAt} now={now} />
    </>
  );
}
