// Who starts next: never on a taken instance, always the same one, by the order that is promised, and nobody waits for ever.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AGING_PRIORITY, MAX_PASSED_OVER_MS } from '../../src/domain/policy.js';
import {
  nextToStart,
  precedes,
  standingOf,
  type Situation,
  type Waiter,
} from '../../src/domain/scheduling.js';

const NOW = 1_764_000_000_000;
const SPAN = MAX_PASSED_OVER_MS;

const waiter = (id: string, fields: Partial<Waiter> = {}): Waiter => ({
  id,
  sourceInstanceId: `${id}-s`,
  targetInstanceId: `${id}-t`,
  priority: 0,
  queuedAt: NOW - 1_000,
  batchId: null,
  engine: 'MySQL',
  bytes: null,
  ...fields,
});

interface Facts {
  readonly taken?: readonly string[];
  readonly work?: Readonly<Record<string, number>>;
  readonly stuck?: readonly string[];
  /** Ids of those that their batch lets wait. */
  readonly held?: readonly string[];
}

const situation = (waiters: readonly Waiter[], facts: Facts = {}): Situation => ({
  nowMs: NOW,
  isFree: (id) => !(facts.taken ?? []).includes(id),
  mayStart: ({ id }) => !(facts.held ?? []).includes(id),
  remainingWork: (id) => facts.work?.[id] ?? 0,
  waitingOn: (id) =>
    waiters.filter((one) => one.sourceInstanceId === id || one.targetInstanceId === id),
  isStuck: (id) => (facts.stuck ?? []).includes(id),
});

const idOf = (waiters: readonly Waiter[], facts: Facts = {}): string | undefined =>
  nextToStart(waiters, situation(waiters, facts))?.id;

describe('the order', () => {
  test('the highest priority comes first, whatever work there is', () => {
    expect(idOf([waiter('a'), waiter('b', { priority: 1 })], { work: { 'a-s': 99 } })).toBe('b');
  });

  test('then the one whose busier instance has the most remaining work', () => {
    const waiters = [waiter('a', { queuedAt: NOW - 5_000 }), waiter('b')];
    expect(idOf(waiters, { work: { 'a-s': 2, 'a-t': 2, 'b-t': 3 } })).toBe('b');
  });

  test('then the oldest, then the lower id', () => {
    expect(idOf([waiter('a'), waiter('b', { queuedAt: NOW - 2_000 })])).toBe('b');
    expect(idOf([waiter('b'), waiter('a')])).toBe('a');
  });

  test('nobody starts when nobody waits, or every waiter lacks an instance', () => {
    expect(idOf([])).toBeUndefined();
    expect(idOf([waiter('a'), waiter('b')], { taken: ['a-s', 'b-t'] })).toBeUndefined();
  });

  test('whom its batch lets wait does not start, and the next does', () => {
    const waiters = [waiter('a', { priority: 9 }), waiter('b')];
    expect(idOf(waiters, { held: ['a'] })).toBe('b');
    expect(idOf(waiters, { held: ['a', 'b'] })).toBeUndefined();
  });
});

describe('age', () => {
  const old = { queuedAt: NOW - SPAN };

  test('counts in whole spans: less than one changes nothing, one passes newcomers with more work', () => {
    const young = waiter('a');
    const work = { 'a-s': 5 };
    expect(idOf([young, waiter('b', { queuedAt: NOW - SPAN + 1 })], { work })).toBe('a');
    expect(idOf([young, waiter('b', old)], { work })).toBe('b');
  });

  test('each span adds to the priority, so an urgent newcomer still passes a few of them', () => {
    const urgent = waiter('a', { priority: 100 });
    const spans = Math.ceil(100 / AGING_PRIORITY);
    expect(idOf([urgent, waiter('b', { queuedAt: NOW - (spans - 1) * SPAN })])).toBe('a');
    expect(idOf([urgent, waiter('b', { queuedAt: NOW - (spans + 1) * SPAN })])).toBe('b');
  });

  test('of those accepted together never changes their order', () => {
    const queuedAt = NOW - 7 * SPAN;
    const waiters = [waiter('a', { queuedAt }), waiter('b', { queuedAt })];
    expect(idOf(waiters, { work: { 'b-t': 1 } })).toBe('b');
  });
});

describe('an instance that somebody waits for who was passed over', () => {
  const passedOver = waiter('old', {
    sourceInstanceId: 'a',
    targetInstanceId: 'b',
    queuedAt: NOW - SPAN,
  });
  const newcomer = waiter('new', { sourceInstanceId: 'a', targetInstanceId: 'c' });
  const both = [passedOver, newcomer];

  test('is kept free of younger ones while its other instance is busy', () => {
    expect(idOf(both, { taken: ['b'] })).toBeUndefined();
    expect(idOf(both)).toBe('old');
  });

  test('is not kept from others of its age', () => {
    const peer = { ...newcomer, queuedAt: NOW - SPAN };
    expect(idOf([passedOver, peer], { taken: ['b'] })).toBe('new');
  });

  test('is not kept from one that is more urgent even so', () => {
    const urgent = { ...newcomer, priority: AGING_PRIORITY + 1 };
    expect(idOf([passedOver, urgent], { taken: ['b'] })).toBe('new');
  });

  test('is not kept while the other is held by one that waits for a person', () => {
    expect(idOf(both, { taken: ['b'], stuck: ['b'] })).toBe('new');
  });

  test('is not kept for one that its own batch lets wait', () => {
    expect(idOf(both, { taken: ['b'], held: ['old'] })).toBe('new');
  });

  test('keeps nobody from elsewhere', () => {
    expect(idOf([...both, waiter('else')], { taken: ['b'] })).toBe('else');
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
        queuedAt: fc.constantFrom(NOW, NOW - 1_000, NOW - 2 * SPAN),
        batchId: fc.constant(null),
        engine: fc.constant('MySQL' as const),
        bytes: fc.constant(null),
      }),
      { selector: (one) => one.id, maxLength: 12 },
    )
    .map((all) => all.filter((one) => one.sourceInstanceId !== one.targetInstanceId));
  const keys = fc.array(fc.nat(), { minLength: 12, maxLength: 12 });
  const facts: fc.Arbitrary<Facts> = fc.record({
    taken: fc.subarray(['i1', 'i2', 'i3', 'i4', 'i5']),
    work: fc.dictionary(instance, fc.nat(4)),
  });

  test('the one picked has both instances free', () => {
    fc.assert(
      fc.property(waiters, facts, (all, where) => {
        const next = nextToStart(all, situation(all, where));
        const isTaken = (id: string): boolean => (where.taken ?? []).includes(id);
        expect(
          next !== null && (isTaken(next.sourceInstanceId) || isTaken(next.targetInstanceId)),
        ).toBe(false);
      }),
    );
  });

  test('somebody starts when anybody has both free, unless all such are barred by older ones', () => {
    fc.assert(
      fc.property(waiters, facts, (all, where) => {
        const here = situation(all, where);
        const ready = all.filter(
          (one) => here.isFree(one.sourceInstanceId) && here.isFree(one.targetInstanceId),
        );
        const oldest = Math.min(NOW, ...all.map((one) => one.queuedAt));
        const isAnybodyOldest = ready.some((one) => one.queuedAt === oldest);
        const isOneAge = new Set(all.map((one) => one.queuedAt < NOW - SPAN)).size < 2;
        const mustStart = ready.length > 0 && (isAnybodyOldest || isOneAge);
        expect(!mustStart || nextToStart(all, here) !== null).toBe(true);
      }),
    );
  });

  test('the choice does not depend on the order in which the waiters are given', () => {
    fc.assert(
      fc.property(waiters, facts, keys, (all, where, random) => {
        const shuffled = all
          .map((one, index) => ({ one, key: random[index] ?? 0 }))
          .sort((a, b) => a.key - b.key)
          .map(({ one }) => one);
        const here = situation(all, where);
        expect(nextToStart(shuffled, here)).toBe(nextToStart(all, here));
      }),
    );
  });

  test('the order is total, and on free instances its first starts', () => {
    fc.assert(
      fc.property(waiters, facts, (all, { work = {} }) => {
        const here = situation(all, { work });
        const before = (a: Waiter, b: Waiter): boolean =>
          precedes(standingOf(a, here), standingOf(b, here));
        const order = [...all].sort((a, b) => (before(a, b) ? -1 : 1));
        expect(nextToStart(all, here)).toBe(order[0] ?? null);
        for (const [index, first] of order.entries()) {
          for (const second of order.slice(index + 1)) {
            expect(before(first, second)).toBe(true);
            expect(before(second, first)).toBe(false);
          }
        }
      }),
    );
  });

  test('starting one after the other never uses an instance twice', () => {
    fc.assert(
      fc.property(waiters, (all) => {
        const taken: string[] = [];
        for (let next = nextToStart(all, situation(all, { taken })); next !== null;) {
          expect(taken).not.toContain(next.sourceInstanceId);
          expect(taken).not.toContain(next.targetInstanceId);
          taken.push(next.sourceInstanceId, next.targetInstanceId);
          next = nextToStart(all, situation(all, { taken }));
        }
        expect(new Set(taken).size).toBe(taken.length);
      }),
    );
  });
});
