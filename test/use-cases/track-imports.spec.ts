// An import ends as its own record says; only where there is none do the instances and databases decide.
import { describe, expect, test } from 'vitest';
import { World, type WorldOptions } from '../support/memory-world.js';

const MINUTE_MS = 60_000;

/** An import that upstream has accepted and answered. */
async function importing(options: WorldOptions = {}) {
  const world = new World(options);
  const process = world.boot();
  const id = await process.accept(world.request());
  await process.work(20_000);
  expect(world.migrations).toMatchObject([{ status: 'importing', importId: '1000' }]);
  const only = () => world.redis.records.get(id);
  return { world, process, only };
}

test('a success that the record tells rests on the record', async () => {
  const { process, only } = await importing();
  await process.work(10 * MINUTE_MS);
  expect(only()).toMatchObject({ status: 'succeeded', reason: null });
  expect(only()?.evidence.map(({ kind }) => kind)).toEqual(['answer', 'import_record']);
});

test('a failure that the record tells is upstream’s, with its word', async () => {
  const { process, only } = await importing({ cloud: { succeeds: false } });
  await process.work(10 * MINUTE_MS);
  expect(only()).toMatchObject({ status: 'failed', reason: { code: 'upstream_import_failed' } });
  expect(only()?.reason?.message).toContain('Failed');
});

describe('where upstream has no listing', () => {
  test('both instances back at Running and all databases there are a success', async () => {
    const { process, only } = await importing({ cloud: { hasListing: false } });
    await process.work(10 * MINUTE_MS);
    expect(only()).toMatchObject({ status: 'succeeded' });
    expect(only()?.evidence.at(-1)?.kind).toBe('target_databases');
  });

  test('a database that is missing then is a failure that names it', async () => {
    const { process, only } = await importing({ cloud: { hasListing: false, succeeds: false } });
    await process.work(10 * MINUTE_MS);
    expect(only()).toMatchObject({ status: 'failed', reason: { code: 'result_not_confirmed' } });
    expect(only()?.reason?.message).toContain('orders');
  });
});

test('a listing that fails in passing is asked again; the databases do not decide for it', async () => {
  const world = new World({ cloud: { engine: 'MySQL', succeeds: false } });
  const process = world.boot();
  const id = await process.accept(world.request());
  await process.work(60_000);
  // The databases of a MySQL import were on the target before: they would speak for a success.
  world.cloud.listingFault = 'throttled';
  await process.work(10 * MINUTE_MS);
  expect(world.redis.records.get(id)?.status).toBe('importing');
  world.cloud.listingFault = null;
  await process.work(10 * MINUTE_MS);
  expect(world.redis.records.get(id)).toMatchObject({ status: 'failed' });
});

test('looks at a long import grow apart, and one that takes too long is told but not ended', async () => {
  const { world, process, only } = await importing({ cloud: { importMs: 30 * 60 * MINUTE_MS } });
  await process.work(2 * 60 * MINUTE_MS);
  const before = only()?.version ?? 0;
  await process.work(20 * MINUTE_MS);
  // A survey costs the same for all: 60 s apart, half of what looks of its own would be.
  expect((only()?.version ?? 0) - before).toBeLessThanOrEqual(21);
  expect(only()?.isOverdue).toBe(false);
  await process.work(23 * 60 * MINUTE_MS);
  expect(only()).toMatchObject({ status: 'importing', isOverdue: true });
  expect(world.journal.warnings.filter((one) => one.includes('MAX_IMPORT_HOURS'))).toHaveLength(1);
  expect(world.redis.told).toMatchObject([
    { type: 'migration.overdue', data: { migrationId: only()?.id, attempt: 1, importId: '1000' } },
  ]);
  await process.work(10 * 60 * MINUTE_MS);
  expect(only()?.status).toBe('succeeded');
});

describe('what a look costs', () => {
  /** The calls of each moment at which anything was asked, from now on. */
  function callsByMoment({ cloud }: World): () => readonly (readonly string[])[] {
    const from = cloud.reads.asked.length;
    return () => {
      const moments = new Map<number, readonly string[]>();
      for (const { at, what } of cloud.reads.asked.slice(from)) {
        moments.set(at, [...(moments.get(at) ?? []), what]);
      }
      return [...moments.values()];
    };
  }

  test('is never more than one call while the import runs, whichever way it is looked at', async () => {
    const { world, process, only } = await importing({ cloud: { importMs: 5 * 60 * MINUTE_MS } });
    const calls = callsByMoment(world);
    await process.work(4 * 60 * MINUTE_MS);
    expect(only()).toMatchObject({
      status: 'importing',
      upstream: { sourceStatus: 'TRANSING', targetStatus: 'Importing', importStatus: 'Importing' },
    });
    expect(calls().every((each) => each.length === 1)).toBe(true);
    expect(calls().length).toBeGreaterThan(100);
    // The record first, then the instances; from then on surveys, and now and then the record again.
    expect(calls().flat().slice(0, 3)).toEqual(['instance', 'instance', 'survey']);
    expect(calls().flat()).toContain('imports');
  });

  test('is one call, after the first sight, where upstream has no listing', async () => {
    const options = { hasListing: false, importMs: 60 * MINUTE_MS };
    const { world, process, only } = await importing({ cloud: options });
    world.cloud.reads.surveyFault = 'throttled';
    await process.work(20_000);
    expect(only()?.evidence.map(({ kind }) => kind)).toEqual(['answer', 'instance_states']);
    const calls = callsByMoment(world);
    await process.work(30 * MINUTE_MS);
    const ownCalls = calls().map((each) => each.filter((what) => what !== 'survey'));
    expect(ownCalls.every((each) => each.join() === 'instance')).toBe(true);
    await process.work(60 * MINUTE_MS);
    expect(only()).toMatchObject({ status: 'succeeded' });
  });

  test('falls back to one call for each import while surveys cannot be had', async () => {
    const { world, process, only } = await importing({ cloud: { importMs: 60 * MINUTE_MS } });
    await process.work(5 * MINUTE_MS);
    world.cloud.reads.surveyFault = 'throttled';
    const calls = callsByMoment(world);
    await process.work(30 * MINUTE_MS);
    expect(calls().every((each) => each.filter((what) => what !== 'survey').length <= 1)).toBe(
      true,
    );
    expect(calls().flat()).toContain('imports');
    await process.work(60 * MINUTE_MS);
    expect(only()).toMatchObject({
      status: 'succeeded',
      evidence: [{}, { kind: 'import_record' }],
    });
  });
});

test('never ends an import because a survey leaves it out', async () => {
  const { world, process, only } = await importing({ cloud: { importMs: 60 * MINUTE_MS } });
  world.cloud.reads.surveyFault = new Set(['rm-target']);
  await process.work(50 * MINUTE_MS);
  expect(only()?.status).toBe('importing');
  await process.work(20 * MINUTE_MS);
  expect(only()?.status).toBe('succeeded');
});

test('an outage between two looks does not make an import unseen: the databases still decide', async () => {
  const options = { engine: 'MySQL', hasListing: false, importMs: 10 * MINUTE_MS } as const;
  const { world, process, only } = await importing({ cloud: options });
  await process.work(10 * MINUTE_MS - 30_000);
  expect(only()).toMatchObject({ status: 'importing' });
  world.cloud.databasesFault = 'throttled';
  await process.work(5 * MINUTE_MS);
  expect(only()).toMatchObject({
    status: 'importing',
    upstream: { sourceStatus: 'Running', targetStatus: 'Running' },
  });
  world.cloud.databasesFault = null;
  await process.work(5 * MINUTE_MS);
  expect(only()).toMatchObject({ status: 'succeeded', reason: null });
});
