// What the bar is that is pointed at, in a line below the drawing; else how to read it.
import type { JSX } from 'preact';
import type { State } from './state.js';
import type { Piece } from './timeline-layout.js';
import { clockWords, durationWords, utcWords } from './time-words.js';
import { STATUS_WORDS } from './words.js';

interface Context {
  readonly rows: State['rows'];
  readonly now: number;
}

/** One line, the same for eyes and ears. */
export function spotWords({ bar, fromMs, toMs }: Piece, { rows, now }: Context): string {
  const row = rows.get(bar.migrationId);
  const what = row === undefined ? bar.migrationId : `${row.source} to ${row.target}`;
  const names = row?.databases ?? '';
  return [`${STATUS_WORDS[bar.status].text}: ${what}`, names, whenWords()]
    .filter(Boolean)
    .join('; ');

  function whenWords(): string {
    if (fromMs === null) return `place ${(bar.step ?? 0) + 1} of the plan, time not known yet`;
    const from = clockWords(fromMs, now);
    if (toMs === null) return `since ${from}, its end is not known yet`;
    const length = durationWords(toMs - fromMs);
    const to = clockWords(toMs, now);
    if (bar.kind === 'ran') return `${from} to ${to}, ${length}`;
    return bar.kind === 'runs'
      ? `since ${from}, until about ${to}`
      : `about ${from} to ${to}, ${length}`;
  }
}

export function SpotStrip({
  piece,
  ...context
}: Context & { readonly piece: Piece | null }): JSX.Element {
  if (piece === null) {
    return (
      <ul class="keys small muted" aria-hidden="true">
        <li class="key-in">comes in</li>
        <li class="key-out">goes out</li>
        <li class="key-planned">planned</li>
        <li class="key-hint">Drag to pan, Ctrl and wheel to zoom</li>
      </ul>
    );
  }
  const title = piece.fromMs === null ? undefined : utcWords(piece.fromMs);
  return (
    <p class="keys small" aria-hidden="true" title={title}>
      {spotWords(piece, context)}
    </p>
  );
}
