// A batch over HTTP, from its acceptance to its end: caps, dependencies, halts, pauses, retries, cancels.
import assert from 'node:assert/strict';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.js';
import { overlapsOf, runsOf } from '../support/fleet.js';
import { sourceOf, targetOf } from '../support/simulator.js';
import { NOTHING_LEFT, openStage, type Stage, type View } from './stage.js';

interface BatchView {
  readonly id: string;
  readonly status: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly progress: number;
  readonly finishedAt: string | null;
}

const names = (prefix: string): readonly string[] =>
  Array.from({ length: 4 }, (_, index) => `${prefix}${index}`);
const PREFIXES = ['cap', 'dep', 'halt', 'pause', 'cancel', 'csv', 'free'] as const;

let stage: Stage;

beforeAll(async () => {
  const pairs = Object.fromEntries(PREFIXES.flatMap((one) => names(one).map((name) => [name, {}])));
  stage = await openStage({ pairs, roles: ['all', 'worker'] });
});
afterAll(() => stage.close());

const items = (prefix: string, more: (index: number) => object = () => ({})): readonly object[] =>
  names(prefix).map((pair, index) => ({
    sourceInstanceId: sourceOf(pair),
    targetInstanceId: targetOf(pair),
    dbInfo: { DBNames: ['orders', 'items'] },
    ...more(index),
  }));

async function accept(prefix: string, batch: object = {}, more?: (index: number) => object) {
  const body = { credentialId: stage.credentialId, ...batch, migrations: items(prefix, more) };
  const answer = await stage.service.request.post('/v1/batches').send(body).expect(202);
  const view = answer.body as BatchView;
  expect(answer.headers['location']).toBe(`/v1/batches/${view.id}`);
  return view;
}

const see = async (id: string): Promise<BatchView> =>
  (await stage.service.request.get(`/v1/batches/${id}`).expect(200)).body as BatchView;

/** Ended as such, and nothing of it is under way any more. */
const finished = (id: string, status: string): Promise<BatchView> =>
  eventually(async () => {
    const view = await see(id);
    assert.equal(view.status, status, JSON.stringify(view.counts));
    assert(view.finishedAt !== null, JSON.stringify(view.counts));
    return view;
  }, 20_000);

async function members(id: string): Promise<readonly View[]> {
  const answer = await stage.service.request.get(`/v1/migrations?batchId=${id}&limit=200`);
  return (answer.body as { items: readonly View[] }).items;
}

const inOrder = (a: string, b: string): number => (a < b ? -1 : 1);

const runs = (prefix: string) =>
  runsOf(stage.upstream).filter(({ target }) => names(prefix).map(targetOf).includes(target));

test('a batch runs no more at once than its cap, and all of it', async () => {
  const { id } = await accept('cap', { maxConcurrent: 2 });
  expect(await finished(id, 'succeeded')).toMatchObject({ progress: 1, counts: { succeeded: 4 } });
  const all = runs('cap');
  for (const { startedAt } of all) {
    const atOnce = all.filter((one) => one.startedAt <= startedAt && startedAt < one.endsAt);
    expect(atOnce.length).toBeLessThanOrEqual(2);
  }
});

test('a migration starts only after those it depends on succeeded', async () => {
  const { id } = await accept('dep', {}, (index) => ({
    key: `k${index}`,
    ...(index > 0 && { dependsOn: [`k${index - 1}`] }),
  }));
  const waits = (await members(id)).flatMap(({ waitingFor }) => waitingFor);
  expect(waits).toMatchObject(
    Array.from({ length: 3 }, () => ({ kind: 'dependency', until: null })),
  );
  await finished(id, 'succeeded');
  const order = runs('dep').toSorted((a, b) => a.startedAt - b.startedAt);
  expect(order.map(({ target }) => target)).toEqual(names('dep').map(targetOf));
  expect(order.every((run, index) => run.startedAt >= (order[index - 1]?.endsAt ?? 0))).toBe(true);
});

test('a batch that halts submits nothing after its first failure; retried it runs to its end', async () => {
  stage.upstream.strike('halt0', { kind: 'fail_import' });
  const halting = { maxConcurrent: 1, onFailure: 'halt' };
  const { id } = await accept('halt', halting, (index) => ({ priority: 10 - index }));
  const halted = await finished(id, 'halted');
  expect(halted.counts).toMatchObject({ failed: 1, canceled: 3 });
  expect(runs('halt')).toHaveLength(1);
  const reasons = (await members(id)).map(({ reason }) => String(reason?.['code'])).sort(inOrder);
  const stopped = 'batch_halted';
  expect(reasons).toEqual([stopped, stopped, stopped, 'upstream_import_failed']);
  await stage.service.request.post(`/v1/batches/${id}/resume`).expect(409);
  await stage.service.request.post(`/v1/batches/${id}/retry-failed`).expect(202);
  expect(await finished(id, 'succeeded')).toMatchObject({ counts: { succeeded: 4 } });
  expect(runs('halt')).toHaveLength(5);
});

test('a paused batch starts nothing and says so; resumed it ends', async () => {
  const { id } = await accept('pause', { maxConcurrent: 1 });
  await stage.service.request.post(`/v1/batches/${id}/pause`).expect(202);
  await eventually(async () => {
    const view = await see(id);
    assert.equal((view.counts['queued'] ?? 0) + (view.counts['succeeded'] ?? 0), 4);
  });
  const started = runs('pause').length;
  expect(started).toBeLessThanOrEqual(2);
  const waiting = (await members(id)).filter(({ status }) => status === 'queued');
  for (const one of waiting) expect(one).toMatchObject({ waitingFor: [{ kind: 'batch_paused' }] });
  expect(await see(id)).toMatchObject({ status: 'paused', finishedAt: null });
  expect(runs('pause')).toHaveLength(started);
  await stage.service.request.post(`/v1/batches/${id}/resume`).expect(202);
  await finished(id, 'succeeded');
  await stage.service.request.post(`/v1/batches/${id}/pause`).expect(409);
});

test('a canceled batch submits nothing more', async () => {
  const { id } = await accept('cancel', { maxConcurrent: 1 });
  await stage.service.request.post(`/v1/batches/${id}/cancel`).expect(202);
  const view = await finished(id, 'canceled');
  const { succeeded = 0, canceled = 0 } = view.counts;
  expect(succeeded + canceled).toBe(4);
  expect(runs('cancel')).toHaveLength(succeeded);
});

test('a table of instances is a batch like any other', async () => {
  const rows = names('csv').map((pair) => `${sourceOf(pair)},${targetOf(pair)},orders;items`);
  const csv = ['sourceInstanceId,targetInstanceId,databases', ...rows].join('\r\n');
  const answer = await stage.service.request
    .post(`/v1/batches?credentialId=${stage.credentialId}&maxConcurrent=3`)
    .set('content-type', 'text/csv')
    .send(csv)
    .expect(202);
  const { id } = answer.body as BatchView;
  expect(await finished(id, 'succeeded')).toMatchObject({ counts: { total: 4, succeeded: 4 } });
});

test('a refused batch leaves nothing behind, and names every item at fault', async () => {
  const body = { credentialId: stage.credentialId, migrations: items('free') };
  const [first, second] = body.migrations as readonly [object, object];
  const broken = { ...body, migrations: [first, { ...second, dbInfo: { DBNames: [7] } }, first] };
  const answer = await stage.service.request.post('/v1/batches').send(broken).expect(422);
  const { errors } = answer.body as { errors: readonly { pointer: string; code: string }[] };
  expect(errors.map(({ pointer, code }) => [pointer, code])).toEqual([
    ['/migrations/1/dbInfo/DBNames/0', expect.any(String)],
    ['/migrations/2', 'migration_duplicate'],
  ]);
  const page = await stage.service.request.get(`/v1/migrations?instanceId=${sourceOf('free0')}`);
  expect((page.body as { items: readonly View[] }).items).toEqual([]);
});

test('when all have ended nothing is left, and no instance did two at once', async () => {
  expect(await stage.left()).toEqual(NOTHING_LEFT);
  expect(overlapsOf(runsOf(stage.upstream))).toEqual([]);
});
