// A new attempt keeps to the times that were asked for: its own `notBefore` and the window of its batch.
import { expect, test } from 'vitest';
import type { Batch, BatchRequest } from '../../src/domain/batch.js';
import { isOpenAt } from '../../src/domain/window.js';
import { batchOf } from '../support/memory-batches.js';
import { START_MS } from '../support/memory-ports.js';
import { CALLER, TENANT, World, type Process } from '../support/memory-world.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const clock = (atMs: number): string => new Date(atMs).toISOString().slice(11, 16);

/** Opens two hours after the start, for one hour. */
const WINDOW = {
  ...{ start: clock(START_MS + 2 * HOUR_MS), end: clock(START_MS + 3 * HOUR_MS) },
  ...{ timeZone: 'UTC', days: null, fit: false },
};

interface Stage {
  readonly world: World;
  readonly process: Process;
  readonly id: string;
  readonly now: () => Batch;
  readonly statuses: () => readonly string[];
}

async function stage(count: number, batch: Partial<BatchRequest>): Promise<Stage> {
  const world = new World();
  const process = world.boot();
  const requests = Array.from({ length: count }, (_, index) =>
    world.request({ sourceInstanceId: `rm-s${index}`, targetInstanceId: `rm-t${index}` }),
  );
  const { id } = await process.acceptBatch(requests, batch);
  const now = (): Batch => {
    const found = batchOf(id, world.redis);
    if (found === null) throw new Error('the batch is gone');
    return found;
  };
  return { world, process, id, now, statuses: () => world.migrations.map((one) => one.status) };
}

const ends = (world: World, succeeds: boolean): void =>
  void Object.assign(world.cloud.options, { succeeds });

test('one that is retried before its time waits for it', async () => {
  const world = new World();
  const process = world.boot();
  const notBefore = START_MS + HOUR_MS;
  const id = await process.accept(world.request({ notBefore }));
  await process.steering.cancel(CALLER, id);
  const { migration } = await process.steering.retry(CALLER, id);
  expect(migration).toMatchObject({ status: 'scheduled', wakeAt: notBefore, attempt: 2 });
  await process.work(3 * HOUR_MS);
  expect(world.redis.records.get(id)?.status).toBe('succeeded');
  expect(world.cloud.accepted.map(({ at }) => at >= notBefore)).toEqual([true]);
});

test('one that is retried outside of the window of its batch waits for the next', async () => {
  const on = await stage(2, { window: WINDOW });
  ends(on.world, false);
  await on.process.work(5 * HOUR_MS);
  expect(on.statuses()).toEqual(['failed', 'failed']);
  on.world.clock.moveTo(START_MS + 5 * HOUR_MS);
  ends(on.world, true);
  const [first = ''] = on.world.migrations.map(({ id }) => id);
  const { migration } = await on.process.steering.retry(CALLER, first);
  const opens = START_MS + 26 * HOUR_MS;
  expect(migration).toMatchObject({ status: 'scheduled', wakeAt: opens - (opens % MINUTE_MS) });
  await on.process.control.retryFailed(TENANT, on.id);
  await on.process.work(HOUR_MS);
  expect(on.statuses()).toEqual(['scheduled', 'scheduled']);
  await on.process.work(30 * HOUR_MS);
  expect(on.statuses()).toEqual(['succeeded', 'succeeded']);
  expect(on.world.cloud.accepted.every(({ at }) => isOpenAt(WINDOW, at))).toBe(true);
});

test('a batch that had ended follows its window again once a member is wanted again', async () => {
  const on = await stage(8, { window: WINDOW, maxConcurrent: 1, onFailure: 'halt' });
  ends(on.world, false);
  await on.process.work(2 * HOUR_MS + 40 * MINUTE_MS);
  expect(on.now().gate).toBe('halted');
  expect(on.now().finishedAt).not.toBeNull();
  ends(on.world, true);
  on.world.clock.moveTo(START_MS + 2 * HOUR_MS + 50 * MINUTE_MS);
  await on.process.control.retryFailed(TENANT, on.id);
  await on.process.work(HOUR_MS);
  expect(on.now().counts.queued).toBe(0);
  expect(on.now().counts.scheduled).toBeGreaterThan(0);
  await on.process.work(80 * HOUR_MS);
  expect(new Set(on.statuses())).toEqual(new Set(['succeeded']));
});

test('of a batch that had ended, one that is retried on its own follows the window, too', async () => {
  const on = await stage(3, { window: WINDOW, maxConcurrent: 1 });
  ends(on.world, false);
  await on.process.work(2 * HOUR_MS + 40 * MINUTE_MS);
  expect(on.now().finishedAt).not.toBeNull();
  Object.assign(on.world.cloud.options, { succeeds: true, importMs: 3 * HOUR_MS });
  on.world.clock.moveTo(START_MS + 2 * HOUR_MS + 50 * MINUTE_MS);
  for (const { id } of on.world.migrations) await on.process.steering.retry(CALLER, id);
  await on.process.work(HOUR_MS);
  expect(on.now().counts).toMatchObject({ importing: 1, queued: 0, scheduled: 2 });
});

test('one that is not due yet ends as soon as one that it depends on has failed', async () => {
  const world = new World();
  const process = world.boot();
  const pair = (name: string, notBefore: number | null) =>
    world.request({ sourceInstanceId: `rm-s${name}`, targetInstanceId: `rm-t${name}`, notBefore });
  const requests = [pair('a', null), pair('b', START_MS + 10 * HOUR_MS)];
  await process.acceptBatch(requests, {}, [[], [0]]);
  ends(world, false);
  await process.work(HOUR_MS);
  expect(world.migrations.map(({ status }) => status)).toEqual(['failed', 'canceled']);
  expect(world.migrations[1]?.reason?.code).toBe('dependency_failed');
});

test('one that is not due yet waits for its time, whatever has succeeded before', async () => {
  const world = new World();
  const process = world.boot();
  const pair = (name: string, notBefore: number | null) =>
    world.request({ sourceInstanceId: `rm-s${name}`, targetInstanceId: `rm-t${name}`, notBefore });
  const notBefore = START_MS + 10 * HOUR_MS;
  await process.acceptBatch([pair('a', null), pair('b', notBefore)], {}, [[], [0]]);
  await process.work(9 * HOUR_MS);
  expect(world.migrations.map(({ status }) => status)).toEqual(['succeeded', 'scheduled']);
  await process.work(3 * HOUR_MS);
  expect(world.migrations.map(({ status }) => status)).toEqual(['succeeded', 'succeeded']);
  expect(world.cloud.accepted.at(-1)?.at).toBeGreaterThanOrEqual(notBefore);
});
