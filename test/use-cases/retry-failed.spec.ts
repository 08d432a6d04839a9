// `retry-failed` is a decision on record that workers carry out: once for each member, whatever dies on the way.
import { expect, test } from 'vitest';
import { batchStatusOf, type Batch, type BatchRequest } from '../../src/domain/batch.js';
import { batchOf } from '../support/memory-batches.js';
import { Counting, Crash, crashAfter, crashBefore } from '../support/crash.js';
import { CALLER, TENANT, World, type Process } from '../support/memory-world.js';

const HOUR_MS = 3_600_000;

interface Stage {
  readonly world: World;
  readonly process: Process;
  readonly id: string;
  readonly now: () => Batch;
  readonly statuses: () => readonly string[];
  readonly attempts: () => readonly number[];
}

async function stage(
  count: number,
  after: readonly (readonly number[])[] = [],
  batch: Partial<BatchRequest> = {},
): Promise<Stage> {
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
  return {
    ...{ world, process, id, now },
    statuses: () => world.migrations.map(({ status }) => status),
    attempts: () => world.migrations.map(({ attempt }) => attempt),
  };
}

const ends = (world: World, succeeds: boolean): void =>
  void Object.assign(world.cloud.options, { succeeds });

async function failed(count: number, after: readonly (readonly number[])[] = []): Promise<Stage> {
  const on = await stage(count, after);
  ends(on.world, false);
  await on.process.work(2 * HOUR_MS);
  return on;
}

const AFTER_EACH_OTHER = [[], [0], [1], []];

test('it is answered without touching a member, and says that the batch goes on', async () => {
  const on = await failed(30);
  expect(batchStatusOf(on.now())).toBe('failed');
  const tap = new Counting();
  const { batch } = await on.world.boot(tap).control.retryFailed(TENANT, on.id);
  expect(tap.calls.filter((name) => name === 'apply')).toEqual([]);
  expect(batchStatusOf(batch)).toBe('running');
  expect(batch.finishedAt).toBeNull();
  ends(on.world, true);
  await on.process.work(2 * HOUR_MS);
  expect(on.now()).toMatchObject({ counts: { succeeded: 30 } });
  expect(on.now().finishedAt).not.toBeNull();
});

test('asked twice is asked once', async () => {
  const on = await failed(4, AFTER_EACH_OTHER);
  await on.process.control.retryFailed(TENANT, on.id);
  await on.world.boot().control.retryFailed(TENANT, on.id);
  await on.process.work(3 * HOUR_MS);
  expect(on.attempts()).toEqual([2, 2, 2, 2]);
  expect(batchStatusOf(on.now())).toBe('failed');
  expect(on.now().finishedAt).not.toBeNull();
});

test('two workers that carry it out at the same time make one new attempt of each', async () => {
  const on = await failed(6);
  await on.process.control.retryFailed(TENANT, on.id);
  const wake = { to: 'schedule', migrationId: on.id, version: '9', atMs: 0 } as const;
  await Promise.all([on.process.look(wake), on.world.boot().look(wake)]);
  expect(on.attempts()).toEqual(Array(6).fill(2));
  await on.process.work(2 * HOUR_MS);
  expect(on.attempts()).toEqual(Array(6).fill(2));
});

test.each([
  ['before', crashBefore],
  ['after', crashAfter],
] as const)('a worker that dies %s any call of it loses and doubles nothing', async (_, crash) => {
  for (let call = 1; ; call += 1) {
    const on = await failed(4, AFTER_EACH_OTHER);
    await on.process.control.retryFailed(TENANT, on.id);
    ends(on.world, true);
    const wake = { to: 'schedule', migrationId: on.id, version: '9', atMs: 0 } as const;
    const died = await on.world
      .boot(crash(call))
      .look(wake)
      .then(
        () => false,
        (error: unknown) => error instanceof Crash,
      );
    // Its job is lost as well: the sweep alone makes the wake-up again.
    on.world.redis.outbox = [];
    for (const waiting of on.world.queue.waiting) on.world.queue.take(waiting);
    on.world.clock.moveBy(120_000);
    await on.process.sweep();
    await on.process.work(4 * HOUR_MS);
    expect([on.statuses(), on.attempts()]).toEqual([Array(4).fill('succeeded'), [2, 2, 2, 2]]);
    expect(on.now().retryRound).toBeUndefined();
    if (!died) return;
  }
});

test('a batch that halts again on the way keeps what was not tried again as it is', async () => {
  const on = await stage(6, [], { onFailure: 'halt', maxConcurrent: 1 });
  ends(on.world, false);
  await on.process.work(2 * HOUR_MS);
  expect(on.now()).toMatchObject({ gate: 'halted', counts: { failed: 1, canceled: 5 } });
  await on.process.control.retryFailed(TENANT, on.id);
  await on.process.work(2 * HOUR_MS);
  expect(on.now()).toMatchObject({ gate: 'halted', counts: { failed: 1, canceled: 5 } });
  expect(on.now().retryRound).toBeUndefined();
  ends(on.world, true);
  await on.process.control.retryFailed(TENANT, on.id);
  await on.process.work(4 * HOUR_MS);
  expect(on.now()).toMatchObject({ counts: { succeeded: 6 } });
});

test('what only a canceled dependency is to blame for is refused with that reason', async () => {
  const on = await stage(3, [[], [0], []]);
  const [a = ''] = on.world.migrations.map(({ id }) => id);
  await on.process.steering.cancel(CALLER, a);
  await on.process.work(2 * HOUR_MS);
  expect(on.statuses()).toEqual(['canceled', 'canceled', 'succeeded']);
  await expect(on.process.control.retryFailed(TENANT, on.id)).rejects.toThrow(
    'wait for others that were canceled on request: retry those first',
  );
  expect(on.attempts()).toEqual([1, 1, 1]);
  await on.process.steering.retry(CALLER, a);
  await on.process.control.retryFailed(TENANT, on.id);
  await on.process.work(2 * HOUR_MS);
  expect(on.statuses()).toEqual(Array(3).fill('succeeded'));
});

test('beside others it stays as it is, and they are tried again', async () => {
  const on = await stage(4, [[], [0], [], [2]]);
  const [a = ''] = on.world.migrations.map(({ id }) => id);
  await on.process.steering.cancel(CALLER, a);
  ends(on.world, false);
  await on.process.work(2 * HOUR_MS);
  expect(on.statuses()).toEqual(['canceled', 'canceled', 'failed', 'canceled']);
  ends(on.world, true);
  await on.process.control.retryFailed(TENANT, on.id);
  await on.process.work(2 * HOUR_MS);
  expect(on.statuses()).toEqual(['canceled', 'canceled', 'succeeded', 'succeeded']);
  expect(on.attempts()).toEqual([1, 1, 2, 2]);
});

test('a batch all of whose members were canceled one by one is canceled', async () => {
  const on = await stage(3);
  for (const { id } of on.world.migrations) await on.process.steering.cancel(CALLER, id);
  await on.process.work(HOUR_MS);
  expect(on.now()).toMatchObject({ gate: 'open', counts: { canceled: 3, failed: 0 } });
  expect(on.now().finishedAt).not.toBeNull();
  expect(batchStatusOf(on.now())).toBe('canceled');
  const refused = on.process.control.retryFailed(TENANT, on.id);
  await expect(refused).rejects.toThrow('No migration of the batch has failed');
});

test('a batch that is canceled before it was carried out tries nothing again', async () => {
  const on = await failed(3);
  await on.process.control.retryFailed(TENANT, on.id);
  await on.process.control.cancel(TENANT, on.id);
  await on.process.work(2 * HOUR_MS);
  expect(on.attempts()).toEqual([1, 1, 1]);
  expect(batchStatusOf(on.now())).toBe('canceled');
});
