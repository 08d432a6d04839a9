// Each documented precondition, broken for either engine, is found before anything is submitted: by the route, by the plan, by the worker.
import assert from 'node:assert/strict';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { eventually } from '../support/eventually.js';
import { IMPORT, sourceOf, targetOf, type PairPlan } from '../support/simulator.js';
import { FIT, LASTING, WAITING, type Case } from './preflight-cases.js';
import { openStage, type Stage, type View } from './stage.js';

const IDS = [
  ...['instances_differ', 'instances_visible', 'engine_supported', 'engines_match'],
  ...['dedicated_class', 'not_sqlserver_2017_cluster', 'source_running', 'target_running'],
  ...['instances_unlocked', 'source_databases_running', 'target_databases_running'],
  ...['target_names_free', 'target_storage_sufficient', 'instances_not_reserved'],
];

interface Report {
  readonly ok: boolean;
  readonly checks: readonly {
    readonly id: string;
    readonly status: string;
    readonly observed: Readonly<Record<string, unknown>>;
  }[];
}
interface Plan {
  readonly preflight: {
    readonly ok: boolean;
    readonly passed: number;
    readonly notPassed: number;
    readonly reports: readonly (Report & { readonly index: number })[];
  };
}
type Checked = View & { readonly preflightReport: Report | null };
const DB_INFO = {
  MySQL: { DBNames: ['orders', 'items'] },
  SQLServer: { DBNames: { orders: 'orders_new', items: 'items_new' } },
};

let stage: Stage;
let planned: Plan['preflight'];
beforeAll(async () => {
  const all = [...LASTING, ...WAITING, ...FIT];
  const held: PairPlan = { importMs: 60_000 };
  stage = await openStage({
    pairs: {
      ...Object.fromEntries(all.map(({ pair, engine }) => [pair, { engine }])),
      ...{ held, unseen: {} },
    },
  });
  for (const { pair, breach } of all) {
    stage.upstream.patch(sourceOf(pair), breach.source ?? {});
    stage.upstream.patch(targetOf(pair), breach.target ?? {});
  }
  planned = (await plan(all.map(bodyOf))).preflight;
});
afterAll(() => stage?.close());

const bodyOf = ({ pair, engine }: Case): Record<string, unknown> =>
  stage.body(pair, { dbInfo: DB_INFO[engine] });

async function plan(migrations: readonly object[]): Promise<Plan> {
  const answer = await stage.service.request
    .post('/v1/batches/plan?preflight=true')
    .send({ migrations })
    .expect(200);
  return answer.body as Plan;
}

async function preflight(body: object): Promise<Report> {
  const answer = await stage.service.request
    .post('/v1/migrations/preflight')
    .send(body)
    .expect(200);
  return answer.body as Report;
}

const migrate = (one: Case, more: object = {}): Promise<View> =>
  stage.migrate(one.pair, { dbInfo: DB_INFO[one.engine], ...more });

const see = async (id: string): Promise<Checked> => (await stage.see(id)) as Checked;

/** Every check is there, and these fail. */
function expectFailed(report: Report | null | undefined, ids: readonly string[]): void {
  expect(report?.checks.map(({ id }) => id)).toEqual(IDS);
  const failed = report?.checks.filter(({ status }) => status === 'fail');
  expect(failed?.map(({ id }) => id)).toEqual(ids);
  expect(report?.ok).toBe(ids.length === 0);
}

const calls = (pair: string): number => stage.upstream.submissions(pair).length;

describe.each(LASTING)('$name', (one) => {
  const { pair, ids } = one;

  it('is found by the route', async () => {
    expectFailed(await preflight(bodyOf(one)), ids);
    expect(calls(pair)).toBe(0);
  });

  it('is found by the plan', () => {
    const index = LASTING.indexOf(one);
    expectFailed(
      planned.reports.find((report) => report.index === index),
      ids,
    );
  });

  it('is found by the worker, which fails the migration without a call', async () => {
    const { id } = await migrate(one);
    await stage.reaches(id, 'failed');
    const { preflightReport, reason } = await see(id);
    expectFailed(preflightReport, ids);
    expect(reason).toMatchObject({ code: 'preflight_failed', retryable: true });
    for (const each of ids) expect(reason?.['message']).toContain(`${each}: `);
    expect(calls(pair)).toBe(0);
  });

  it('is left to upstream with preflight "warn"', async () => {
    const { id } = await migrate(one, { preflight: 'warn' });
    await eventually(async () => assert(calls(pair) > 0, `${pair} was not submitted`));
    expectFailed((await see(id)).preflightReport, ids);
  });
});

describe.each(WAITING)('$name, which passes by itself', (one) => {
  const { pair, ids, breach } = one;

  it('is told by the route and by the plan', async () => {
    expectFailed(await preflight(bodyOf(one)), ids);
    const index = LASTING.length + WAITING.indexOf(one);
    expectFailed(
      planned.reports.find((report) => report.index === index),
      ids,
    );
  });

  it('makes the worker wait, and go on when it is over', async () => {
    const { id } = await migrate(one);
    const waiting = await eventually(async () => {
      const view = await see(id);
      assert.deepEqual(
        view.waitingFor.map(({ kind }) => kind),
        ['upstream_busy'],
      );
      return view;
    });
    expect(waiting.status).toBe('checking');
    expectFailed(waiting.preflightReport, ids);
    expect(calls(pair)).toBe(0);
    if (breach.source !== undefined) stage.upstream.patch(sourceOf(pair), HEALTHY);
    if (breach.target !== undefined) stage.upstream.patch(targetOf(pair), HEALTHY);
    const end = (await stage.succeeds(id, 20_000)) as Checked;
    expectFailed(end.preflightReport, []);
    expect(calls(pair)).toBe(1);
  });
});

const HEALTHY = { status: 'Running', lockMode: 'Unlock' };

describe.each(FIT)('a fit pair of $engine', (one) => {
  it('passes every check at each of the three moments', async () => {
    expectFailed(await preflight(bodyOf(one)), []);
    expect(planned.reports.map(({ index }) => index)).not.toContain(
      LASTING.length + WAITING.length + FIT.indexOf(one),
    );
    const { id } = await migrate(one);
    expectFailed(((await stage.succeeds(id)) as Checked).preflightReport, []);
  });
});

test('the plan counts who passed, and nothing was submitted for it', () => {
  const notPassed = LASTING.length + WAITING.length;
  expect(planned).toMatchObject({ ok: false, passed: FIT.length, notPassed });
  expect(planned.reports).toHaveLength(notPassed);
});

test('an instance that an import of another migration holds is told with that migration', async () => {
  const holder = await stage.migrate('held');
  await stage.reaches(holder.id, 'importing');
  const before = stage.upstream.journal.entries(0, IMPORT).length;
  const [fit] = FIT;
  assert(fit !== undefined);
  const body = { ...bodyOf(fit), targetInstanceId: targetOf('held') };
  const reports = [await preflight(body), (await plan([body])).preflight.reports[0]];
  for (const report of reports) {
    expectFailed(report, ['target_running', 'instances_not_reserved']);
    const of = (id: string) => report?.checks.find((check) => check.id === id)?.observed;
    expect(of('instances_not_reserved')).toEqual({
      held: [{ instanceId: targetOf('held'), migrationId: holder.id }],
    });
    // It moves all of its source: 20 MiB that are not there yet.
    expect(of('target_storage_sufficient')).toMatchObject({
      ...{ reservedBytes: 20 * 1024 ** 2, reservedAtMostBytes: 0, reservingMigrations: 1 },
    });
  }
  const waiter = await stage.migrate(fit.pair, { targetInstanceId: targetOf('held') });
  const view = await eventually(async () => {
    const now = await see(waiter.id);
    assert.deepEqual(now.blockedBy, [{ instanceId: targetOf('held'), migrationId: holder.id }]);
    return now;
  });
  expect(view.status).toBe('queued');
  expect(stage.upstream.journal.entries(0, IMPORT)).toHaveLength(before);
});

test('an instance that could not be read never looks fine, and is not submitted to', async () => {
  stage.upstream.strike('unseen', {
    ...{ kind: 'code', code: 'InvalidParameter', times: -1 },
    action: 'DescribeDBInstanceAttribute',
  });
  const report = await preflight(stage.body('unseen'));
  const { id } = await stage.migrate('unseen');
  await stage.reaches(id, 'failed');
  const { preflightReport, reason } = await see(id);
  for (const each of [report, preflightReport]) {
    expect(each?.ok).toBe(false);
    const found = each?.checks.find((check) => check.id === 'instances_visible');
    expect(found).toMatchObject({ status: 'skipped', observed: { source: true, target: null } });
  }
  expect(reason?.['message']).toMatch(/^instances_visible: .*InvalidParameter/);
  expect(calls('unseen')).toBe(0);
});
