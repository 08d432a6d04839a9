// What ended longer ago than RETENTION_DAYS is gone soon after a worker starts, and nothing else is.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { keysOf } from '../support/redis.js';
import { openStage, type Stage, type View } from './stage.js';

const DAY_MS = 86_400_000;

let stage: Stage;
beforeAll(async () => {
  stage = await openStage({ pairs: { a: {}, b: {}, c: {} }, env: { RETENTION_DAYS: '1' } });
});
afterAll(() => stage?.close());

/** As if all of it had been two days earlier. */
async function age(id: string): Promise<void> {
  const key = stage.key(id.startsWith('bat_') ? 'batch' : 'mig', id);
  const doc = JSON.parse((await stage.redis.hget(key, 'doc')) ?? '{}') as { finishedAt: number };
  const finishedAt = Date.now() - 2 * DAY_MS;
  await stage.redis.hset(key, 'doc', JSON.stringify({ ...doc, finishedAt }));
  if (!id.startsWith('bat_')) return;
  await stage.redis.hset(key, 'finishedAt', finishedAt);
}

const ageIndex = async (id: string): Promise<number> =>
  stage.redis.zadd(stage.key('ended'), 'XX', 'CH', Date.now() - 2 * DAY_MS, id);

it(
  'a migration and a batch with its members are gone, by id and in lists; what is younger stays',
  { timeout: 60_000 },
  async () => {
    const { request } = stage.service;
    const old = await stage.succeeds((await stage.migrate('a')).id);
    const body = { migrations: [stage.body('b'), stage.body('c')] };
    const answer = await request.post('/v1/batches').send(body).expect(202);
    const { id: batchId } = answer.body as { id: string };
    await eventually(async () => {
      const batch = await request.get(`/v1/batches/${batchId}`).expect(200);
      expect((batch.body as { finishedAt: string | null }).finishedAt).not.toBeNull();
    }, 15_000);
    const listed = await request.get(`/v1/migrations?batchId=${batchId}`).expect(200);
    const members = (listed.body as { items: View[] }).items;
    const timeline = await request.get(`/v1/batches/${batchId}/timeline`).expect(200);
    const { bars } = timeline.body as { bars: { migrationId: string; kind: string }[] };
    expect(bars.map(({ kind }) => kind)).toEqual(['ran', 'ran']);
    const young = await stage.succeeds((await stage.migrate('a')).id);
    // On the audit log, which is never dropped.
    await request.post(`/v1/batches/${batchId}/pause`).expect(409);
    await Promise.all([old.id, batchId, ...members.map(({ id }) => id)].map(age));
    // Both are in the index of what has ended, and members are not.
    expect(await Promise.all([old.id, batchId, members[0]?.id ?? ''].map(ageIndex))).toEqual([
      1, 1, 0,
    ]);

    await stage.launch();
    const now = stage.service.request;
    await eventually(async () => {
      await now.get(`/v1/batches/${batchId}`).expect(404);
      await now.get(`/v1/migrations/${old.id}`).expect(404);
    }, 15_000);
    for (const { id } of members) await now.get(`/v1/migrations/${id}`).expect(404);
    await now.get(`/v1/imports/${old.importId}`).expect(404);
    await now.get(`/v1/batches/${batchId}/timeline`).expect(404);
    const rest = await now.get('/v1/migrations').expect(200);
    expect((rest.body as { items: View[] }).items.map(({ id }) => id)).toEqual([young.id]);
    const batches = await now.get('/v1/batches').expect(200);
    expect(batches.body).toMatchObject({ items: [] });
    const keys = await keysOf(stage.redis, stage.key(''));
    const gone = [old.id, batchId, ...members.map(({ id }) => id)];
    expect(keys.filter((key) => gone.some((id) => key.includes(id)))).toEqual([]);
    const audit = await now.get('/v1/audit').expect(200);
    expect(JSON.stringify(audit.body)).toContain(batchId);
  },
);
