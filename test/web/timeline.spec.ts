// The timeline draws what is known where it belongs, and never a time that nobody knows.
import { describe, expect, it } from 'vitest';
import type { Bar } from '../../src/web/api-views.js';
import { freshBar } from '../../src/web/timeline-fresh.js';
import { pieceAt, spotAfterKey, spotAt, type Drawn } from '../../src/web/timeline-find.js';
import {
  boxOf,
  layoutOf,
  msAt,
  panned,
  splitOf,
  wholeView,
  xOf,
  zoomed,
} from '../../src/web/timeline-layout.js';
import { after, iso, migration, moved, T0, timeline } from './samples.js';

const bar = (more: Partial<Bar> = {}): Bar => ({
  ...{ migrationId: 'mig_00001', status: 'succeeded', kind: 'ran', source: 0, target: 1 },
  ...{ startAt: iso(0), finishAt: iso(60_000), step: null },
  ...more,
});
const planned = (step: number, more: Partial<Bar> = {}): Bar =>
  bar({ status: 'queued', kind: 'planned', startAt: null, finishAt: null, step, ...more });

describe('the layout', () => {
  it('has each bar on the lane of its source and on that of its target', () => {
    const { lanes } = layoutOf(timeline({ bars: [bar()] }));
    expect(lanes.map(({ timed }) => timed.map(({ isSource }) => isSource))).toEqual([
      [true],
      [false],
      [],
    ]);
  });

  it('gives what has no time a place in the order, and what has neither none', () => {
    const layout = layoutOf(
      timeline({
        bars: [planned(0), planned(3), bar({ startAt: null }), planned(0, { step: null })],
      }),
    );
    expect(layout).toMatchObject({ span: null, columns: 2, unplaced: 2 });
    expect(layout.lanes[0]?.timed).toEqual([]);
    expect(layout.lanes[0]?.ordered.map(({ fromMs }) => fromMs)).toEqual([null, null]);
  });

  it('spans all times and the bound, and shows now with them', () => {
    const bound = { instanceId: 'rm-a', finishAt: iso(600_000) };
    const { span, boundMs } = layoutOf(timeline({ bars: [bar()], bound }));
    expect(span).toEqual({ fromMs: T0, toMs: T0 + 600_000 });
    expect(boundMs).toBe(T0 + 600_000);
    const view = wholeView(span, T0 + 900_000, 1_000);
    expect(xOf(view, T0)).toBeGreaterThan(0);
    expect(xOf(view, T0 + 900_000)).toBeLessThan(1_000);
  });
});

describe('a bar', () => {
  const view = { fromMs: T0, msPerPixel: 1_000 };
  const split = { axisWidth: 500, columnWidth: 20, columns: 3 };
  const pieceOf = (one: Bar) => {
    const piece = layoutOf(timeline({ bars: [one] })).lanes.flatMap((lane) => [
      ...lane.timed,
      ...lane.ordered,
    ])[0];
    if (piece === undefined) throw new Error('no piece');
    return piece;
  };

  it('lies between its times', () => {
    expect(boxOf(pieceOf(bar()), view, split, T0)).toEqual({ x: 0, width: 60, isOpen: false });
  });

  it('that runs without a known end, or beyond the expected one, reaches to now and stays open', () => {
    for (const finishAt of [null, iso(10_000)]) {
      const piece = pieceOf(bar({ kind: 'runs', status: 'importing', finishAt }));
      expect(boxOf(piece, view, split, T0 + 90_000)).toEqual({ x: 0, width: 90, isOpen: true });
    }
  });

  it('without times lies right of the axis, in its column, as long as there are columns', () => {
    const layout = layoutOf(timeline({ bars: [0, 2, 5, 9].map((step) => planned(step)) }));
    const xs = layout.lanes[0]?.ordered.map((piece) => boxOf(piece, view, split, T0)?.x);
    expect(xs).toEqual([501, 521, 541, undefined]);
  });

  it('that is out of sight is not drawn', () => {
    expect(boxOf(pieceOf(bar()), { ...view, fromMs: T0 + 61_000 }, split, T0)).toBeNull();
    expect(boxOf(pieceOf(bar()), { ...view, fromMs: T0 - 501_000 }, split, T0)).toBeNull();
  });

  it('moves with the events until the timeline is read again', () => {
    const list = { kind: 'migrations', items: [migration(1)] } as const;
    const events = [moved(1, 'importing', 5_000)];
    const running = after(list, { kind: 'events', events });
    const started = freshBar(planned(0), running.rows);
    expect(started).toMatchObject({
      kind: 'runs',
      startAt: iso(5_000),
      finishAt: null,
      step: null,
    });
    const ended = after(list, { kind: 'events', events: [...events, moved(1, 'failed', 9_000)] });
    expect(freshBar(started, ended.rows)).toMatchObject({
      ...{ kind: 'ran', status: 'failed', startAt: iso(5_000), finishAt: iso(9_000) },
    });
  });
});

describe('the width', () => {
  it('is all for the axis when everything has a time', () => {
    expect(splitOf({ span: null, columns: 0 }, 800)).toEqual({
      axisWidth: 800,
      columnWidth: 0,
      columns: 0,
    });
  });

  it('leaves most of it for the axis, however many steps there are', () => {
    const { axisWidth, columns, columnWidth } = splitOf(
      { span: { fromMs: 0, toMs: 1 }, columns: 900 },
      800,
    );
    expect(axisWidth).toBeGreaterThanOrEqual(480);
    expect(axisWidth + columns * columnWidth).toBe(800);
  });
});

describe('zoom and pan', () => {
  const view = { fromMs: T0, msPerPixel: 1_000 };

  it('keep what lies below the pointer where it is', () => {
    expect(msAt(zoomed(view, 0.5, 120), 120)).toBeCloseTo(msAt(view, 120));
    expect(zoomed(view, 0.5, 120).msPerPixel).toBe(500);
  });

  it('have an end in both directions', () => {
    expect(zoomed(view, 1e-9, 0).msPerPixel).toBe(20);
    expect(zoomed(view, 1e9, 0).msPerPixel).toBe(3_600_000);
  });

  it('move by pixels', () => {
    expect(panned(view, -30).fromMs).toBe(T0 - 30_000);
  });
});

describe('which bar is meant', () => {
  const layout = layoutOf(
    timeline({ bars: [bar(), bar({ startAt: iso(90_000), finishAt: iso(99_000), target: 2 })] }),
  );
  const drawn: Drawn = {
    ...{ layout, view: { fromMs: T0, msPerPixel: 1_000 }, nowMs: T0, gutter: 100, scrollTop: 0 },
    split: { axisWidth: 500, columnWidth: 0, columns: 0 },
  };

  it('by the pointer: the lane and the time under it', () => {
    expect(spotAt(drawn, 130, 40)).toEqual({ lane: 0, place: 0 });
    expect(spotAt(drawn, 195, 40)).toEqual({ lane: 0, place: 1 });
    expect(spotAt(drawn, 130, 40 + 24)).toEqual({ lane: 1, place: 0 });
    expect([spotAt(drawn, 170, 40), spotAt(drawn, 50, 40), spotAt(drawn, 130, 10)]).toEqual([
      null,
      null,
      null,
    ]);
  });

  it('by keys: along a lane and from lane to lane, and never beyond the last', () => {
    const keys = [
      'ArrowDown',
      'ArrowRight',
      'ArrowRight',
      'ArrowDown',
      'ArrowDown',
      'ArrowDown',
      'ArrowLeft',
    ];
    const spots = keys.reduce<ReturnType<typeof spotAfterKey>[]>(
      (all, key) => [...all, spotAfterKey(layout, all.at(-1) ?? null, key)],
      [],
    );
    expect(spots.map((spot) => `${spot?.lane} ${spot?.place}`)).toEqual([
      '0 0',
      '0 1',
      '0 1',
      '1 0',
      '2 0',
      '2 0',
      '2 0',
    ]);
    expect(spotAfterKey(layout, null, 'x')).toBeNull();
    expect(pieceAt(layout, { lane: 1, place: 0 })?.bar.target).toBe(1);
  });
});
