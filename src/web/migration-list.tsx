// A list of any length as a grid: only what is in sight is in the document, one row is in the order of Tab.
import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { NARROW, useMedia } from './hooks.js';
import { MigrationRow } from './migration-row.js';
import type { Row } from './state.js';
import { rowAfterKey, scrollTo, sliceOf, type Sight } from './virtual-window.js';

/** As in migrations.css. */
const ROW_HEIGHT = 40;
const NARROW_ROW_HEIGHT = 68;

interface Props {
  readonly rows: readonly Row[];
  readonly opened: string | null;
  readonly open: (id: string | null) => void;
  readonly now: number;
}

export function MigrationList({ rows, opened, open, now }: Props): JSX.Element {
  const rowHeight = useMedia(NARROW) ? NARROW_ROW_HEIGHT : ROW_HEIGHT;
  const box = useRef<HTMLDivElement>(null);
  const sight = useSight(box);
  const { active, setActive, focusAfterwards } = useActive(rows, box);
  const { start, end } = sliceOf(sight, rowHeight, rows.length);
  const at = Math.max(
    0,
    rows.findIndex(({ id }) => id === active),
  );
  const places = placesOf(start, end, at, rows.length);
  const move = (event: KeyboardEvent): void => {
    if (event.target instanceof HTMLElement && event.target.getAttribute('role') !== 'row') return;
    const focused = rows[at];
    if (event.key === 'Enter' || event.key === ' ') {
      if (focused !== undefined) open(focused.id);
      event.preventDefault();
      return;
    }
    const pageRows = Math.max(1, Math.floor(sight.height / rowHeight) - 1);
    const to = rowAfterKey(event.key, at, { total: rows.length, pageRows });
    const row = to === null ? undefined : rows[to];
    if (to === null || row === undefined) return;
    event.preventDefault();
    setActive(row.id);
    focusAfterwards();
    box.current?.scrollTo({ top: scrollTo(to, sight, rowHeight) });
  };
  return (
    <div
      {...{ class: 'grid', role: 'grid', 'aria-labelledby': 'migrations-title' }}
      aria-rowcount={rows.length + 1}
      aria-colcount={5}
      hidden={rows.length === 0}
      onKeyDown={move}
    >
      <Heads />
      <div
        {...{ class: 'grid-box', ref: box, role: 'rowgroup' }}
        style={{ maxHeight: `${rows.length * rowHeight}px` }}
      >
        <div
          class="grid-room"
          role="presentation"
          style={{ height: `${rows.length * rowHeight}px` }}
        >
          {places.flatMap((place) => {
            const row = rows[place];
            if (row === undefined) return [];
            return (
              <MigrationRow
                key={row.id}
                {...{ row, place, now, top: place * rowHeight }}
                isActive={place === at}
                isOpened={row.id === opened}
                onPress={() => {
                  setActive(row.id);
                  open(row.id);
                }}
              />
            );
          })}
        </div>
      </div>
    </div>
  );
}

const HEADS = ['Status', 'From', 'To', 'Databases', 'When'];

const Heads = (): JSX.Element => (
  <div role="rowgroup">
    <div class="heads" role="row" aria-rowindex={1}>
      {HEADS.map((text, index) => (
        <span key={text} role="columnheader" aria-colindex={index + 1}>
          {text}
        </span>
      ))}
    </div>
  </div>
);

/** The row that has the focus stays in the document, wherever it is scrolled to. */
function placesOf(start: number, end: number, active: number, total: number): readonly number[] {
  const places = Array.from({ length: end - start }, (_, index) => start + index);
  const isOutside = total > 0 && (active < start || active >= end);
  return isOutside ? [...places, active] : places;
}

/** Where the box is scrolled to, at most once a frame. */
function useSight(box: { readonly current: HTMLDivElement | null }): Sight {
  const [sight, setSight] = useState<Sight>({ scrollTop: 0, height: 480 });
  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    let frame = 0;
    const look = (): void => {
      frame = 0;
      setSight({ scrollTop: element.scrollTop, height: element.clientHeight });
    };
    const ask = (): void => {
      if (frame === 0) frame = requestAnimationFrame(look);
    };
    element.addEventListener('scroll', ask, { passive: true });
    const resizes = new ResizeObserver(ask);
    resizes.observe(element);
    return () => {
      cancelAnimationFrame(frame);
      element.removeEventListener('scroll', ask);
      resizes.disconnect();
    };
  }, []);
  return sight;
}

interface Active {
  /** The first row when null, or when it is no longer in the list. */
  readonly active: string | null;
  readonly setActive: (id: string) => void;
  /** The row that is active after the next drawing gets the focus. */
  readonly focusAfterwards: () => void;
}

function useActive(rows: readonly Row[], box: { readonly current: HTMLDivElement | null }): Active {
  const [active, setActive] = useState<string | null>(null);
  const isWanted = useRef(false);
  useLayoutEffect(() => {
    if (!isWanted.current) return;
    isWanted.current = false;
    const row = box.current?.querySelector<HTMLElement>('[role=row][tabindex="0"]');
    row?.focus({ preventScroll: true });
  }, [active, rows]);
  const focusAfterwards = (): void => {
    isWanted.current = true;
  };
  return { active, setActive, focusAfterwards };
}
