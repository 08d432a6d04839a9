// A record that crashes its worker, or makes its look throw, is parked after three tries, and others go on.
import { expect, it, type TestContext } from 'vitest';
import {
  NOTHING_LEFT,
  openStage,
  type Stage,
  type StageOptions,
  type View,
} from '../service/stage.js';
import { eventually } from '../support/eventually.js';
import { sourceOf, targetOf } from '../support/simulator.js';

interface ParkedView extends View {
  readonly parked: { readonly at: string; readonly tries: number; readonly message: string } | null;
  readonly allowedActions: readonly string[];
}

async function staged({ onTestFinished }: TestContext, options: StageOptions): Promise<Stage> {
  const stage = await openStage(options);
  onTestFinished(() => stage.close());
  return stage;
}

const see = async (stage: Stage, id: string): Promise<ParkedView> =>
  (await stage.see(id)) as ParkedView;

const parked = (stage: Stage, id: string, timeoutMs: number): Promise<ParkedView> =>
  eventually(async () => {
    const view = await see(stage, id);
    expect(view.parked ?? null, `${id} is ${view.status}`).not.toBeNull();
    return view;
  }, timeoutMs);

/** Changes the record behind the service's back, as a defect or an accident would. */
async function corrupt(stage: Stage, id: string, change: object): Promise<void> {
  const key = stage.key('mig', id);
  const doc = JSON.parse((await stage.redis.hget(key, 'doc')) ?? '{}') as object;
  await stage.redis.hset(key, 'doc', JSON.stringify({ ...doc, ...change }));
}

const typesOf = async (stage: Stage, id: string): Promise<readonly string[]> => {
  const entries = await stage.redis.xrange(stage.key('events'), '-', '+');
  return entries.flatMap(([, fields]) => {
    const event = JSON.parse(fields[1] ?? '{}') as { type: string; data: { migrationId?: string } };
    return event.data.migrationId === id ? [event.type] : [];
  });
};

it('one whose look throws is parked with its instances, told, counted, and resumed by an operator', async (context) => {
  const stage = await staged(context, {
    pairs: { bad: {}, good: {}, behind: {}, first: { importMs: 3_600_000 } },
  });
  const { request } = stage.service;
  const first = await stage.migrate('first', { sourceInstanceId: sourceOf('bad') });
  await stage.reaches(first.id, 'importing');
  const { id } = await stage.migrate('bad');
  // It is to be looked at what became of an earlier attempt, and that look cannot read the record.
  const search = { looks: 0, emptySince: null, emptyAt: null };
  await corrupt(stage, id, { search, pastImports: null });
  stage.upstream.finish('first', 'Success');

  const view = await parked(stage, id, 60_000);
  expect(view).toMatchObject({ status: 'checking', reason: { code: 'parked', retryable: false } });
  expect(view.parked?.tries).toBe(3);
  expect(view.allowedActions).toEqual(['cancel', 'resume']);
  const listings = () =>
    stage.upstream.journal
      .entries()
      .filter(({ params }) => params['DBInstanceId'] === sourceOf('bad')).length;
  const looks = listings();
  expect(await typesOf(stage, id)).toEqual([
    ...['migration.queued', 'migration.checking', 'migration.parked'],
  ]);
  const figures = await request.get('/metrics').expect(200);
  expect(figures.text).toMatch(/^rds_import_parked_migrations 1$/m);

  // Others go on, but not on its instances.
  const behind = await stage.migrate('behind', { sourceInstanceId: sourceOf('bad') });
  await stage.succeeds((await stage.migrate('good')).id);
  expect(await stage.see(behind.id)).toMatchObject({
    status: 'queued',
    blockedBy: [{ instanceId: sourceOf('bad'), migrationId: id }],
  });
  expect(listings()).toBe(looks);

  await corrupt(stage, id, { search: null, pastImports: [] });
  await request.post(`/v1/migrations/${behind.id}/resume`).expect(409);
  const resumed = await request.post(`/v1/migrations/${id}/resume`).expect(202);
  expect(resumed.body).toMatchObject({ parked: null, reason: null });
  await stage.succeeds(id);
  await stage.succeeds(behind.id);
  expect(stage.upstream.submissions('bad')).toHaveLength(1);
  expect(await stage.left()).toEqual(NOTHING_LEFT);
}, 90_000);

/** The locks of jobs expire by themselves after a while: it is not waited for. */
async function loseLocks(stage: Stage): Promise<void> {
  const { redis } = stage;
  for (const queue of ['schedule', 'submit', 'track']) {
    const key = (part: string): string => stage.key('queue', queue, part);
    const active = await redis.lrange(key('active'), 0, -1);
    if (active.length === 0) continue;
    await redis.sadd(key('stalled'), ...active);
    await redis.del(key('stalled-check'), ...active.map((job) => key(`${job}:lock`)));
  }
}

it('one that crashes its worker is parked after three tries; what ran beside it is not, and goes on', async (context) => {
  const stage = await staged(context, {
    pairs: { bad: {}, beside: {}, good: {} },
    roles: ['api', 'worker'],
    env: { UPSTREAM_TIMEOUT_MS: '60000' },
  });
  // As long as the first worker lives both are read in vain.
  const hang = { kind: 'hang', times: -1, action: 'DescribeDBInstanceAttribute' };
  stage.upstream.strike('bad', hang);
  stage.upstream.strike('beside', { ...hang, times: 1 });
  const [bad, beside] = [await stage.migrate('bad'), await stage.migrate('beside')];
  const reads = (pair: string): number =>
    stage.upstream.journal
      .entries(0, 'DescribeDBInstanceAttribute')
      .filter(({ params }) => params['DBInstanceId'] === targetOf(pair)).length;
  for (let crash = 1; crash <= 3; crash += 1) {
    const worker = stage.processes.findLast(({ url }) => url === '');
    await eventually(() => expect(reads('bad')).toBe(crash), 45_000);
    await eventually(() => expect(reads('beside')).toBeGreaterThan(0), 45_000);
    await worker?.kill();
    await loseLocks(stage);
    await stage.launch('worker');
  }
  const view = await parked(stage, bad.id, 45_000);
  expect(view).toMatchObject({ status: 'checking', parked: { tries: 3 } });
  expect(reads('bad')).toBe(3);
  await stage.succeeds(beside.id, 45_000);
  await stage.succeeds((await stage.migrate('good')).id);
  expect((await see(stage, beside.id)).parked).toBeNull();
  await stage.service.request.post(`/v1/migrations/${bad.id}/cancel`).expect(202);
  expect(await see(stage, bad.id)).toMatchObject({ status: 'canceled', parked: null });
  expect(await stage.left()).toEqual(NOTHING_LEFT);
}, 180_000);
