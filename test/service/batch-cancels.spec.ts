// A batch that is canceled over HTTP ends, also where calls had no answer, and cancels what runs when that is asked for.
import assert from 'node:assert/strict';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.js';
import { openStage, type Stage, type View } from './stage.js';

const DATABASES = {
  MySQL: { DBNames: ['orders', 'items'] },
  SQLServer: { DBNames: { orders: 'orders', items: 'items' } },
} as const;
type Engine = keyof typeof DATABASES;

interface BatchView {
  readonly id: string;
  readonly status: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly finishedAt: string | null;
}

let stage: Stage;
beforeAll(async () => {
  stage = await openStage({
    pairs: {
      ...{ lostmysql: {}, lostsqlserver: { engine: 'SQLServer' } },
      ...{ runsmysql: { importMs: 20_000 } },
      runssqlserver: { engine: 'SQLServer', importMs: 600_000 },
    },
    ...{ roles: ['api', 'worker'], env: { OUTCOME_GRACE_MS: '1000' } },
  });
});
afterAll(() => stage?.close());

async function accept(...pairs: readonly (readonly [string, Engine])[]): Promise<string> {
  const migrations = pairs.map(([pair, engine]) => {
    const { credentialId: _, ...item } = stage.body(pair, { dbInfo: DATABASES[engine] });
    return item;
  });
  const body = { credentialId: stage.credentialId, migrations };
  const answer = await stage.service.request.post('/v1/batches').send(body).expect(202);
  return (answer.body as BatchView).id;
}

const see = async (id: string): Promise<BatchView> =>
  (await stage.service.request.get(`/v1/batches/${id}`).expect(200)).body as BatchView;

async function members(id: string): Promise<readonly View[]> {
  const answer = await stage.service.request.get(`/v1/migrations?batchId=${id}`).expect(200);
  return (answer.body as { items: View[] }).items;
}

const ended = (id: string): Promise<BatchView> =>
  eventually(async () => {
    const view = await see(id);
    assert(view.finishedAt !== null, JSON.stringify(view));
    return view;
  }, 60_000);

test.each(['MySQL', 'SQLServer'] as const)(
  'a member of %s whose call was not started ends with its canceled batch',
  async (engine) => {
    const pair = `lost${engine.toLowerCase()}`;
    stage.upstream.strike(pair, { kind: 'reset_before' });
    const id = await accept([pair, engine]);
    const [member] = await members(id);
    assert(member !== undefined);
    await stage.reaches(member.id, 'outcome_unknown', 30_000);
    await stage.service.request.post(`/v1/batches/${id}/cancel`).expect(202);
    expect(await see(id)).toMatchObject({ status: 'canceling', finishedAt: null });
    const answer = { outcome: 'not_started' };
    await stage.service.request
      .post(`/v1/migrations/${member.id}/resolve`)
      .send(answer)
      .expect(202);
    const reason = { code: 'canceled_by_user', message: `The batch ${id} was canceled.` };
    expect(await stage.ended(member.id, 60_000)).toMatchObject({ status: 'canceled', reason });
    expect(await ended(id)).toMatchObject({ status: 'canceled', counts: { canceled: 1 } });
    expect(stage.upstream.submissions(pair)).toHaveLength(1);
  },
  120_000,
);

test('what runs is canceled where upstream can, also when the api dies right after the answer', async () => {
  const id = await accept(['runsmysql', 'MySQL'], ['runssqlserver', 'SQLServer']);
  await eventually(async () => {
    expect((await see(id)).counts).toMatchObject({ importing: 2 });
  }, 30_000);
  const asked = await stage.service.request
    .post(`/v1/batches/${id}/cancel`)
    .send({ running: 'cancel' })
    .expect(202);
  await stage.service.kill();
  expect(asked.body).toMatchObject({ status: 'canceling', finishedAt: null });
  await stage.launch('api');
  expect(await ended(id)).toMatchObject({
    status: 'canceled',
    counts: { succeeded: 1, canceled: 1 },
  });
  expect(stage.upstream.runs('runssqlserver')).toMatchObject([{ verdict: 'Canceled' }]);
  expect(stage.upstream.runs('runsmysql')).toMatchObject([{ verdict: 'Success' }]);
}, 120_000);
