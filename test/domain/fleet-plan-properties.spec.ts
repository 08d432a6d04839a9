// Of any fleet a plan is what the rule of scheduling does, breaks no rule, beats no floor and holds nobody up.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  planFleet,
  type FleetPlan,
  type PlanItem,
  type PlanOptions,
} from '../../src/domain/fleet-plan.js';
import { nextToStart, type Waiter } from '../../src/domain/scheduling.js';
import { fitsIn, isOpenAt, roomAt, type Window } from '../../src/domain/window.js';

const NOW = Date.parse('2026-03-27T12:00Z');
const OPTIONS: PlanOptions = { nowMs: NOW, maxConcurrent: null, window: null, fitsWindow: false };
const NIGHT: Window = { start: '22:00', end: '06:00', timeZone: 'UTC', days: null };

const item = (source: string, target: string, fields: Partial<PlanItem> = {}): PlanItem => ({
  sourceInstanceId: source,
  targetInstanceId: target,
  ...{ priority: 0, notBefore: null, dependsOn: [], durationMs: null },
  ...fields,
});

function plan(items: readonly PlanItem[], options: Partial<PlanOptions> = {}): FleetPlan {
  const planning = planFleet(items, { ...OPTIONS, ...options });
  for (;;) {
    const step = planning.next();
    if (step.done === true) return step.value;
  }
}

describe('for any fleet', () => {
  const name = fc.nat(6).map((n) => `i${n}`);
  const items = fc
    .array(
      fc.record({
        source: name,
        target: name,
        priority: fc.integer({ min: -1, max: 1 }),
        after: fc.option(fc.nat(40), { freq: 4 }),
        minutes: fc.integer({ min: 0, max: 300 }),
        later: fc.option(fc.nat(900), { freq: 4 }),
      }),
      { minLength: 1, maxLength: 40 },
    )
    .map((all) =>
      all
        .filter((one) => one.source !== one.target)
        .map(({ source, target, priority, after, minutes, later }, index) =>
          item(source, target, {
            priority,
            dependsOn: after !== null && after < index ? [after] : [],
            durationMs: minutes * 60_000,
            notBefore: later === null ? null : NOW + later * 60_000,
          }),
        ),
    );
  const options = fc.record({
    maxConcurrent: fc.option(fc.integer({ min: 1, max: 3 })),
    window: fc.option(fc.constant(NIGHT)),
    fitsWindow: fc.boolean(),
  });

  test('each step is the one that nextToStart would make', () => {
    fc.assert(
      fc.property(items, options, (all, { maxConcurrent }) => {
        const steps = plan(all, { maxConcurrent }).steps;
        const left = new Map(all.map((one, index) => [index, one]));
        for (const step of steps) {
          const taken = new Set<string>();
          const started: number[] = [];
          const waiters = [...left].map(([index, one]): Waiter => ({
            id: String(index).padStart(4, '0'),
            ...{ sourceInstanceId: one.sourceInstanceId, targetInstanceId: one.targetInstanceId },
            ...{
              priority: one.priority,
              queuedAt: NOW,
              batchId: null,
              engine: 'MySQL',
              bytes: null,
            },
          }));
          const onInstance = (id: string): Waiter[] =>
            waiters.filter(
              (one) =>
                !started.includes(Number(one.id)) &&
                (one.sourceInstanceId === id || one.targetInstanceId === id),
            );
          const pick = (): Waiter | null =>
            nextToStart(waiters, {
              nowMs: NOW,
              isFree: (id) => !taken.has(id),
              mayStart: ({ id }) =>
                started.length < (maxConcurrent ?? Infinity) &&
                (left.get(Number(id))?.dependsOn.every((one) => !left.has(one)) ?? false),
              remainingWork: (id) => onInstance(id).length,
              waitingOn: onInstance,
              isStuck: () => false,
            });
          for (let next = pick(); next !== null; next = pick()) {
            started.push(Number(next.id));
            taken.add(next.sourceInstanceId).add(next.targetInstanceId);
          }
          expect([...step].sort((a, b) => a - b)).toEqual([...started].sort((a, b) => a - b));
          for (const index of step) left.delete(index);
        }
        expect(left.size).toBe(0);
      }),
      { numRuns: 200 },
    );
  });

  test('times break no rule, and do not beat the floor', () => {
    fc.assert(
      fc.property(items, options, (all, how) => {
        const { times, finishAt, earliestFinishAt } = plan(all, how);
        const runs = (times ?? []).map((time, index) => ({
          ...time,
          index,
          one: all[index] ?? item('', ''),
        }));
        expect(runs.length).toBe(all.length);
        for (const { startAt, finishAt: end, one } of runs) {
          expect(end - startAt).toBe(one.durationMs);
          expect(startAt).toBeGreaterThanOrEqual(one.notBefore ?? NOW);
          expect(one.dependsOn.every((other) => (runs[other]?.finishAt ?? 0) <= startAt)).toBe(
            true,
          );
          const { window } = how;
          const isInside = window === null || isOpenAt(window, startAt);
          const fits =
            window === null || !how.fitsWindow || fitsIn(roomAt(window, startAt), end - startAt);
          expect(isInside && fits).toBe(true);
          const beside = runs.filter((run) => run.startAt <= startAt && run.finishAt > startAt);
          expect(beside.length).toBeLessThanOrEqual(how.maxConcurrent ?? Infinity);
          const busy = beside.flatMap((run) => [
            run.one.sourceInstanceId,
            run.one.targetInstanceId,
          ]);
          expect(new Set(busy).size).toBe(busy.length);
        }
        expect(finishAt).toBe(Math.max(NOW, ...runs.map((run) => run.finishAt)));
        expect(earliestFinishAt ?? NaN).toBeLessThanOrEqual(finishAt ?? NaN);
      }),
      { numRuns: 300 },
    );
  });
});
