// The timeline for those who do not see it: a row for each instance, the busiest first.
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Moment } from './moment.js';
import type { State } from './state.js';
import { piecesOf } from './timeline-find.js';
import type { Lane, Layout, Piece } from './timeline-layout.js';
import { durationWords } from './time-words.js';
import { count, STATUS_WORDS } from './words.js';

interface Props {
  readonly layout: Layout;
  readonly rows: State['rows'];
  readonly now: number;
  readonly open: (id: string | null) => void;
}

const AT_FIRST = 50;

export function TimelineTable(props: Props): JSX.Element {
  const { lanes } = props.layout;
  const [isOpen, setOpen] = useState(false);
  const [most, setMost] = useState(AT_FIRST);
  return (
    <details class="fold" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>The same as a table</summary>
      {isOpen && (
        <div class="table-box" tabIndex={0} role="region" aria-label="Timeline as a table">
          <table>
            <thead>
              <tr>
                {['Instance', 'Ran', 'Runs now', 'Planned next', 'Left to do'].map((text) => (
                  <th key={text} scope="col">
                    {text}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {lanes.slice(0, most).map((lane) => (
                <LaneRow key={lane.instanceId} lane={lane} {...props} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {isOpen && lanes.length > most && (
        <button type="button" class="button quiet" onClick={() => setMost(most + 200)}>
          {count(lanes.length - most)} more instances
        </button>
      )}
    </details>
  );
}

function LaneRow({ lane, ...props }: Props & { readonly lane: Lane }): JSX.Element {
  const pieces = piecesOf(lane);
  const ran = pieces.filter(({ bar }) => bar.kind === 'ran').length;
  const runs = pieces.find(({ bar }) => bar.kind === 'runs');
  const planned = pieces.filter(({ bar }) => bar.kind === 'planned');
  return (
    <tr>
      <th scope="row">
        <code>{lane.instanceId}</code>
        {lane.isCritical && <span class="small"> (decides the end)</span>}
      </th>
      <td class="number">{count(ran)}</td>
      <td>{runs === undefined ? '–' : <PieceButton piece={runs} {...props} />}</td>
      <td>
        {planned[0] === undefined ? '–' : <PieceButton piece={planned[0]} {...props} />}
        {planned.length > 1 && <span class="small muted"> and {planned.length - 1} more</span>}
      </td>
      <td>{lane.remainingMs === null ? 'not known yet' : leftWords(lane.remainingMs)}</td>
    </tr>
  );
}

const leftWords = (ms: number): string => (ms === 0 ? 'nothing' : durationWords(ms));

function PieceButton({ piece, rows, now, open }: Props & { readonly piece: Piece }): JSX.Element {
  const { migrationId, status, startAt } = piece.bar;
  const row = rows.get(migrationId);
  const other = piece.isSource ? `to ${row?.target ?? '…'}` : `from ${row?.source ?? '…'}`;
  return (
    <>
      <button type="button" class="link-button" onClick={() => open(migrationId)}>
        {STATUS_WORDS[status].text} {other}
      </button>{' '}
      {startAt === null ? (
        <span class="small muted">time not known yet</span>
      ) : (
        <Moment at={startAt} now={now} />
      )}
    </>
  );
}
