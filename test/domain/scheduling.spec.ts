// Who starts next: never on a taken instance, always the same one, and by the order that is promised.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_PASSED_OVER_MS } from '../../src/domain/policy.js';
import { nextToStart, type Situation, type Waiter } from '../../src/domain/scheduling.js';

const NOW = 1_764_000_000_000;

const waiter = (id: string, fields: Partial<Waiter> = {}): Waiter => ({
  id,
  sourceInstanceId: `${id}-s`,
  targetInstanceId: `${id}-t`,
  priority: 0,
  queuedAt: NOW - 1_000,
  ...fields,
});

function situation(taken: readonly string[] = [], work: Record<string, number> = {}): Situation {
  return {
    nowMs: NOW,
    isFree: (id) => !taken.includes(id),
    remainingWork: (id) => work[id] ?? 0,
  };
}

const idOf = (waiters: readonly Waiter[], where = situation()): string | undefined =>
  nextToStart(waiters, where)?.id;

describe('the order', () => {
  const starving = { queuedAt: NOW - MAX_PASSED_OVER_MS - 1 };

  test('the highest priority comes first, whatever work there is', () => {
    const waiters = [waiter('a'), waiter('b', { priority: 1 })];
    expect(idOf(waiters, situation([], { 'a-s': 99 }))).toBe('b');
  });

  test('then the one whose busier instance has the most remaining work', () => {
    const waiters = [waiter('a', { queuedAt: 0 + NOW - 5_000 }), waiter('b')];
    expect(idOf(waiters, situation([], { 'a-s': 2, 'a-t': 2, 'b-t': 3 }))).toBe('b');
  });

  test('then the oldest, then the lower id', () => {
    expect(idOf([waiter('a'), waiter('b', { queuedAt: NOW - 2_000 })])).toBe('b');
    expect(idOf([waiter('b'), waiter('a')])).toBe('a');
  });

  test('one passed over for too long comes before any priority', () => {
    expect(idOf([waiter('a', { priority: 100 }), waiter('b', starving)])).toBe('b');
    const atTheLimit = waiter('b', { queuedAt: NOW - MAX_PASSED_OVER_MS });
    expect(idOf([waiter('a', { priority: 1 }), atTheLimit])).toBe('a');
  });

  test('nobody starts when nobody waits, or every waiter lacks an instance', () => {
    expect(idOf([])).toBeUndefined();
    expect(idOf([waiter('a'), waiter('b')], situation(['a-s', 'b-t']))).toBeUndefined();
  });
});

describe('for any fleet', () => {
  const instance = fc.constantFrom('i1', 'i2', 'i3', 'i4', 'i5');
  const waiters = fc
    .uniqueArray(
      fc.record({
        id: fc.integer({ min: 1, max: 99 }).map((n) => `mig_${n}`),
        sourceInstanceId: instance,
        targetInstanceId: instance,
        priority: fc.integer({ min: -2, max: 2 }),
        queuedAt: fc.constantFrom(NOW, NOW - 1_000, NOW - 2 * MAX_PASSED_OVER_MS),
      }),
      { selector: (one) => one.id, maxLength: 12 },
    )
    .map((all) => all.filter((one) => one.sourceInstanceId !== one.targetInstanceId));
  const keys = fc.array(fc.nat(), { minLength: 12, maxLength: 12 });
  const situations = fc
    .record({
      taken: fc.subarray(['i1', 'i2', 'i3', 'i4', 'i5']),
      work: fc.dictionary(instance, fc.nat(4)),
    })
    .map(({ taken, work }) => situation(taken, work));

  test('the one picked has both instances free, and somebody is picked when anybody has', () => {
    fc.assert(
      fc.property(waiters, situations, (all, where) => {
        const ready: readonly Waiter[] = all.filter(
          (one) => where.isFree(one.sourceInstanceId) && where.isFree(one.targetInstanceId),
        );
        const next = nextToStart(all, where);
        expect(next === null ? ready.length === 0 : ready.includes(next)).toBe(true);
      }),
    );
  });

  test('the choice does not depend on the order in which the waiters are given', () => {
    fc.assert(
      fc.property(waiters, situations, keys, (all, where, random) => {
        const shuffled = all
          .map((one, index) => ({ one, key: random[index] ?? 0 }))
          .sort((a, b) => a.key - b.key)
          .map(({ one }) => one);
        expect(nextToStart(shuffled, where)).toBe(nextToStart(all, where));
      }),
    );
  });

  test('the order is total: without the one picked, the next comes from the rest, to the last', () => {
    fc.assert(
      fc.property(waiters, situations, (all, where) => {
        const order: Waiter[] = [];
        let rest: readonly Waiter[] = all;
        for (let next = nextToStart(rest, where); next !== null; next = nextToStart(rest, where)) {
          const picked = next;
          order.push(picked);
          rest = rest.filter((one) => one !== picked);
        }
        // Of any two, the one that came first is picked whenever the two are alone.
        for (const [index, first] of order.entries()) {
          for (const second of order.slice(index + 1)) {
            expect(nextToStart([second, first], where)).toBe(first);
          }
        }
      }),
    );
  });

  test('starting one after the other never uses an instance twice', () => {
    fc.assert(
      fc.property(waiters, (all) => {
        const taken: string[] = [];
        for (let next = nextToStart(all, situation(taken)); next !== null;) {
          expect(taken).not.toContain(next.sourceInstanceId);
          expect(taken).not.toContain(next.targetInstanceId);
          taken.push(next.sourceInstanceId, next.targetInstanceId);
          next = nextToStart(all, situation(taken));
        }
        expect(new Set(taken).size).toBe(taken.length);
      }),
    );
  });
});
