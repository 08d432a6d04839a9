// The drawing of a timeline: scrolls, zooms and pans by mouse, touch and keys, and says what is pointed at.
import type { JSX } from 'preact';
import { useId, useRef, useState } from 'preact/hooks';
import { NARROW, useMedia } from './hooks.js';
import type { State } from './state.js';
import { pieceAt, spotAfterKey, spotAt, type Drawn, type Spot } from './timeline-find.js';
import {
  AXIS_HEIGHT,
  LANE_HEIGHT,
  panned,
  splitOf,
  wholeView,
  zoomed,
  type Layout,
  type View,
} from './timeline-layout.js';
import { showLane, takeKey, useDrag, usePainted, useSize, useWheel } from './timeline-hand.js';
import { SpotStrip, spotWords } from './timeline-spot.js';

interface Props {
  readonly layout: Layout;
  readonly rows: State['rows'];
  readonly now: number;
  readonly open: (id: string | null) => void;
}

const GUTTER = 190;
const NARROW_GUTTER = 104;
const TALLEST = 430;
const ZOOM = 1.4;
const BORDERS = 2;

export function TimelineCanvas({ layout, rows, now, open }: Props): JSX.Element {
  const gutter = useMedia(NARROW) ? NARROW_GUTTER : GUTTER;
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [width, setWidth] = useState(0);
  const [scrollTop, setScrollTop] = useState(0);
  const [view, setView] = useState<View | null>(null);
  const [hovered, setHovered] = useState<Spot | null>(null);
  const [focused, setFocused] = useState<Spot | null>(null);
  const helpId = useId();

  const room = AXIS_HEIGHT + layout.lanes.length * LANE_HEIGHT;
  const height = Math.min(TALLEST, room);
  const split = splitOf(layout, Math.max(1, width - gutter));
  const shown = view ?? wholeView(layout.span, now, split.axisWidth);
  const drawn: Drawn = { layout, view: shown, split, nowMs: now, gutter, scrollTop };
  const spot = hovered ?? focused;
  const piece = pieceAt(layout, spot);
  usePainted(canvas, { ...drawn, width, height, marked: piece?.bar.migrationId ?? null });
  useSize(box, setWidth);
  useWheel(box, (event, x) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) {
      const turned = event.deltaY === 0 ? event.deltaX : event.deltaY;
      setView(zoomed(shown, turned > 0 ? ZOOM : 1 / ZOOM, x - gutter));
      return true;
    }
    if (Math.abs(event.deltaX) <= Math.abs(event.deltaY)) return false;
    setView(panned(shown, event.deltaX));
    return true;
  });
  const drag = useDrag({
    pan: (pixels) => setView((before) => panned(before ?? shown, -pixels)),
    point: (x, y) => setHovered(spotAt(drawn, x, y)),
    press: (x, y) => {
      const pressed = pieceAt(layout, spotAt(drawn, x, y));
      if (pressed !== null) open(pressed.bar.migrationId);
    },
    leave: () => setHovered(null),
  });
  const keys = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const isTaken = takeKey(event, {
      zoom: (factor) => setView(zoomed(shown, factor, split.axisWidth / 2)),
      pan: (pixels) => setView(panned(shown, pixels)),
      whole: () => setView(null),
      open: () => piece !== null && open(piece.bar.migrationId),
      move: () => {
        const next = spotAfterKey(layout, focused, event.key);
        if (next === null) return false;
        setFocused(next);
        setHovered(null);
        showLane(box.current, next.lane);
        return true;
      },
    });
    if (isTaken) event.preventDefault();
  };
  return (
    <>
      <ZoomButtons
        isWhole={view === null}
        onZoom={(factor) => setView(zoomed(shown, factor, split.axisWidth / 2))}
        onWhole={() => setView(null)}
      />
      <div
        {...{ class: 'lanes', ref: box, tabIndex: 0, role: 'application' }}
        {...{ 'aria-label': 'Timeline of the instances', 'aria-describedby': helpId }}
        style={{ height: `${height + BORDERS}px` }}
        onScroll={(event) => setScrollTop(event.currentTarget.scrollTop)}
        onKeyDown={keys}
        onBlur={() => setFocused(null)}
        {...drag}
      >
        <div class="lanes-room" style={{ height: `${room}px` }}>
          <canvas ref={canvas} class="lanes-drawing" aria-hidden="true" />
        </div>
      </div>
      <SpotStrip {...{ piece, rows, now }} />
      <p class="unseen" aria-live="polite">
        {focused !== null && piece !== null ? spotWords(piece, { rows, now }) : ''}
      </p>
      <p class="unseen" id={helpId}>
        Arrows go from bar to bar, Enter opens one, plus and minus zoom, Shift with arrows pans, 0
        shows all. The same is in the table below.
      </p>
    </>
  );
}

interface ZoomProps {
  readonly isWhole: boolean;
  readonly onZoom: (factor: number) => void;
  readonly onWhole: () => void;
}

function ZoomButtons({ isWhole, onZoom, onWhole }: ZoomProps): JSX.Element {
  return (
    <div class="zoom buttons" role="group" aria-label="Zoom of the timeline">
      <button
        type="button"
        class="button small"
        aria-label="Zoom in"
        onClick={() => onZoom(1 / ZOOM)}
      >
        +
      </button>
      <button type="button" class="button small" aria-label="Zoom out" onClick={() => onZoom(ZOOM)}>
        −
      </button>
      <button type="button" class="button small" disabled={isWhole} onClick={onWhole}>
        Whole
      </button>
    </div>
  );
}
