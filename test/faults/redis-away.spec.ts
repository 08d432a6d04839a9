// Redis dies and comes back: callers are told so soon, and then everything goes on to its end, once.
import type supertest from 'supertest';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { NOTHING_LEFT, openStage, type Stage, type View } from '../service/stage.js';
import { callerOf } from '../support/documented.js';
import { eventually } from '../support/eventually.js';
import { targetOf } from '../support/simulator.js';
import { startPrivateRedis, type PrivateRedis } from './private-redis.js';

let redis: PrivateRedis;
let stage: Stage;
beforeAll(async () => {
  redis = await startPrivateRedis();
  stage = await openStage({
    pairs: { running: { importMs: 2_000 }, behind: {}, hit: {}, after: {} },
    own: redis,
  });
});
afterAll(async () => {
  await stage?.close();
  await redis?.close();
});

async function expectUnavailable(call: supertest.Test): Promise<void> {
  const since = performance.now();
  const answer = await call;
  expect(performance.now() - since).toBeLessThan(3_000);
  expect(answer.status).toBe(503);
  expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
}

it('answers 503 while Redis is away, and ends all it has accepted when it is back', async () => {
  const running = await stage.migrate('running');
  await stage.reaches(running.id, 'importing');
  const behind = await stage.migrate('running', { targetInstanceId: targetOf('behind') });
  stage.upstream.strike('hit', { kind: 'slow', delayMs: 700 });
  const hit = await stage.migrate('hit');
  await eventually(() => expect(stage.upstream.submissions('hit')).toHaveLength(1));

  await redis.kill();
  const { request, url } = stage.service;
  await expectUnavailable(request.post('/v1/migrations').send(stage.body('after')));
  await expectUnavailable(request.get(`/v1/migrations/${running.id}`));
  await expectUnavailable(request.get('/v1/migrations'));
  await expectUnavailable(callerOf(url).get('/health/ready'));
  await callerOf(url).get('/health/live').expect(200);
  await redis.start();

  const after = await eventually(() => stage.migrate('after'));
  await callerOf(url).get('/health/ready').expect(200);
  const ends: View[] = [];
  for (const { id } of [running, behind, hit, after]) ends.push(await stage.succeeds(id, 60_000));
  expect(new Set(ends.map(({ importId }) => importId)).size).toBe(4);
  expect(stage.upstream.world.runs()).toHaveLength(4);
  expect(stage.upstream.submissions('hit')).toHaveLength(1);
  expect(await stage.left()).toEqual(NOTHING_LEFT);
}, 90_000);
