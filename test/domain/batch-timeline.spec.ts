// A timeline tells what ran, what runs and what is planned by the rule of scheduling, and no time that nobody knows.
import { describe, expect, test } from 'vitest';
import type { Bar, BatchTimeline } from '../../src/domain/batch-timeline.js';
import type { Window } from '../../src/domain/window.js';
import { HOUR, NOW } from './plans.js';
import { member, timeline } from './timelines.js';

const barOf = ({ bars }: BatchTimeline, id: string): Bar => {
  const found = bars.find(({ migrationId }) => migrationId === id);
  if (found === undefined) throw new Error(`no bar of ${id}`);
  return found;
};

/** In hours from now. */
const spanOf = (made: BatchTimeline, id: string): readonly (number | null)[] => {
  const { startAt, finishAt } = barOf(made, id);
  return [startAt, finishAt].map((at) => (at === null ? null : (at - NOW) / HOUR));
};

describe('what ran', () => {
  test('is told as it was seen, from its submission where its start was not', () => {
    const made = timeline([
      member('a', 's>t', { status: 'succeeded' }),
      member('b', 's>u', { status: 'failed', startedAt: null }),
      member('c', 's>v', { status: 'canceled', startedAt: null, submittedAt: null }),
    ]);
    expect(['a', 'b', 'c'].map((id) => spanOf(made, id))).toEqual([
      [-1, -0.5],
      [-1, -0.5],
      [null, -0.5],
    ]);
    expect(made.bars.map(({ kind, step }) => [kind, step])).toEqual([
      ['ran', null],
      ['ran', null],
      ['ran', null],
    ]);
    expect(made.bound).toBeNull();
    expect(made.instances.every(({ remainingMs }) => remainingMs === 0)).toBe(true);
  });
});

describe('what runs', () => {
  test('ends when its estimate says, at once when it has outlasted it, and nobody knows where nothing was learned', () => {
    const made = timeline([
      member('a', 's>t', { status: 'importing', durationMs: 3 * HOUR }),
      member('b', 'u>v', { status: 'canceling', durationMs: HOUR / 2 }),
      member('c', 'w>x', { status: 'importing', durationMs: null }),
      member('d', 'y>z', { status: 'outcome_unknown' }),
      member('e', 'k>l', { status: 'checking', startedAt: null, submittedAt: null }),
    ]);
    expect(['a', 'b', 'c', 'd', 'e'].map((id) => spanOf(made, id))).toEqual([
      [-1, 2],
      [-1, 0],
      [-1, null],
      [-1, null],
      [null, 1],
    ]);
  });
});

describe('what is planned', () => {
  test('starts when what runs gives its instances back, the one with the busier instance first', () => {
    const made = timeline([
      member('runs', 'hub>a', { status: 'importing', durationMs: 3 * HOUR }),
      member('light', 'hub>b'),
      member('heavy', 'hub>c'),
      member('more', 'd>c', { durationMs: 5 * HOUR }),
    ]);
    expect(['light', 'heavy', 'more'].map((id) => spanOf(made, id))).toEqual([
      [2, 3],
      [5, 6],
      [0, 5],
    ]);
    // Steps are told as if each took as long: then the instance of the heavy one is free as soon.
    expect(['light', 'heavy', 'more'].map((id) => barOf(made, id).step)).toEqual([2, 1, 0]);
  });

  test('has a step and no time behind an import whose end nobody knows', () => {
    const made = timeline([
      member('lost', 's>t', { status: 'outcome_unknown' }),
      member('behind', 's>u'),
      member('after', 'x>y', { dependsOn: ['behind'] }),
      member('free', 'v>w'),
    ]);
    expect(['behind', 'after', 'free'].map((id) => spanOf(made, id))).toEqual([
      [null, null],
      [null, null],
      [0, 1],
    ]);
    expect(['behind', 'after', 'free'].map((id) => barOf(made, id).step)).toEqual([1, 2, 0]);
    expect(made.instances.filter(({ remainingMs }) => remainingMs === null)).toHaveLength(2);
  });

  test('waits for what a stranger runs on its instance, which has no bar and no place under the cap', () => {
    const stranger = member('x', 's>q', { status: 'importing', durationMs: 2 * HOUR });
    const made = timeline([member('a', 's>t'), member('b', 'u>v')], { maxConcurrent: 1 }, [
      stranger,
    ]);
    expect(made.bars).toHaveLength(2);
    expect(made.instances.map(({ instanceId }) => instanceId)).not.toContain('q');
    expect(spanOf(made, 'b')).toEqual([0, 1]);
    expect(spanOf(made, 'a')).toEqual([1, 2]);
  });

  test('what runs counts under the cap', () => {
    const made = timeline(
      [member('a', 's>t', { status: 'importing', durationMs: 3 * HOUR }), member('b', 'u>v')],
      { maxConcurrent: 1 },
    );
    expect(spanOf(made, 'b')).toEqual([2, 3]);
  });

  test('follows window, notBefore, dependencies and priority, with the age that each has now', () => {
    const window: Window = { start: '22:00', end: '06:00', timeZone: 'UTC', days: null };
    const made = timeline(
      [
        member('late', 'a>b', { status: 'scheduled', notBefore: NOW + 12 * HOUR, queuedAt: null }),
        member('after', 'c>d', { dependsOn: ['late'] }),
        member('low', 'e>f'),
        member('high', 'e>g', { priority: 10 }),
        member('old', 'e>h', { queuedAt: NOW - 1.5 * HOUR }),
      ],
      { window },
    );
    expect(['late', 'after', 'low', 'high', 'old'].map((id) => spanOf(made, id)[0])).toEqual([
      ...[12, 13, 12, 11, 10],
    ]);
  });

  test('ends under a window although those behind an unknown outcome never start', () => {
    const window: Window = { start: '22:00', end: '06:00', timeZone: 'UTC', days: ['mon'] };
    const lost = member('lost', 's>t', { status: 'outcome_unknown' });
    const made = timeline([lost, member('behind', 's>u')], { window, fitsWindow: true });
    expect(spanOf(made, 'behind')).toEqual([null, null]);
  });

  test.each(['paused', 'over'] as const)('has no time in a batch that is %s', (outlook) => {
    const runs = member('runs', 'hub>a', { status: 'importing', durationMs: 3 * HOUR });
    const made = timeline([runs, member('a', 'hub>b')], { outlook });
    expect(spanOf(made, 'a')).toEqual([null, null]);
    expect(spanOf(made, 'runs')).toEqual([-1, 2]);
    const leftHours = outlook === 'paused' ? 3 : 2;
    expect(made.bound).toMatchObject({ finishAt: NOW + leftHours * HOUR });
  });
});

describe('the bound', () => {
  test('is of the instance with the most work left, what runs included, and marks it', () => {
    const made = timeline([
      member('runs', 'hub>a', { status: 'importing', durationMs: 3 * HOUR }),
      member('b', 'hub>b'),
      member('c', 'd>c', { durationMs: 2.5 * HOUR }),
    ]);
    expect(made.bound).toEqual({ instanceId: 'hub', finishAt: NOW + 3 * HOUR });
    expect(made.instances[0]).toEqual({
      ...{ instanceId: 'hub', isCritical: true, remainingMs: 3 * HOUR },
    });
    expect(made.instances.filter(({ isCritical }) => isCritical)).toHaveLength(1);
  });

  test('is null while the length of one that waits is unknown', () => {
    const made = timeline([member('a', 's>t'), member('b', 'u>v', { durationMs: null })]);
    expect(made.bound).toBeNull();
    expect(made.instances.some(({ isCritical }) => isCritical)).toBe(false);
    expect(spanOf(made, 'a')).toEqual([0, 1]);
    expect(spanOf(made, 'b')).toEqual([null, null]);
  });
});
