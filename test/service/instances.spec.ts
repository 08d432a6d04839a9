// Never two imports on one instance: who shares one waits, sees for whom, and gets its turn.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { NO_TWIST } from '../../src/simulator/world.js';
import { eventually } from '../support/eventually.js';
import { sourceOf, targetOf } from '../support/simulator.js';
import { NOTHING_LEFT, openStage, type Stage, type View } from './stage.js';

let stage: Stage;
beforeAll(async () => {
  const pairs = Object.fromEntries(
    ['a', 'b', 'c', 'd', 'foreign', 'later', 'urgent'].map((name) => [name, { importMs: 400 }]),
  );
  stage = await openStage({ pairs });
});
afterAll(() => stage?.close());

/** No two imports that touched one instance ran at one time. */
function expectOneAtATime(): void {
  stage.upstream.world.settle();
  const runs = stage.upstream.world.runs();
  for (const { instanceId } of stage.upstream.world.instances()) {
    const touching = runs
      .filter((run) => run.sourceId === instanceId || run.targetId === instanceId)
      .toSorted((one, other) => one.startedAt - other.startedAt);
    const overlaps = touching.filter(
      (run, index) => run.startedAt < (touching[index - 1]?.endsAt ?? 0),
    );
    expect(overlaps, `overlapping imports on ${instanceId}`).toEqual([]);
  }
}

const cross = (source: string, target: string): Promise<View> =>
  stage.migrate(source, { targetInstanceId: targetOf(target) });

it('migrations that share busy instances run one after the other, and all of them end', async () => {
  const views = await Promise.all([
    cross('a', 'a'),
    cross('a', 'b'),
    cross('a', 'c'),
    cross('b', 'a'),
    cross('c', 'a'),
    cross('d', 'd'),
  ]);
  const ends = await Promise.all(views.map(({ id }) => stage.succeeds(id, 25_000)));
  expectOneAtATime();
  const importIds = ends.map(({ importId }) => importId);
  expect(new Set(importIds).size).toBe(views.length);
  expect(stage.upstream.world.runs()).toHaveLength(views.length);
  const refused = stage.upstream.journal.entries().filter(({ outcome }) => outcome === 'refused');
  expect(refused).toEqual([]);
}, 30_000);

it('who waits sees which migration holds which instance, until it is its turn', async () => {
  const holder = await cross('d', 'd');
  await stage.reaches(holder.id, 'importing');
  const waiter = await cross('c', 'd');
  const blocked = await eventually(async () => {
    const view = await stage.see(waiter.id);
    expect(view.blockedBy).not.toEqual([]);
    return view;
  });
  expect(blocked.status).toBe('queued');
  expect(blocked.blockedBy).toEqual([{ instanceId: targetOf('d'), migrationId: holder.id }]);
  const end = await stage.succeeds(waiter.id);
  expect(end.blockedBy).toEqual([]);
  expectOneAtATime();
});

it("waits for somebody else's import, is not taken for it, and then runs its own", async () => {
  const theirs = stage.upstream.world.start(
    {
      ...{ engine: 'MySQL', accountId: '1001', sourceId: sourceOf('later') },
      ...{
        targetId: targetOf('foreign'),
        pairs: [{ source: 'orders', target: 'orders', sizeMB: 1 }],
      },
    },
    NO_TWIST,
  );
  const view = await stage.migrate('foreign');
  const end = await stage.succeeds(view.id);
  expect(end.importId).not.toBe(theirs.importId.toString());
  expect(stage.upstream.runs('foreign').map((run) => run.importId.toString())).toEqual([
    theirs.importId.toString(),
    end.importId,
  ]);
  expectOneAtATime();
});

it('does not submit before notBefore, and does so then', async () => {
  const notBefore = new Date(Date.now() + 1_500).toISOString();
  const view = await stage.migrate('later', { notBefore });
  expect(view).toMatchObject({ status: 'scheduled', notBefore });
  const end = await stage.succeeds(view.id);
  expect(end.history.map(({ to }) => to).slice(0, 3)).toEqual(['scheduled', 'queued', 'checking']);
  expect((end.submittedAt ?? '') >= notBefore).toBe(true);
  expect((stage.upstream.submissions('later')[0]?.at ?? '') >= notBefore).toBe(true);
});

it('serves the higher priority first when several wait for one instance', async () => {
  const holder = await cross('urgent', 'urgent');
  await stage.reaches(holder.id, 'importing');
  const low = await stage.migrate('a', { targetInstanceId: targetOf('urgent'), priority: -5 });
  const high = await stage.migrate('b', { targetInstanceId: targetOf('urgent'), priority: 50 });
  await Promise.all([low, high].map(({ id }) => stage.succeeds(id)));
  const [first, second] = [await stage.see(high.id), await stage.see(low.id)];
  expect((first.finishedAt ?? '') <= (second.submittedAt ?? '')).toBe(true);
  expectOneAtATime();
});

it('leaves nothing behind', async () => {
  expect(await stage.left()).toEqual(NOTHING_LEFT);
});
