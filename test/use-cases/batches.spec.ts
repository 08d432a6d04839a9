// A batch runs its members side by side, within its cap, its window and what they depend on; a person can steer it.
import { expect, test } from 'vitest';
import { batchStatusOf, type Batch, type BatchRequest } from '../../src/domain/batch.js';
import { batchOf } from '../support/memory-batches.js';
import { START_MS } from '../support/memory-ports.js';
import { TENANT, World, type Process } from '../support/memory-world.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

interface Plan {
  readonly count: number;
  readonly batch?: Partial<BatchRequest>;
  readonly after?: readonly (readonly number[])[];
}

interface Stage {
  readonly world: World;
  readonly process: Process;
  readonly id: string;
  readonly now: () => Batch;
  readonly statuses: () => readonly string[];
}

/** Members share no instance. */
async function stage({ count, batch = {}, after = [] }: Plan): Promise<Stage> {
  const world = new World();
  const process = world.boot();
  const requests = Array.from({ length: count }, (_, index) =>
    world.request({ sourceInstanceId: `rm-s${index}`, targetInstanceId: `rm-t${index}` }),
  );
  const { id } = await process.acceptBatch(requests, batch, after);
  const now = (): Batch => {
    const found = batchOf(id, world.redis);
    if (found === null) throw new Error('the batch is gone');
    return found;
  };
  return { world, process, id, now, statuses: () => world.migrations.map((one) => one.status) };
}

/** From now on imports end so. */
const ends = (world: World, succeeds: boolean): void =>
  void Object.assign(world.cloud.options, { succeeds });

/** `HH:MM` in UTC. */
const clock = (atMs: number): string => new Date(atMs).toISOString().slice(11, 16);

function expectNothingLeft({ world }: Stage): void {
  expect(world.redis.leases.size).toBe(0);
  expect(world.redis.outbox).toEqual([]);
  expect(world.queue.waiting).toEqual([]);
}

test('all run side by side, and the batch ends with the last', async () => {
  const on = await stage({ count: 6 });
  await on.process.work(MINUTE_MS);
  expect(on.statuses()).toEqual(Array(6).fill('importing'));
  await on.process.work(HOUR_MS);
  expect(batchStatusOf(on.now())).toBe('succeeded');
  expect(on.now().finishedAt).not.toBeNull();
  expectNothingLeft(on);
});

test('no more than the cap are in flight at any time, and the cap is used', async () => {
  const on = await stage({ count: 9, batch: { maxConcurrent: 3 } });
  const flights: number[] = [];
  for (let second = 0; second < 1_200; second += 1) {
    await on.process.work(1_000);
    on.world.clock.moveBy(1_000);
    flights.push(on.world.redis.leases.size / 2);
  }
  expect(Math.max(...flights)).toBe(3);
  expect(batchStatusOf(on.now())).toBe('succeeded');
});

test('a paused batch starts nothing, what runs goes on, and a resumed one goes on with the rest', async () => {
  const on = await stage({ count: 5, batch: { maxConcurrent: 2 } });
  await on.process.work(MINUTE_MS);
  await on.process.control.pause(TENANT, on.id);
  await on.process.work(HOUR_MS);
  expect(on.now().counts).toMatchObject({ succeeded: 2, queued: 3 });
  expect(batchStatusOf(on.now())).toBe('paused');
  await on.process.control.resume(TENANT, on.id);
  await on.process.work(HOUR_MS);
  expect(batchStatusOf(on.now())).toBe('succeeded');
  expectNothingLeft(on);
});

test('a paused batch gives back instances that nothing was submitted on', async () => {
  const on = await stage({ count: 1 });
  on.world.cloud.readFault = 'throttled';
  await on.process.work(5_000);
  expect(on.statuses()).toEqual(['checking']);
  await on.process.control.pause(TENANT, on.id);
  await on.process.work(10 * MINUTE_MS);
  expect(on.statuses()).toEqual(['queued']);
  expect(on.world.redis.leases.size).toBe(0);
});

test('a canceled batch submits nothing more; what runs goes on to its end', async () => {
  const on = await stage({ count: 5, batch: { maxConcurrent: 2 } });
  await on.process.work(MINUTE_MS);
  await on.process.control.cancel(TENANT, on.id);
  await on.process.work(HOUR_MS);
  expect(on.now().counts).toMatchObject({ succeeded: 2, canceled: 3 });
  expect(on.world.cloud.requests).toHaveLength(2);
  expect(batchStatusOf(on.now())).toBe('canceled');
  expect(on.world.migrations.at(-1)?.reason?.code).toBe('canceled_by_user');
  expectNothingLeft(on);
  await expect(on.process.control.resume(TENANT, on.id)).rejects.toThrow('has ended');
});

test('a batch that halts submits nothing after its first failure, and runs again when retried', async () => {
  const on = await stage({ count: 6, batch: { maxConcurrent: 2, onFailure: 'halt' } });
  ends(on.world, false);
  await on.process.work(HOUR_MS);
  expect(batchStatusOf(on.now())).toBe('halted');
  expect(on.world.cloud.requests.length).toBeLessThanOrEqual(3);
  const { failed, canceled } = on.now().counts;
  expect(failed + canceled).toBe(6);
  ends(on.world, true);
  await on.process.control.retryFailed(TENANT, on.id);
  await on.process.work(HOUR_MS);
  expect(batchStatusOf(on.now())).toBe('succeeded');
  expectNothingLeft(on);
});

test('one that depends on others starts after all of them succeeded', async () => {
  const on = await stage({ count: 4, after: [[], [0], [0], [1, 2]] });
  await on.process.work(HOUR_MS);
  expect(batchStatusOf(on.now())).toBe('succeeded');
  const place = new Map(on.world.migrations.map(({ id }, index) => [id, index]));
  const order = on.world.cloud.accepted.map(({ migrationId }) => place.get(migrationId));
  expect(order[0]).toBe(0);
  expect(order[3]).toBe(3);
  const [last, ...before] = on.world.cloud.accepted.toReversed();
  expect(last?.at).toBeGreaterThanOrEqual(Math.max(...before.map(({ endsAt }) => endsAt)));
});

test('what depends on a failure is never submitted, and all of it runs when retried', async () => {
  const on = await stage({ count: 4, after: [[3], [0], [1], []] });
  ends(on.world, false);
  await on.process.work(HOUR_MS);
  expect(on.statuses()).toEqual(['canceled', 'canceled', 'canceled', 'failed']);
  expect(on.world.migrations[2]?.reason?.code).toBe('dependency_failed');
  expect(batchStatusOf(on.now())).toBe('failed');
  ends(on.world, true);
  await on.process.control.retryFailed(TENANT, on.id);
  await on.process.work(HOUR_MS);
  expect(on.statuses()).toEqual(Array(4).fill('succeeded'));
  expect(on.world.migrations.map(({ attempt }) => attempt)).toEqual([2, 2, 2, 2]);
  expect(batchStatusOf(on.now())).toBe('succeeded');
  expectNothingLeft(on);
});

test('nothing is submitted outside of the window; what is left waits for the next one', async () => {
  const opens = START_MS + 2 * HOUR_MS;
  const closes = opens + 10 * MINUTE_MS;
  const window = {
    ...{ start: clock(opens), end: clock(closes), timeZone: 'UTC', days: null, fit: false },
  };
  const on = await stage({ count: 12, batch: { window, maxConcurrent: 1 } });
  expect(new Set(on.statuses())).toEqual(new Set(['scheduled']));
  await on.process.work(5 * HOUR_MS);
  const minute = (atMs: number): number => Math.floor(atMs / MINUTE_MS) * MINUTE_MS;
  const first = on.world.cloud.accepted.map(({ at }) => at);
  expect(Math.min(...first)).toBeGreaterThanOrEqual(minute(opens));
  expect(Math.max(...first)).toBeLessThan(minute(closes));
  expect(on.now().counts.scheduled).toBe(12 - first.length);
  expect(on.now().counts.scheduled).toBeGreaterThan(0);
  await on.process.work(80 * HOUR_MS);
  expect(batchStatusOf(on.now())).toBe('succeeded');
  for (const { at } of on.world.cloud.accepted) {
    const sinceOpening = (at - minute(opens)) % (24 * HOUR_MS);
    expect(sinceOpening).toBeLessThan(10 * MINUTE_MS);
  }
});

test('with fit, one that would not end inside of the window waits for the next', async () => {
  const opens = START_MS + 2 * HOUR_MS;
  const window = {
    ...{ start: clock(opens), end: clock(opens + 10 * MINUTE_MS), timeZone: 'UTC' },
    ...{ days: null, fit: true },
  };
  const world = new World({ cloud: { importMs: 4 * MINUTE_MS } });
  const process = world.boot();
  const pair = (name: string) =>
    world.request({ sourceInstanceId: `rm-s${name}`, targetInstanceId: `rm-t${name}` });
  for (const name of ['a', 'b', 'c']) await process.accept(pair(name));
  await process.work(HOUR_MS);
  const before = world.cloud.accepted.length;
  const rest = ['d', 'e', 'f'].map(pair);
  const { id } = await process.acceptBatch(rest, { window, maxConcurrent: 1 });
  await process.work(5 * HOUR_MS);
  const began = world.cloud.accepted.slice(before);
  expect(began.length).toBe(2);
  expect(batchOf(id, world.redis)?.counts).toMatchObject({ succeeded: 2, scheduled: 1 });
  await process.work(30 * HOUR_MS);
  expect(batchOf(id, world.redis)?.counts).toMatchObject({ succeeded: 3 });
});

test('when every wake-up is lost the sweep makes each again, of members and of the batch', async () => {
  const on = await stage({ count: 4, batch: { maxConcurrent: 2 }, after: [[], [], [], [0]] });
  on.world.redis.outbox = [];
  await on.process.work(2 * MINUTE_MS);
  expect(on.world.cloud.accepted.length).toBeGreaterThanOrEqual(2);
  for (const wake of on.world.queue.waiting) on.world.queue.take(wake);
  on.world.redis.outbox = [];
  await on.process.work(HOUR_MS);
  expect(on.statuses()).toEqual(Array(4).fill('succeeded'));
});
