// How near a fleet of three hundred migrations over sixty instances comes to what no order could beat.
import assert from 'node:assert/strict';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.js';
import {
  bodyOf,
  lowerBoundMs,
  overlapsOf,
  randomFrom,
  runsOf,
  startFleet,
  storeKey,
  type Fleet,
  type Move,
} from '../support/fleet.js';
import { testRedis, type TestRedis } from '../support/redis.js';
import { serviceEnvironment, startService, type ServiceProcess } from '../support/service.js';

const random = randomFrom(7);
const pick = (prefix: string): string => `rm-${prefix}${Math.floor(random() * 30)}x`;
const moves: readonly Move[] = Array.from({ length: 300 }, (_, index) => ({
  ...{ source: pick('src'), target: pick('dst'), database: `db${index}` },
  durationMs: 2_500 + Math.floor(random() * 3_000),
}));

let place: TestRedis;
let fleet: Fleet;
let processes: readonly ServiceProcess[] = [];

/** From the start to the first line that says it listens. */
let readyMs: number;
beforeAll(async () => {
  place = await testRedis();
  fleet = await startFleet(moves);
  const redisUrl = process.env['REDIS_URL'] ?? '';
  const where = { redisUrl, prefix: place.prefix, upstreamUrl: fleet.url };
  const env = { ...serviceEnvironment(where), UPSTREAM_QPS: '400' };
  const from = performance.now();
  const first = await startService({ role: 'all', env });
  readyMs = performance.now() - from;
  processes = [first, await startService({ role: 'worker', env })];
});
afterAll(async () => {
  await Promise.all(processes.map((one) => one.kill()));
  await fleet?.close();
  await place?.close();
});

test('a service is ready', () => {
  console.log(`ready after ${Math.round(readyMs)} ms`);
  expect(readyMs).toBeGreaterThan(0);
});

test('300 over 60 instances end within 1.15 of the lower bound', async () => {
  const [{ request }] = processes as readonly [ServiceProcess];
  const credentialId = await storeKey({ request }, fleet);
  const accepted = await request
    .post('/v1/batches')
    .send({ name: 'night', credentialId, migrations: moves.map(bodyOf) })
    .expect(202);
  const { id } = accepted.body as { id: string };
  await eventually(async () => {
    const view = (await request.get(`/v1/batches/${id}`).expect(200)).body as { status: string };
    assert.equal(view.status, 'succeeded');
  }, 240_000);
  const runs = runsOf(fleet);
  expect(overlapsOf(runs)).toEqual([]);
  const from = Math.min(...runs.map(({ startedAt }) => startedAt));
  const makespan = Math.max(...runs.map(({ endsAt }) => endsAt)) - from;
  const ratio = makespan / lowerBoundMs(moves);
  console.log(`makespan ${makespan} ms, ${ratio.toFixed(3)} of the lower bound`);
  expect(ratio).toBeLessThanOrEqual(1.15);
});
