// Two workers, and upstream's answers get lost: every import that was started is found, and none is started twice.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NOTHING_LEFT, openStage, type Stage, type View } from '../service/stage.js';
import { eventually } from '../support/eventually.js';
import type { PairPlan } from '../support/simulator.js';

const FAULTS: readonly (readonly [string, object])[] = [
  ['the connection was reset', { kind: 'lost_reply' }],
  ['no answer came in time', { kind: 'hang', executed: true }],
  ['upstream answered 500', { kind: 'error500_after' }],
  ['the answer had no ImportId', { kind: 'no_import_id' }],
  ['the answer was HTML', { kind: 'garbage', executed: true }],
  ['the answer was HTML with status 200', { kind: 'garbage', executed: true, status: 200 }],
  ['the answer broke off', { kind: 'truncated' }],
];
const TO_NEW_NAMES = { dbInfo: { DBNames: { orders: 'orders', items: 'items' } } };
const long = (index: number): string => `long${index}`;
const short = (index: number): string => `short${index}`;

let stage: Stage;
/** Pair → its migration. All are under way at once. */
const ids = new Map<string, string>();

async function begin(pair: string, fault: object, more: object = {}): Promise<void> {
  stage.upstream.strike(pair, fault);
  ids.set(pair, (await stage.migrate(pair, more)).id);
}

beforeAll(async () => {
  const pairs = FAULTS.flatMap((_, index): (readonly [string, PairPlan])[] => [
    [short(index), { importMs: 300 }],
    [long(index), { engine: 'SQLServer', importMs: 3_500 }],
  ]);
  stage = await openStage({
    pairs: { ...Object.fromEntries(pairs), blind: { importMs: 5_000 }, late: { importMs: 2_500 } },
    roles: ['api', 'worker', 'worker'],
    env: { UPSTREAM_TIMEOUT_MS: '1000' },
  });
  await begin('blind', { kind: 'lost_reply' });
  await begin('late', { kind: 'late_visibility', delayMs: 1_200, hideStates: true });
  await Promise.all(
    FAULTS.flatMap(([, fault], index) => [
      begin(long(index), fault, TO_NEW_NAMES),
      begin(short(index), fault),
    ]),
  );
});
afterAll(() => stage?.close());

async function endOf(pair: string): Promise<View> {
  const end = await stage.succeeds(ids.get(pair) ?? '');
  expect(stage.started(pair)).toEqual([end.importId]);
  expect(stage.upstream.submissions(pair)).toHaveLength(1);
  return end;
}

async function expectAdopted(pair: string): Promise<void> {
  const end = await endOf(pair);
  expect(end.attempt).toBe(1);
  const steps = end.history.map(({ to }) => to);
  expect(steps).toEqual(['queued', 'checking', 'submitting', 'importing', 'succeeded']);
  expect(end.history[3]?.message).toContain(`Adopted ${end.importId}`);
}

describe('an accepted import is adopted and not doubled when', () => {
  it('the listing is away, too: it is importing without an id until the id is found', async () => {
    const listing = { kind: 'error500', action: 'DescibeImportsFromDatabase', times: 3 };
    await eventually(() => expect(stage.upstream.submissions('blind')).toHaveLength(1));
    stage.upstream.strike('blind', listing);
    const seen = await stage.reaches(ids.get('blind') ?? '', 'importing');
    expect(seen).toMatchObject({ importId: null, upstream: { targetStatus: 'Importing' } });
    await endOf('blind');
  });

  it.each(FAULTS.map(([what], index) => [what, index] as const))(
    '%s, and it runs on',
    (_what, index) => expectAdopted(long(index)),
  );

  it.each(FAULTS.map(([what], index) => [what, index] as const))(
    '%s, and it has ended before anybody looks',
    (_what, index) => expectAdopted(short(index)),
  );
});

it('an import that is visible late is not told as ended before it has ended', async () => {
  const { finishedAt } = await endOf('late');
  expect(Date.parse(finishedAt ?? '')).toBeGreaterThanOrEqual(
    stage.upstream.runs('late')[0]?.endsAt ?? Infinity,
  );
});

it('in the end every import belongs to one migration, and nothing is left behind', async () => {
  const runs = stage.upstream.world.runs().map(({ importId }) => importId.toString());
  expect(runs).toHaveLength(2 * FAULTS.length + 2);
  const owners = await Promise.all(
    runs.map(async (importId) => {
      const answer = await stage.service.request.get(`/v1/imports/${importId}`).expect(200);
      return (answer.body as { id: string }).id;
    }),
  );
  expect(new Set(owners).size).toBe(runs.length);
  expect(await stage.left()).toEqual(NOTHING_LEFT);
});
