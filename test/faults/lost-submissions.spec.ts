// Redis comes back as it was before a batch was submitted, and the batch is canceled: no import of it is left to nobody.
import assert from 'node:assert/strict';
import { describe, expect, it, type TestContext } from 'vitest';
import { openStage, type Stage, type View } from '../service/stage.js';
import { eventually } from '../support/eventually.js';
import { sourceOf, targetOf } from '../support/simulator.js';
import { startPrivateRedis, type PrivateRedis } from './private-redis.js';

const PAIRS = ['p0', 'p1', 'p2', 'p3', 'p4', 'p5'];
const DATABASES = {
  MySQL: { DBNames: ['orders', 'items'] },
  SQLServer: { DBNames: { orders: 'orders', items: 'items' } },
} as const;
type Engine = keyof typeof DATABASES;

async function staged(
  { onTestFinished }: TestContext,
  engine: Engine,
): Promise<{ readonly redis: PrivateRedis; readonly stage: Stage }> {
  const redis = await startPrivateRedis();
  onTestFinished(() => redis.close());
  const plan = { engine, importMs: 600_000 };
  const stage = await openStage({
    pairs: Object.fromEntries([...PAIRS, 'idle'].map((pair) => [pair, plan])),
    ...{ own: redis, roles: ['api'], env: { SUBMISSION_FENCE_MS: '3000' } },
  });
  onTestFinished(() => stage.close());
  return { redis, stage };
}

/** The last one waits for the source of the first. */
const items = (engine: Engine): readonly object[] =>
  [...PAIRS.map((pair) => [pair, pair] as const), ['p0', 'idle'] as const].map(
    ([source, target]) => ({
      ...{ sourceInstanceId: sourceOf(source), targetInstanceId: targetOf(target) },
      ...{ dbInfo: DATABASES[engine], priority: target === 'idle' ? 0 : 1 },
    }),
  );

describe.each(['MySQL', 'SQLServer'] as const)('%s', (engine) => {
  it('binds each import that runs, and cancels what upstream knows nothing of', async (context) => {
    const { redis, stage } = await staged(context, engine);
    const { credentialId } = stage;
    const body = { credentialId, migrations: items(engine) };
    const accepted = await stage.service.request.post('/v1/batches').send(body).expect(202);
    const { id } = accepted.body as { readonly id: string };
    const size = await redis.logSize();
    await stage.launch('worker');
    await eventually(() => {
      for (const pair of PAIRS) expect(stage.upstream.runs(pair)).toHaveLength(1);
    }, 20_000);

    await redis.kill();
    await redis.cutLog(size);
    await redis.start();
    const { request } = stage.service;
    await eventually(async () => {
      const answer = await request.post(`/v1/batches/${id}/cancel`);
      assert.equal(answer.status, 202, answer.text);
    }, 20_000);

    const known = engine === 'MySQL' ? 'outcome_unknown' : 'importing';
    const members = async (): Promise<readonly View[]> =>
      ((await request.get(`/v1/migrations?batchId=${id}`)).body as { items: View[] }).items;
    const found = await eventually(async () => {
      const all = await members();
      // The answer to a call that was under way when Redis died binds its import, of MySQL too.
      const seen = all.filter(({ status }) => status === known || status === 'importing');
      assert.equal(seen.length, PAIRS.length, JSON.stringify(all.map(({ status }) => status)));
      return seen;
    }, 60_000);
    const importOf = new Map(
      PAIRS.map((pair) => [targetOf(pair), String(stage.upstream.runs(pair)[0]?.importId)]),
    );
    for (const one of found) {
      const importId = importOf.get((one as View & { targetInstanceId: string }).targetInstanceId);
      // Upstream does not say of which databases an import of MySQL is: a person does.
      const answer = { outcome: 'started', importId };
      if (one.status === 'outcome_unknown')
        await request.post(`/v1/migrations/${one.id}/resolve`).send(answer).expect(202);
      expect((await stage.see(one.id)).importId).toBe(importId);
    }
    for (const pair of PAIRS) stage.upstream.finish(pair, 'Success');
    for (const one of found) await stage.succeeds(one.id, 60_000);

    const [rest, ...more] = (await members()).filter((one) => !found.some((f) => f.id === one.id));
    assert(rest !== undefined && more.length === 0);
    const reason = { code: 'canceled_by_user', message: `The batch ${id} was canceled.` };
    expect(await stage.ended(rest.id, 60_000)).toMatchObject({ status: 'canceled', reason });
    for (const pair of PAIRS) expect(stage.upstream.submissions(pair)).toHaveLength(1);
    expect(stage.upstream.submissions('idle')).toEqual([]);
    await eventually(async () => {
      const view = (await request.get(`/v1/batches/${id}`)).body as { finishedAt: string | null };
      expect(view).toMatchObject({ status: 'canceled', counts: { succeeded: 6, canceled: 1 } });
      assert(view.finishedAt !== null);
    });
    expect(await stage.left()).toMatchObject({ leases: 0 });
  }, 180_000);
});
