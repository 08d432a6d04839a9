// However many processes work, upstream sees no more calls in a second than UPSTREAM_QPS; throttling loses no work.
import { afterEach, expect, it } from 'vitest';
import { NOTHING_LEFT, openStage, type Stage } from './stage.js';

const PAIRS = ['one', 'two', 'three', 'four', 'five', 'six'];
/** What the way from a process to the simulator, and its clock, may add up to. */
const SLACK = 1.2;
const LIMIT_MS = 50_000;

let stage: Stage | undefined;
afterEach(async () => {
  await stage?.close();
  stage = undefined;
});

/** Two processes work. */
async function stageAt(callsPerSecond: number): Promise<Stage> {
  stage = await openStage({
    pairs: Object.fromEntries(PAIRS.map((pair) => [pair, {}])),
    env: { UPSTREAM_QPS: String(callsPerSecond), TRACK_INTERVAL_MS: '1000' },
    roles: ['all', 'worker'],
  });
  return stage;
}

/** Each pair's migration ends well, by one import of its own. */
async function allSucceed(on: Stage): Promise<void> {
  const views = await Promise.all(PAIRS.map((pair) => on.migrate(pair)));
  const ends = await Promise.all(views.map(({ id }) => on.succeeds(id, LIMIT_MS)));
  expect(PAIRS.map((pair) => on.started(pair))).toEqual(ends.map((end) => [end.importId]));
  expect(await on.left()).toEqual(NOTHING_LEFT);
}

/** The most calls that any second of the simulator's journal holds, whatever their action and outcome. */
function mostInASecond(on: Stage): number {
  const times = on.upstream.journal.entries().map(({ at }) => Date.parse(at));
  const within = (from: number): number =>
    times.filter((time) => time >= from && time < from + 1_000).length;
  return Math.max(0, ...times.map(within));
}

it(
  'two processes under UPSTREAM_QPS=5 never exceed it, and all work completes',
  async () => {
    const on = await stageAt(5);
    await allSucceed(on);
    const [most, all] = [mostInASecond(on), on.upstream.journal.entries().length];
    console.info(`UPSTREAM_QPS=5: ${all} calls, ${most} in the busiest second`);
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(5 * SLACK);
  },
  LIMIT_MS + 20_000,
);

it(
  'a storm of throttling loses nothing and doubles nothing',
  async () => {
    const on = await stageAt(50);
    on.upstream.faults.set({ kind: 'throttle', times: 20 });
    await allSucceed(on);
    const struck = on.upstream.journal.entries().filter(({ fault }) => fault === 'throttle');
    expect(struck).toHaveLength(20);
    expect(mostInASecond(on)).toBeLessThanOrEqual(50 * SLACK);
  },
  LIMIT_MS + 20_000,
);
