// A plan puts side by side what may be, in steps and in time, and says how far it is from the best possible.
import { describe, expect, test } from 'vitest';
import type { FleetPlan, PlanItem } from '../../src/domain/fleet-plan.js';
import type { Window } from '../../src/domain/window.js';
import { HOUR, item, NOW, plan } from './plans.js';

const NIGHT: Window = { start: '22:00', end: '06:00', timeZone: 'UTC', days: null };

/** In hours from now. */
const startsOf = ({ times }: FleetPlan): readonly number[] =>
  (times ?? []).map(({ startAt }) => (startAt - NOW) / HOUR);

describe('steps', () => {
  test('migrations that share no instance run side by side', () => {
    const made = plan([item('a', 'b'), item('c', 'd'), item('a', 'd')]);
    expect(made.steps).toEqual([[0, 1], [2]]);
    expect(made).toMatchObject({ total: 3, instances: 4, plannedSteps: 2, lowerBoundSteps: 2 });
  });

  test('a busy hub takes one step for each of its migrations', () => {
    const made = plan(['a', 'b', 'c'].map((one) => item('hub', one)));
    expect(made).toMatchObject({ plannedSteps: 3, lowerBoundSteps: 3 });
    expect(made.busiestInstances[0]).toEqual({ instanceId: 'hub', migrations: 3 });
  });

  test('no more than the cap run side by side', () => {
    const items = [0, 1, 2, 3, 4].map((n) => item(`s${n}`, `t${n}`));
    const made = plan(items, { maxConcurrent: 2 });
    expect(made.steps.map((step) => step.length)).toEqual([2, 2, 1]);
    expect(made.lowerBoundSteps).toBe(3);
  });

  test('one that depends on another comes in a later step', () => {
    const made = plan([
      item('a', 'b', { dependsOn: [1] }),
      item('c', 'd', { dependsOn: [2] }),
      item('e', 'f'),
    ]);
    expect(made.steps).toEqual([[2], [1], [0]]);
    expect(made.lowerBoundSteps).toBe(3);
  });

  test('three instances that exchange data in a ring need a step for each migration', () => {
    const made = plan([
      item('a', 'b'),
      item('b', 'c'),
      item('c', 'a'),
      item('x', 'y'),
      item('x', 'z'),
    ]);
    expect(made.lowerBoundSteps).toBe(3);
  });

  test('the ten busiest instances are named, the busiest first', () => {
    const items = Array.from({ length: 12 }, (_, n) =>
      Array.from({ length: n + 1 }, (_never, k) => item(`s${n}`, `t${n}-${k}`)),
    ).flat();
    const { busiestInstances } = plan(items);
    expect(busiestInstances.map(({ migrations }) => migrations)).toEqual([
      12, 11, 10, 9, 8, 7, 6, 5, 4, 3,
    ]);
  });

  test('an empty batch needs none', () => {
    expect(plan([])).toMatchObject({ total: 0, plannedSteps: 0, steps: [], finishAt: NOW });
  });
});

describe('times', () => {
  const hours = (durationMs: number, fields: Partial<PlanItem> = {}): Partial<PlanItem> => ({
    durationMs: durationMs * HOUR,
    ...fields,
  });

  test('are null when one duration is not known', () => {
    const made = plan([item('a', 'b', hours(1)), item('c', 'd')]);
    expect(made).toMatchObject({ times: null, finishAt: null, earliestFinishAt: null });
  });

  test('each starts when its instances are given back', () => {
    const made = plan([
      item('a', 'c', hours(2)),
      item('b', 'd', hours(3)),
      item('a', 'b', hours(1)),
    ]);
    expect(startsOf(made)).toEqual([0, 0, 3]);
    expect(made.finishAt).toBe(NOW + 4 * HOUR);
    expect(made.earliestFinishAt).toBe(NOW + 4 * HOUR);
  });

  test('none starts before its time, nor before those it depends on', () => {
    const late = hours(1, { notBefore: NOW + 5 * HOUR });
    const made = plan([item('a', 'b', late), item('c', 'd', hours(1, { dependsOn: [0] }))]);
    expect(startsOf(made)).toEqual([5, 6]);
    expect(made.earliestFinishAt).toBe(NOW + 7 * HOUR);
  });

  test('none starts outside of the window, though it may end there', () => {
    // It is noon: ten hours till it opens.
    const made = plan(
      [item('a', 'b', hours(6)), item('a', 'c', hours(4)), item('a', 'd', hours(1))],
      {
        window: NIGHT,
      },
    );
    expect(startsOf(made)).toEqual([10, 16, 34]);
    expect(made.finishAt).toBe(NOW + 35 * HOUR);
  });

  test('none starts that would end outside when it must fit, unless it is longer than any window', () => {
    const items = [item('a', 'b', hours(6)), item('a', 'c', hours(4)), item('a', 'd', hours(9))];
    const made = plan(items, { window: NIGHT, fitsWindow: true });
    expect(startsOf(made)).toEqual([10, 34, 58]);
  });
});
