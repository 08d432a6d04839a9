// Two workers, and upstream's answers get lost: every import that was started is found, and none is started twice.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStage, type Stage } from '../service/stage.js';
import { eventually } from '../support/eventually.js';

const FAULTS: readonly (readonly [string, object])[] = [
  ['the connection was reset', { kind: 'lost_reply' }],
  ['no answer came in time', { kind: 'hang', executed: true }],
  ['upstream answered 500', { kind: 'error500_after' }],
  ['the answer had no ImportId', { kind: 'no_import_id' }],
  ['the answer was HTML', { kind: 'garbage', executed: true }],
  ['the answer was HTML with status 200', { kind: 'garbage', executed: true, status: 200 }],
  ['the answer broke off', { kind: 'truncated' }],
];
const pairOf = (index: number, length: string): string => `${length}${index}`;

let stage: Stage;
beforeAll(async () => {
  const pairs = FAULTS.flatMap((_, index) => [
    [pairOf(index, 'short'), { importMs: 300 }] as const,
    [pairOf(index, 'long'), { engine: 'SQLServer', importMs: 3_500 }] as const,
  ]);
  stage = await openStage({
    pairs: { ...Object.fromEntries(pairs), blind: { importMs: 5_000 }, late: { importMs: 2_500 } },
    roles: ['api', 'worker', 'worker'],
    env: { UPSTREAM_TIMEOUT_MS: '1000' },
  });
});
afterAll(() => stage?.close());

const TO_NEW_NAMES = { dbInfo: { DBNames: { orders: 'orders', items: 'items' } } };

async function adopted(pair: string, more: object = {}): Promise<void> {
  const { id } = await stage.migrate(pair, more);
  const end = await stage.succeeds(id);
  stage.expectOneImport(pair, end);
  expect(stage.upstream.submissions(pair)).toHaveLength(1);
  expect(end.attempt).toBe(1);
  const steps = end.history.map(({ to }) => to);
  expect(steps).toEqual(['queued', 'checking', 'submitting', 'importing', 'succeeded']);
}

describe.concurrent('an accepted import is adopted and not doubled when', () => {
  it.each(FAULTS)('%s, and it runs on', async (_what, fault) => {
    const pair = pairOf(
      FAULTS.findIndex(([, one]) => one === fault),
      'long',
    );
    stage.upstream.strike(pair, fault);
    await adopted(pair, TO_NEW_NAMES);
  });

  it.each(FAULTS)('%s, and it has ended before anybody looks', async (_what, fault) => {
    const pair = pairOf(
      FAULTS.findIndex(([, one]) => one === fault),
      'short',
    );
    stage.upstream.strike(pair, fault);
    await adopted(pair);
  });

  it('the listing is away, too: it is importing without an id until the id is found', async () => {
    stage.upstream.strike('blind', { kind: 'lost_reply' });
    const { id } = await stage.migrate('blind');
    await eventually(() => expect(stage.upstream.submissions('blind')).toHaveLength(1));
    const listing = { kind: 'error500', action: 'DescibeImportsFromDatabase', times: 3 };
    stage.upstream.strike('blind', listing);
    expect(await stage.reaches(id, 'importing')).toMatchObject({ importId: null });
    const end = await stage.succeeds(id);
    stage.expectOneImport('blind', end);
    expect(stage.upstream.submissions('blind')).toHaveLength(1);
  });

  it('it is visible late: its end is not told before it is there', async () => {
    stage.upstream.strike('late', { kind: 'late_visibility', delayMs: 1_200, hideStates: true });
    const end = await stage.succeeds((await stage.migrate('late')).id);
    stage.expectOneImport('late', end);
    expect(Date.parse(end.finishedAt ?? '')).toBeGreaterThanOrEqual(
      stage.upstream.runs('late')[0]?.endsAt ?? Infinity,
    );
  });
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
  await stage.expectNothingLeft();
});
