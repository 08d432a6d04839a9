// What is older than RETENTION_DAYS and AUDIT_RETENTION_DAYS say is gone soon after a worker starts, and nothing else is.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { verifyChain, type AuditEntry, type ChainLink } from '../../src/domain/audit.js';
import { eventually } from '../support/eventually.js';
import { sha256 } from '../support/memory-audit.js';
import { keysOf } from '../support/redis.js';
import { openStage, type Stage, type View } from './stage.js';

const DAY_MS = 86_400_000;

let stage: Stage;
beforeAll(async () => {
  stage = await openStage({
    pairs: { a: {}, b: {}, c: {} },
    env: { RETENTION_DAYS: '1', AUDIT_RETENTION_DAYS: '1' },
  });
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
    // On the audit log, whose entries are younger than a day.
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

it('an old audit entry is gone, and the rest of the chain is checked from the one that was dropped last', async () => {
  interface List {
    readonly items: readonly AuditEntry[];
    readonly anchor: ChainLink | null;
  }
  const own = '/v1/audit?tenant=default&limit=200';
  const list = async (): Promise<List> =>
    (await stage.service.request.get(own).expect(200)).body as List;
  const before = await list();
  expect(before.anchor).toBeNull();
  const [oldest] = before.items.slice(-1);
  const at = new Date(Date.now() - 2 * DAY_MS).toISOString();
  await stage.redis.lset(stage.key('audit', 'default'), 0, JSON.stringify({ ...oldest, at }));
  await stage.launch();
  const after = await eventually(async () => {
    const seen = await list();
    expect(seen.anchor).toEqual({ seq: 1, hash: oldest?.hash });
    return seen;
  }, 15_000);
  expect(after.items).toEqual(before.items.slice(0, -1));
  const known = after.anchor === null ? {} : { after: after.anchor };
  expect(verifyChain(after.items.toReversed(), sha256, known)).toEqual([]);
});
