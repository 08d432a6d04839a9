// Three hundred migrations over sixty instances by two workers: all end, and never two at once on one.
import assert from 'node:assert/strict';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.js';
import {
  bodyOf,
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

const SIDE = 30;
const COUNT = 300;

const random = randomFrom(7);
const pick = (prefix: string): string => `rm-${prefix}${Math.floor(random() * SIDE)}x`;
const moves: readonly Move[] = Array.from({ length: COUNT }, (_, index) => ({
  ...{ source: pick('src'), target: pick('dst'), database: `db${index}` },
  durationMs: 250 + Math.floor(random() * 300),
}));

let place: TestRedis;
let fleet: Fleet;
let processes: readonly ServiceProcess[] = [];

beforeAll(async () => {
  place = await testRedis();
  fleet = await startFleet(moves);
  const redisUrl = process.env['REDIS_URL'] ?? '';
  const env = {
    ...serviceEnvironment({ redisUrl, prefix: place.prefix, upstreamUrl: fleet.url }),
    UPSTREAM_QPS: '400',
  };
  const roles = ['all', 'worker'] as const;
  processes = await Promise.all(roles.map((role) => startService({ role, env })));
});

afterAll(async () => {
  await Promise.all(processes.map((one) => one.kill()));
  await fleet.close();
  await place.close();
});

test('300 over 60 instances end without two on one', async () => {
  const [{ request }] = processes as readonly [ServiceProcess];
  const credentialId = await storeKey({ request }, fleet);
  const accepted = await request
    .post('/v1/batches')
    .send({ name: 'night', credentialId, migrations: moves.map(bodyOf) })
    .expect(202);
  const { id } = accepted.body as { id: string };
  const batch = await eventually(async () => {
    const view = (await request.get(`/v1/batches/${id}`).expect(200)).body as { status: string };
    assert.notEqual(view.status, 'running');
    return view;
  }, 200_000);
  expect(batch).toMatchObject({ status: 'succeeded', progress: 1, counts: { succeeded: COUNT } });
  const runs = runsOf(fleet);
  expect(runs).toHaveLength(COUNT);
  expect(overlapsOf(runs)).toEqual([]);
}, 240_000);
