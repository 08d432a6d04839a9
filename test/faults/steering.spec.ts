// Two services, one upstream: what is answered to a cancel is what becomes of the import, and nothing canceled is sent.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStage, type Stage, type View } from '../service/stage.js';
import { eventually } from '../support/eventually.js';
import { randomOf, lengthOf } from '../support/sampling.js';

/** As many as the test needs, and more where a slow machine lets one side win each time. */
const ROUNDS = lengthOf(36, 120);
const MOST_ROUNDS = 120;
const AT_ONCE = 12;
const names = (kind: string): readonly string[] =>
  Array.from({ length: MOST_ROUNDS }, (_, index) => `${kind}${index}`);
const random = randomOf('steering');

let stage: Stage;
beforeAll(async () => {
  stage = await openStage({
    pairs: {
      ...Object.fromEntries(names('my').map((pair) => [pair, { engine: 'MySQL', importMs: 200 }])),
      ...Object.fromEntries(
        names('ms').map((pair) => [pair, { engine: 'SQLServer', importMs: 700 }]),
      ),
    },
    roles: ['all', 'all'],
    env: { UPSTREAM_QPS: '1000', TRACK_INTERVAL_MS: '200' },
  });
  stage.upstream.world.durations = { ...stage.upstream.world.durations, cancelMs: 100 };
});
afterAll(() => stage?.close());

interface Answer {
  readonly status: number;
  readonly view: View & { readonly code?: string };
}

async function cancel(id: string): Promise<Answer> {
  const service = stage.processes[random() < 0.5 ? 0 : 1];
  assert(service !== undefined);
  const answer = await service.request.post(`/v1/migrations/${id}/cancel`);
  return { status: answer.status, view: answer.body as Answer['view'] };
}

async function inTurns<T>(all: readonly string[], work: (pair: string) => Promise<T>) {
  const results: T[] = [];
  const isEnough = (): boolean => results.length >= ROUNDS && new Set(results).size > 1;
  for (let from = 0; from < all.length && !isEnough(); from += AT_ONCE) {
    results.push(...(await Promise.all(all.slice(from, from + AT_ONCE).map(work))));
  }
  return results;
}

test('cancel against submit of MySQL: what is canceled was never sent, all else runs to its end', async () => {
  const ends = await inTurns(names('my'), async (pair) => {
    const { id } = await stage.migrate(pair);
    await sleep(random() * 250);
    const answer = await cancel(id);
    const end = await stage.ended(id, 30_000);
    const sent = stage.upstream.submissions(pair);
    const isCanceled = end.status === 'canceled';
    expect(stage.started(pair)).toHaveLength(isCanceled ? 0 : 1);
    expect(end.reason?.['code'] ?? null).toBe(isCanceled ? 'canceled_by_user' : null);
    // A cancel that is kept while the call is under way may come too late: it was taken all the same.
    const refusals = ['cancel_not_supported', 'already_ended'];
    const isRefused = answer.status === 409 && refusals.includes(answer.view.code ?? '');
    expect(isRefused ? !isCanceled : answer.status === 202).toBe(true);
    expect(sent.length).toBeLessThanOrEqual(1);
    return end.status;
  });
  expect(new Set(ends)).toEqual(new Set(['canceled', 'succeeded']));
  expect(await stage.left()).toMatchObject({ leases: 0 });
}, 600_000);

test('cancel against the end of SQL Server imports: the status is what upstream says happened', async () => {
  const ends = await inTurns(names('ms'), async (pair) => {
    const body = { dbInfo: { DBNames: { orders: 'orders', items: 'items' } } };
    const { id } = await stage.migrate(pair, body);
    await eventually(async () => {
      const { status } = await stage.see(id);
      assert(status === 'importing' || status === 'succeeded', status);
    }, 30_000);
    await sleep(random() * 1_000);
    const answer = await cancel(id);
    const end = await stage.ended(id, 30_000);
    const [run, ...more] = stage.upstream.runs(pair);
    expect(more).toEqual([]);
    expect(end.status).toBe(run?.verdict === 'Canceled' ? 'canceled' : 'succeeded');
    expect(answer.status).toBe(answer.view.status === 'canceling' ? 202 : 409);
    const code = end.status === 'canceled' ? 'canceled_by_user' : null;
    expect(end.reason?.['code'] ?? null).toBe(code);
    const finals = end.history.filter(({ to }) => to === 'canceled' || to === 'succeeded');
    expect(finals).toHaveLength(1);
    return end.status;
  });
  expect(new Set(ends)).toEqual(new Set(['canceled', 'succeeded']));
  expect(await stage.left()).toMatchObject({ leases: 0 });
}, 600_000);
