// Upstream accepts our import and answers that the instance is busy: one import, bound to its migration, whatever was asked meanwhile.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { NOTHING_LEFT, openStage, type Stage } from './stage.js';

const CODES = ['IncorrectDBInstanceState', 'OperationDenied.DBInstanceStatus', 'LockTimeout'];
const ENGINES = [
  { engine: 'MySQL', kind: 'my', more: {} },
  {
    engine: 'SQLServer',
    kind: 'ms',
    more: { dbInfo: { DBNames: { orders: 'orders', items: 'items' } } },
  },
] as const;
const GRACE_MS = 2_000;

let stage: Stage;
beforeAll(async () => {
  const pairs = ENGINES.flatMap(({ engine, kind }) => [
    ...CODES.map((_, index) => [`${kind}${index}`, { engine, importMs: 1_500 }] as const),
    [`${kind}cancel`, { engine, importMs: 4_000 }] as const,
    [`${kind}busy`, { engine }] as const,
    [`${kind}nothing`, { engine }] as const,
  ]);
  stage = await openStage({
    pairs: Object.fromEntries(pairs),
    roles: ['all', 'all'],
    env: { OUTCOME_GRACE_MS: String(GRACE_MS) },
  });
});
afterAll(() => stage?.close());

const accepts = (code: string) => ({ kind: 'code', code, status: 403, executed: true }) as const;
const refuses = { kind: 'code', code: 'IncorrectDBInstanceState', status: 403 } as const;

describe.concurrent.each(ENGINES)('$engine', ({ engine, kind, more }) => {
  it.each(CODES.map((code, index) => ({ code, pair: `${kind}${index}` })))(
    'accepted and answered with $code: the import is adopted, and it is the only one',
    async ({ code, pair }) => {
      stage.upstream.strike(pair, accepts(code));
      const { id } = await stage.migrate(pair, more);
      const end = await stage.succeeds(id, 30_000);
      expect(stage.started(pair)).toEqual([end.importId]);
      expect(end.attempt).toBe(1);
    },
  );

  it('accepted and answered as busy, with a cancel asked for meanwhile: the import stays bound', async () => {
    const pair = `${kind}cancel`;
    // The answer takes its time, so that the cancel is asked for while the call is under way.
    stage.upstream.strike(pair, { ...accepts('IncorrectDBInstanceState'), delayMs: 800 });
    const { id } = await stage.migrate(pair, more);
    await eventually(() => expect(stage.started(pair)).toHaveLength(1));
    await stage.service.request.post(`/v1/migrations/${id}/cancel`).expect(202);
    const end = await stage.ended(id, 30_000);
    expect(stage.started(pair)).toEqual([end.importId]);
    expect(end.status).toBe(engine === 'MySQL' ? 'succeeded' : 'canceled');
    const [run] = stage.upstream.runs(pair);
    expect(run).toMatchObject({ verdict: engine === 'MySQL' ? 'Success' : 'Canceled' });
  });

  it('refused as busy with nothing started: the next attempt comes once that is certain', async () => {
    const pair = `${kind}busy`;
    stage.upstream.strike(pair, refuses);
    const { id } = await stage.migrate(pair, more);
    const end = await stage.succeeds(id, 30_000);
    expect(end.attempt).toBe(2);
    expect(stage.started(pair)).toEqual([end.importId]);
    const [first, second] = stage.upstream.submissions(pair);
    const apartMs = Date.parse(second?.at ?? '') - Date.parse(first?.at ?? '');
    expect(apartMs).toBeGreaterThanOrEqual(GRACE_MS);
  });

  it('refused as busy, with a cancel asked for meanwhile: canceled, and nothing was started', async () => {
    const pair = `${kind}nothing`;
    stage.upstream.strike(pair, { ...refuses, delayMs: 800 });
    const { id } = await stage.migrate(pair, more);
    await eventually(() => expect(stage.upstream.submissions(pair)).toHaveLength(1));
    await stage.service.request.post(`/v1/migrations/${id}/cancel`).expect(202);
    const end = await stage.ended(id, 30_000);
    expect(end).toMatchObject({ status: 'canceled', importId: null, attempt: 1 });
    expect(stage.upstream.runs(pair)).toEqual([]);
  });
});

it('leaves nothing behind', async () => {
  expect(await stage.left()).toEqual(NOTHING_LEFT);
});
