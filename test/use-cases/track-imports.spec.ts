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
  expect((only()?.version ?? 0) - before).toBeLessThanOrEqual(11);
  expect(only()?.isOverdue).toBe(false);
  await process.work(23 * 60 * MINUTE_MS);
  expect(only()).toMatchObject({ status: 'importing', isOverdue: true });
  expect(world.journal.warnings.filter((one) => one.includes('MAX_IMPORT_HOURS'))).toHaveLength(1);
  await process.work(10 * 60 * MINUTE_MS);
  expect(only()?.status).toBe('succeeded');
});
