// How long an instance stands idle between two imports, with ten thousand migrations waiting.
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
import { durableWriteMs, rounded, spreadOf } from './floor.js';

const COUNT = 10_000;
const SIDE = 20;
const DATABASES = 20;
const LEAST_IMPORT_MS = 4_000;
const SAMPLES = 200;

const random = randomFrom(7);
const durations = Array.from({ length: DATABASES }, () => LEAST_IMPORT_MS * (1 + random()));

const moves: readonly Move[] = Array.from({ length: COUNT }, (_, index) => {
  const database = Math.floor(random() * DATABASES);
  return {
    source: `rm-src${index % SIDE}x`,
    target: `rm-dst${Math.floor(index / SIDE) % SIDE}x`,
    database: `db${database}`,
    // Spread, as they are in life: ends that keep coming together would measure each other.
    durationMs: Math.round(durations[database] ?? LEAST_IMPORT_MS),
  };
});

let place: TestRedis;
let fleet: Fleet;
let service: ServiceProcess;

beforeAll(async () => {
  place = await testRedis();
  fleet = await startFleet(moves);
  const redisUrl = process.env['REDIS_URL'] ?? '';
  const where = { redisUrl, prefix: place.prefix, upstreamUrl: fleet.url };
  service = await startService({
    env: { ...serviceEnvironment(where), UPSTREAM_QPS: '1000', TRACK_INTERVAL_MS: '1000' },
  });
});
afterAll(async () => {
  await service.kill();
  await fleet.close();
  await place.close();
});

interface Ended {
  readonly importId: string;
  readonly sourceInstanceId: string;
  readonly targetInstanceId: string;
  readonly finishedAt: string;
}

test('dispatch latency: an end is on record → the next import on its instances is received', async () => {
  const { request } = service;
  const credentialId = await storeKey(service, fleet);
  const migrations = moves.map((move) => ({ ...bodyOf(move), allowDuplicate: true }));
  const idle = await durableWriteMs(place.redis, `${place.prefix}:floor`);
  await request.post('/v1/batches').send({ credentialId, migrations }).expect(202);
  await eventually(() => assert(runsOf(fleet).length >= SAMPLES + SIDE), 120_000);
  const busy = await durableWriteMs(place.redis, `${place.prefix}:floor`);
  const runs = runsOf(fleet);
  expect(overlapsOf(runs)).toEqual([]);

  const ended: Ended[] = [];
  for (let cursor = ''; ended.length < SAMPLES * 2;) {
    const path = `/v1/migrations?status=succeeded&limit=200${cursor}`;
    const answer = await request.get(path).expect(200);
    const page = answer.body as { items: readonly Ended[]; nextCursor: string | null };
    ended.push(...page.items);
    if (page.nextCursor === null) break;
    cursor = `&cursor=${page.nextCursor}`;
  }
  // Each start is owed to the later of the two ends before it on its instances.
  const latencies = runs.slice(SIDE).flatMap(({ source, target, startedAt }) => {
    const before = ended
      .filter((one) => one.sourceInstanceId === source || one.targetInstanceId === target)
      .map(({ finishedAt }) => Date.parse(finishedAt))
      .filter((at) => at <= startedAt);
    return before.length === 0 ? [] : [startedAt - Math.max(...before)];
  });
  const latency = spreadOf(latencies);
  console.log(
    [
      `dispatch with ${COUNT} waiting (${latencies.length} samples): ${rounded(latency)}`,
      `  floor, one durable write: idle ${rounded(idle)}; under this load ${rounded(busy)}`,
      `  ratio p95 to the floor's p50 under load: ${(latency.p95 / busy.p50).toFixed(1)}`,
    ].join('\n'),
  );
  expect(latencies.length).toBeGreaterThan(SAMPLES / 2);
}, 240_000);
