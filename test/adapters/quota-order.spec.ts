// Who is refused has a time of its own: no herd, no idle slots, the urgent first, and nobody is passed over for ever.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { URGENCIES, type Urgency } from '../../src/use-cases/ports-upstream.js';
import { testRedis, type TestRedis } from '../support/redis.js';
import { QuotaWorld, stretch, type Visit, type Visitor } from './quota-world.js';

let redis: TestRedis;
let scopes = 0;
beforeAll(async () => {
  redis = await testRedis();
});
afterAll(() => redis.close());

const worldAt = (callsPerSecond: number): QuotaWorld => {
  const scope = `cn-test:${(scopes += 1)}`;
  return new QuotaWorld(redis.redis, { prefix: redis.prefix, scope }, callsPerSecond);
};

/** A row of alike visitors; each asks `apartMs` after the one before. */
function row(count: number, more: Partial<Visitor> & { apartMs?: number } = {}): Visitor[] {
  const { apartMs = 0, atMs = 0, urgency = 'submission', ...rest } = more;
  return Array.from({ length: count }, (_, i) => ({
    ...{ id: `${urgency}-${atMs}-${i}`, urgency, calls: 8 },
    ...rest,
    atMs: atMs + i * apartMs,
  }));
}

/** Up to so late, the same row of numbers in each run. */
function upTo(mostMs: number): () => number {
  let i = 0;
  return () => (((i += 1) * 0.618_034) % 1) * mostMs;
}

const startOf = (visit: Visit | undefined): number => visit?.slots[0] ?? Infinity;
const averageAsks = (visits: readonly Visit[]): number =>
  visits.reduce((sum, { asks }) => sum + asks, 0) / visits.length;
const callsOf = (visits: readonly Visit[], urgency: Urgency, untilMs: number): number =>
  visits
    .filter((visit) => visit.urgency === urgency)
    .flatMap(({ slots }) => slots)
    .filter((slot) => slot < untilMs).length;

describe('takers that are refused together', () => {
  it('are 500, and get 500 times, spread over a minute at most', async () => {
    const world = worldAt(5);
    await world.ask({ id: 'first', urgency: 'submission', calls: 8 });
    const answers = await Promise.all(row(500).map((one) => world.ask(one)));
    const times = answers.flatMap((answer) => (answer.granted ? [] : [answer.retryAtMs]));
    expect(new Set(times.map((time) => Math.ceil(time))).size).toBe(500);
    expect(Math.max(...times)).toBeLessThanOrEqual(60_000);
    const most = Math.max(
      ...times.map((from) => times.filter((t) => t >= from && t < from + 1_000).length),
    );
    console.info(`500 refused at once: at most ${most} of them come back in any one second`);
    expect(most).toBeLessThanOrEqual(25);
  });

  it('keep the slots full, though they come back a little late', async () => {
    const world = worldAt(20);
    const visits = await world.serve(row(200, { lateMs: upTo(60) }));
    const [ratio, asks] = [stretch(visits, world.spacingMs), averageAsks(visits)];
    console.info(
      `200 takers of 8 calls: ${ratio.toFixed(3)} of the best time, ${asks.toFixed(1)} questions each`,
    );
    expect(visits).toHaveLength(200);
    expect(ratio).toBeLessThan(1.05);
    expect(asks).toBeLessThan(4);
  });

  it('lose little more than the slots of those that never come back', async () => {
    const world = worldAt(20);
    const herd = row(200, { lateMs: upTo(20) });
    const visits = await world.serve(
      herd.map((one, i) => (i % 10 === 3 ? { ...one, lateMs: () => Infinity } : one)),
    );
    expect(visits).toHaveLength(180);
    expect(stretch(visits, world.spacingMs)).toBeLessThan(1.15);
  });

  it('are served in the order in which they came, though others keep coming', async () => {
    const world = worldAt(20);
    // 1.3 times what the quota allows.
    const apartMs = (8 * world.spacingMs) / 1.3;
    const visits = await world.serve(row(200, { apartMs, lateMs: upTo(30) }));
    const inOrder = visits.toSorted((a, b) => a.askedAtMs - b.askedAtMs).map(startOf);
    expect(inOrder).toEqual(inOrder.toSorted((a, b) => a - b));
    expect(Math.max(...visits.map(({ asks }) => asks))).toBeLessThanOrEqual(5);
  });
});

describe('when one that waits is expected', () => {
  it('nobody later takes its slots for half a second, and then whoever asks', async () => {
    const world = worldAt(20);
    const [one, late, other] = row(3);
    if (one === undefined || late === undefined || other === undefined) throw new Error('three');
    await world.ask(one);
    const told = await world.ask(late);
    if (told.granted) throw new Error('the slots are taken');
    world.nowMs = told.retryAtMs + 400;
    expect((await world.ask(other)).granted).toBe(false);
    world.nowMs = told.retryAtMs + 600;
    expect((await world.ask(other)).granted).toBe(true);
  });

  it('and does not come, it holds up nobody who asks after it was due', async () => {
    const world = worldAt(20);
    const never = await Promise.all(row(8).map((one) => world.ask(one)));
    world.nowMs = 600 + Math.max(...never.map((each) => (each.granted ? 0 : each.retryAtMs)));
    const [one, two] = row(2, { atMs: world.nowMs });
    if (one === undefined || two === undefined) throw new Error('two');
    expect((await world.ask(one)).granted).toBe(true);
    const told = await world.ask(two);
    const ownMs = told.granted ? 0 : told.retryAtMs - world.nowMs;
    expect(ownMs).toBeCloseTo(8 * world.spacingMs - 50, 0);
  });

  it('asking twice gives it no second place, and slots of its own each time', async () => {
    const world = worldAt(20);
    const [one, two, three] = row(3);
    if (one === undefined || two === undefined || three === undefined) throw new Error('three');
    const [first, again] = [await world.ask(one), await world.ask(one, 60_000)];
    if (!first.granted || !again.granted) throw new Error('both are granted');
    expect(again.slots[0]).toBeGreaterThan(first.slots.at(-1) ?? Infinity);
    const told = [await world.ask(two), await world.ask(two), await world.ask(three)];
    const [once, twice, next] = told.map((each) => (each.granted ? -1 : each.retryAtMs));
    expect(twice).toBe(once);
    expect((next ?? 0) - (once ?? 0)).toBeCloseTo(8 * world.spacingMs, 0);
  });
});

describe('urgency', () => {
  it('lets a submission go before all polls that wait, and a poll before background work', async () => {
    const world = worldAt(5);
    const visits = await world.serve([
      ...row(60, { urgency: 'background', calls: 2, lateMs: upTo(20) }),
      ...row(60, { urgency: 'tracking', calls: 1, atMs: 1, lateMs: upTo(20) }),
      ...row(1, { atMs: 5_000, lateMs: upTo(20) }),
    ]);
    const [submission] = visits.filter(({ urgency }) => urgency === 'submission');
    // A grant that was under way, and one that was about to be: not the forty seconds of the others.
    expect(startOf(submission) - 5_000).toBeLessThan(1_500);
    const seconds = (urgency: Urgency): number => callsOf(visits, urgency, 10_000);
    expect(seconds('tracking')).toBeGreaterThan(2 * seconds('background'));
  });

  it('shares the calls 16 : 4 : 1 when all wait, so that polls go on and nobody starves', async () => {
    const world = worldAt(20);
    const lateMs = upTo(30);
    const visits = await world.serve(
      [
        ...row(120, { urgency: 'submission', lateMs }),
        ...row(200, { urgency: 'tracking', calls: 1, lateMs }),
        ...row(100, { urgency: 'background', calls: 2, lateMs }),
      ],
      40_000,
    );
    const calls = URGENCIES.map((urgency) => callsOf(visits, urgency, 40_000));
    console.info(`calls in 40 s, the most urgent first: ${calls.join(', ')}`);
    const all = calls.reduce((sum, count) => sum + count, 0);
    [16 / 21, 4 / 21, 1 / 21].forEach((share, i) => {
      expect((calls[i] ?? 0) / all).toBeGreaterThan(share * 0.8);
      expect((calls[i] ?? 0) / all).toBeLessThan(share * 1.4);
    });
    expect(stretch(visits, world.spacingMs)).toBeLessThan(1.05);
  });

  it('costs nothing where only one kind of work is to be done', async () => {
    const world = worldAt(20);
    const visits = await world.serve(
      row(300, { urgency: 'background', calls: 1, lateMs: upTo(30) }),
    );
    expect(visits).toHaveLength(300);
    expect(stretch(visits, world.spacingMs)).toBeLessThan(1.05);
  });
});

it('recovers from a storm of throttling with its slots full, at each moment at the rate of that moment', async () => {
  const world = worldAt(20);
  for (let times = 0; times < 5; times += 1) await world.slowDown();
  const visits = await world.serve(row(60, { lateMs: upTo(20) }));
  const lastMs = Math.max(...visits.flatMap(({ slots }) => slots));
  // From a tenth in a straight line to the whole after 54 s.
  const grown = Math.min(lastMs, 54_000);
  const allowedMs = 0.1 * grown + grown ** 2 / 120_000 + (lastMs - grown);
  expect((visits.length * 8 * world.spacingMs) / allowedMs).toBeGreaterThan(0.85);
});

it('never grants two slots within one spacing, and serves every taker, whoever comes when and how late', async () => {
  const visitor = fc.record({
    urgency: fc.constantFrom(...URGENCIES),
    calls: fc.integer({ min: 1, max: 8 }),
    atMs: fc.integer({ min: 0, max: 5_000 }),
    late: fc.constantFrom(0, 20, 200, 2_000, 20_000),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(visitor, { minLength: 1, maxLength: 25 }), async (wishes) => {
      const world = worldAt(20);
      const visits = await world.serve(
        wishes.map(({ late, ...wish }, i) => ({ ...wish, id: `v${i}`, lateMs: () => late })),
      );
      expect(visits).toHaveLength(wishes.length);
      const slots = visits.flatMap((visit) => visit.slots).toSorted((a, b) => a - b);
      const gaps = slots.slice(1).map((slot, i) => slot - (slots[i] ?? 0));
      // What a double can tell of microseconds.
      expect(Math.min(Infinity, ...gaps)).toBeGreaterThan(world.spacingMs - 0.01);
      expect(Math.max(...visits.map(({ asks }) => asks))).toBeLessThan(40);
    }),
    { numRuns: 25 },
  );
});
