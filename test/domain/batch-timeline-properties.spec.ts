// Of any batch: one bar a member, never two at once on an instance, no plan before the bound, no time without a duration.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Member } from '../../src/domain/batch-row.js';
import { holdsInstances, isEnded, STATUSES } from '../../src/domain/migration.js';
import type { Window } from '../../src/domain/window.js';
import { HOUR, NOW } from './plans.js';
import { member, timeline } from './timelines.js';

const NIGHT: Window = { start: '22:00', end: '06:00', timeZone: 'UTC', days: null };
const MINUTE = 60_000;

const draft = fc.record({
  source: fc.nat(6),
  target: fc.nat(6),
  status: fc.constantFrom(...STATUSES),
  priority: fc.integer({ min: -1, max: 1 }),
  minutes: fc.option(fc.integer({ min: 0, max: 300 }), { freq: 12 }),
  later: fc.option(fc.nat(900), { freq: 4 }),
  after: fc.option(fc.nat(40), { freq: 4 }),
});

/** Runs are side by side with nobody, and whatever ended on an instance ended before it runs there again. */
const members = fc.array(draft, { minLength: 1, maxLength: 40 }).map((drafts) => {
  const taken = new Set<number>();
  const past = new Map<number, number>();
  return drafts
    .filter(({ source, target }) => source !== target)
    .map((one, index): Member => {
      const { source, target, minutes, later, after, priority } = one;
      const isBusy = taken.has(source) || taken.has(target);
      const status = holdsInstances(one.status) && isBusy ? 'queued' : one.status;
      if (holdsInstances(status)) taken.add(source).add(target);
      const order = Math.max(past.get(source) ?? 0, past.get(target) ?? 0);
      if (isEnded(status)) past.set(source, order + 1).set(target, order + 1);
      const began = NOW - (isEnded(status) ? 100 - order : 30) * MINUTE;
      const waits = !isEnded(status) && !holdsInstances(status);
      return member(String(index).padStart(2, '0'), `i${source}>i${target}`, {
        ...{ status, priority, durationMs: minutes === null ? null : minutes * MINUTE },
        ...{ startedAt: waits ? null : began, submittedAt: waits ? null : began },
        finishedAt: isEnded(status) ? began + MINUTE : null,
        notBefore: later === null || !waits ? null : NOW + later * MINUTE,
        dependsOn: after !== null && after < index ? [String(after).padStart(2, '0')] : [],
      });
    });
});

const terms = fc.record({
  maxConcurrent: fc.option(fc.integer({ min: 1, max: 3 })),
  window: fc.option(fc.constant(NIGHT)),
  fitsWindow: fc.boolean(),
  outlook: fc.constantFrom('open' as const, 'open' as const, 'paused' as const, 'over' as const),
});

test('each member has exactly one bar, of its kind and on its own instances', () => {
  fc.assert(
    fc.property(members, terms, (all, how) => {
      const { bars, instances } = timeline(all, how);
      expect(bars.map(({ migrationId }) => migrationId)).toEqual(all.map(({ id }) => id));
      for (const [index, one] of all.entries()) {
        const bar = bars[index];
        expect(instances[bar?.source ?? -1]?.instanceId).toBe(one.sourceInstanceId);
        expect(instances[bar?.target ?? -1]?.instanceId).toBe(one.targetInstanceId);
        const kind = isEnded(one.status) ? 'ran' : holdsInstances(one.status) ? 'runs' : 'planned';
        expect(bar?.kind).toBe(kind);
        expect(bar?.step === null).toBe(kind !== 'planned');
      }
      expect(new Set(instances.map(({ instanceId }) => instanceId)).size).toBe(instances.length);
    }),
    { numRuns: 300 },
  );
});

test('bars of one instance never overlap, what runs began before now, what is planned begins from now on', () => {
  fc.assert(
    fc.property(members, terms, (all, how) => {
      const { bars, instances } = timeline(all, how);
      const startsOf = (wanted: string): number[] =>
        bars.flatMap(({ kind, startAt }) => (kind === wanted ? (startAt ?? []) : []));
      expect(Math.max(NOW, ...startsOf('runs'))).toBe(NOW);
      expect(Math.min(NOW, ...startsOf('planned'))).toBe(NOW);
      for (const place of instances.keys()) {
        const line = bars
          .filter(({ source, target }) => source === place || target === place)
          .filter(({ startAt }) => startAt !== null)
          .sort(
            (a, b) => (a.startAt ?? 0) - (b.startAt ?? 0) || (a.finishAt ?? 0) - (b.finishAt ?? 0),
          );
        for (const [index, bar] of line.entries()) {
          const next = line[index + 1];
          if (next === undefined) continue;
          // One of unknown end is the last that has a place in time.
          expect(bar.finishAt).not.toBeNull();
          expect(bar.finishAt ?? Infinity).toBeLessThanOrEqual(next.startAt ?? 0);
        }
      }
    }),
    { numRuns: 400 },
  );
});

test('no plan ends before the bound says', () => {
  fc.assert(
    fc.property(members, terms, (all, how) => {
      const { bars, bound, at } = timeline(all, how);
      const open = bars.filter(({ kind }) => kind !== 'ran');
      if (bound === null || open.some(({ finishAt }) => finishAt === null)) return;
      const end = Math.max(at, ...open.map(({ finishAt }) => finishAt ?? 0));
      expect(end).toBeGreaterThanOrEqual(bound.finishAt);
    }),
    { numRuns: 400 },
  );
});

test('nothing that has no known duration has an expected time, nor whoever waits behind it', () => {
  fc.assert(
    fc.property(members, terms, (all, how) => {
      const { bars } = timeline(all, how);
      for (const [index, one] of all.entries()) {
        const bar = bars[index];
        if (isEnded(one.status) || one.durationMs !== null) continue;
        expect(bar?.finishAt).toBeNull();
        expect(bar?.kind === 'planned' ? bar.startAt : null).toBeNull();
        for (const [other, { dependsOn }] of all.entries()) {
          if (bars[other]?.kind !== 'planned' || !dependsOn.includes(one.id)) continue;
          expect(bars[other].startAt).toBeNull();
        }
      }
      expect(
        timeline(
          all.map((one) => ({ ...one, durationMs: null })),
          how,
        ).bars.every(({ kind, finishAt }) => kind === 'ran' || finishAt === null),
      ).toBe(true);
    }),
    { numRuns: 200 },
  );
});

test('planned ones respect the cap with what runs, and those of a step share no instance', () => {
  fc.assert(
    fc.property(members, terms, (all, how) => {
      const { bars } = timeline(all, how);
      const planned = bars.filter(({ kind }) => kind === 'planned');
      const running = bars.filter(({ kind }) => kind === 'runs');
      for (const { startAt } of planned.filter((one) => one.startAt !== null)) {
        const at = startAt ?? 0;
        const beside = planned.filter(
          (one) => one.startAt !== null && one.startAt <= at && (one.finishAt ?? 0) > at,
        );
        const still = running.filter(({ finishAt }) => (finishAt ?? Infinity) > at);
        // What runs already may be more than the cap, which was another when it started.
        const most = Math.max(how.maxConcurrent ?? Infinity, still.length);
        expect(beside.length + still.length).toBeLessThanOrEqual(most);
      }
      const steps = new Map<number, number[]>();
      for (const { step, source, target } of planned) {
        steps.set(step ?? -1, [...(steps.get(step ?? -1) ?? []), source, target]);
      }
      for (const instances of steps.values()) {
        expect(new Set(instances).size).toBe(instances.length);
      }
    }),
    { numRuns: 300 },
  );
});

test('a window without room for two weeks is no reason to plan on for ever', () => {
  const all = [
    member('a', 's>t', { status: 'importing', durationMs: null }),
    member('b', 's>u', { durationMs: HOUR }),
  ];
  const { bars } = timeline(all, { window: NIGHT, fitsWindow: true });
  expect(bars.map(({ finishAt }) => finishAt)).toEqual([null, null]);
});
