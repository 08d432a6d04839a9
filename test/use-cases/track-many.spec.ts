// Many imports in flight, a thousand in the exhaustive run, are followed by a few listings, and each one's end is still seen soon.
import { beforeAll, describe, expect, test } from 'vitest';
import type { AskedRead } from '../support/memory-surveys.js';
import { lengthOf } from '../support/sampling.js';
import { World, type Process } from '../support/memory-world.js';

const IMPORTS = lengthOf(500, 1_000);
const MINUTE_MS = 60_000;
const INTERVAL_MS = 15_000;
/** What the contract allows in the middle of their life. */
const MOST_CALLS = IMPORTS / 30;

/** Imports begin one after the other, as the quota lets them. */
async function fleet(count: number): Promise<{ world: World; process: Process }> {
  const world = new World({ cloud: { importMs: 40 * MINUTE_MS } });
  const process = world.boot();
  for (let n = 0; n < count; n += 1) {
    const instances = { sourceInstanceId: `rm-source${n}`, targetInstanceId: `rm-target${n}` };
    await process.accept(world.request({ ...instances, preflight: 'skip' }));
    await process.work(100);
    world.clock.moveBy(100);
  }
  return { world, process };
}

/** How many of the calls each interval from `fromMs` to now holds. */
function perInterval(asked: readonly AskedRead[], fromMs: number, toMs: number): readonly number[] {
  const counts = Array.from({ length: Math.floor((toMs - fromMs) / INTERVAL_MS) }, () => 0);
  for (const { at } of asked) {
    const index = Math.floor((at - fromMs) / INTERVAL_MS);
    if (index >= 0 && index < counts.length) counts[index] = (counts[index] ?? 0) + 1;
  }
  return counts;
}

const mean = (counts: readonly number[]): number =>
  counts.reduce((sum, count) => sum + count, 0) / counts.length;

describe(`${IMPORTS} imports in flight`, () => {
  let world: World;
  let process: Process;
  beforeAll(async () => {
    ({ world, process } = await fleet(IMPORTS));
    // Ends fall anywhere between two looks.
    const { accepted } = world.cloud;
    accepted.forEach((one, n) => {
      accepted[n] = { ...one, endsAt: one.endsAt + ((n * 7_919) % MINUTE_MS) };
    });
  }, 600_000);

  const asked = (): readonly AskedRead[] => world.cloud.reads.asked;
  const statuses = (): ReadonlySet<string> => new Set(world.migrations.map(({ status }) => status));

  test('cost no more than one call for each and due look while they are young', async () => {
    const fromMs = world.clock.now();
    await process.work(4 * INTERVAL_MS);
    expect(statuses()).toEqual(new Set(['importing']));
    const own = asked().filter(({ at, what }) => at >= fromMs && what !== 'survey');
    const looks = own.map(({ instanceId, at }) => `${instanceId} ${at}`);
    expect(looks.length).toBeGreaterThan(100);
    expect(new Set(looks).size).toBe(looks.length);
  }, 600_000);

  test('cost no more than a thirtieth of that in each interval of the middle of their life', async () => {
    // A tenth of the age, halved, is more than four intervals from then on.
    await process.work(10 * MINUTE_MS);
    await process.work(10 * MINUTE_MS);
    const fromMs = world.clock.now();
    const versions = world.migrations.reduce((sum, { version }) => sum + version, 0);
    await process.work(12 * MINUTE_MS);
    const counts = perInterval(asked(), fromMs, world.clock.now());
    const looks = world.migrations.reduce((sum, { version }) => sum + version, 0) - versions;
    const own = asked().filter(({ at, what }) => at >= fromMs && what !== 'survey').length;
    console.info(
      `${IMPORTS} imports in flight: ${mean(counts).toFixed(1)} calls an interval on average, ` +
        `${Math.max(...counts)} at most (allowed ${MOST_CALLS.toFixed(1)}); ` +
        `${(looks / counts.length).toFixed(0)} looks an interval, ` +
        `${(own / counts.length).toFixed(1)} with a call of their own`,
    );
    expect(statuses()).toEqual(new Set(['importing']));
    expect(looks).toBeGreaterThan(IMPORTS * 10);
    expect(Math.max(...counts)).toBeLessThanOrEqual(MOST_CALLS);
  }, 600_000);

  test('are each seen to end within a minute and an interval, by hardly more than one call', async () => {
    const firstEnd = Math.min(...world.cloud.accepted.map(({ endsAt }) => endsAt));
    await process.work(firstEnd - INTERVAL_MS - world.clock.now());
    expect(statuses()).toEqual(new Set(['importing']));
    const fromMs = world.clock.now();
    await process.work(15 * MINUTE_MS);
    expect(statuses()).toEqual(new Set(['succeeded']));
    const endsAt = new Map(
      world.cloud.accepted.map(({ migrationId, endsAt: at }) => [migrationId, at]),
    );
    const lateMs = world.migrations
      .map(({ id, finishedAt }) => (finishedAt ?? Infinity) - (endsAt.get(id) ?? 0))
      .sort((a, b) => a - b);
    const own = asked().filter(({ at, what }) => at >= fromMs && what !== 'survey').length;
    const [middle = 0, last = 0] = [lateMs[IMPORTS / 2], lateMs.at(-1)];
    console.info(
      `ends of imports of 40 minutes seen ${(middle / 1_000).toFixed(1)} s late in the middle, ` +
        `${(last / 1_000).toFixed(1)} s at most, by ${(own / IMPORTS).toFixed(2)} calls each`,
    );
    expect(last).toBeLessThanOrEqual(4 * INTERVAL_MS + INTERVAL_MS);
    expect(own / IMPORTS).toBeLessThanOrEqual(1.1);
  }, 600_000);
});

test('a few imports in flight cost no more than a call for each look', async () => {
  const { world, process } = await fleet(3);
  await process.work(10 * MINUTE_MS);
  const fromMs = world.clock.now();
  const versions = world.migrations.reduce((sum, { version }) => sum + version, 0);
  await process.work(25 * MINUTE_MS);
  const looks = world.migrations.reduce((sum, { version }) => sum + version, 0) - versions;
  const calls = world.cloud.reads.asked.filter(({ at }) => at >= fromMs).length;
  expect(calls).toBeLessThanOrEqual(looks);
});
