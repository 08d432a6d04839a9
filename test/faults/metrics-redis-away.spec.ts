// While Redis is away the figures still come, soon: what the process knows of itself, and nothing made up of the rest.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStage, type Stage } from '../service/stage.js';
import { eventually } from '../support/eventually.js';
import { readExposition, total, type Reading } from '../support/exposition.js';
import { startPrivateRedis, type PrivateRedis } from './private-redis.js';

let redis: PrivateRedis;
let stage: Stage;
beforeAll(async () => {
  redis = await startPrivateRedis();
  stage = await openStage({ pairs: { one: {} }, own: redis, env: { METRICS_PUBLIC: 'true' } });
});
afterAll(async () => {
  await stage?.close();
  await redis?.close();
});

async function read(): Promise<Reading> {
  const since = performance.now();
  const answer = await fetch(`${stage.service.url}/metrics`);
  expect(answer.status).toBe(200);
  const reading = readExposition(await answer.text());
  expect(performance.now() - since).toBeLessThan(3_000);
  expect(reading.faults).toEqual([]);
  return reading;
}

it('answers within three seconds, tells that Redis is away, and has all again afterwards', async () => {
  const { id } = await stage.migrate('one');
  await stage.succeeds(id);
  await eventually(async () =>
    expect(total(await read(), 'rds_import_migrations', { status: 'succeeded' })).toBe(1),
  );
  await redis.kill();
  await eventually(async () => expect(total(await read(), 'rds_import_redis_up')).toBe(0));
  const answers = await Promise.all(Array.from({ length: 20 }, read));
  for (const reading of answers) {
    expect(reading.families.has('rds_import_migrations')).toBe(false);
    expect(total(reading, 'rds_import_transitions_total', { to: 'succeeded' })).toBe(1);
  }
  await redis.start();
  await eventually(async () => {
    const reading = await read();
    expect(total(reading, 'rds_import_redis_up')).toBe(1);
    expect(total(reading, 'rds_import_migrations', { status: 'succeeded' })).toBe(1);
  });
}, 60_000);
