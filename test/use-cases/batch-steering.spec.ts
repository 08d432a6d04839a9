// A batch that is steered: a halt that a pause put off, a cancel that also cancels what runs, windows that close meanwhile.
import { describe, expect, test } from 'vitest';
import { batchStatusOf, type Batch, type BatchRequest } from '../../src/domain/batch.js';
import { batchOf } from '../support/memory-batches.js';
import { START_MS } from '../support/memory-ports.js';
import { CALLER, TENANT, World, type Process, type WorldOptions } from '../support/memory-world.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const ENGINES = ['MySQL', 'SQLServer'] as const;

interface Stage {
  readonly world: World;
  readonly process: Process;
  readonly id: string;
  readonly now: () => Batch;
}

async function stage(
  count: number,
  batch: Partial<BatchRequest>,
  options: WorldOptions = {},
): Promise<Stage> {
  const world = new World(options);
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
  return { world, process, id, now };
}

const codes = ({ world }: Stage): readonly (string | null)[] =>
  world.migrations.map(({ status, reason }) =>
    status === 'canceled' ? (reason?.code ?? null) : status,
  );

describe('a failure while the batch is paused, with onFailure "halt"', () => {
  async function failedWhilePaused(): Promise<Stage> {
    const on = await stage(4, { maxConcurrent: 2, onFailure: 'halt' });
    await on.process.work(MINUTE_MS);
    await on.process.control.pause(TENANT, on.id);
    Object.assign(on.world.cloud.options, { succeeds: false });
    on.world.cloud.accepted.forEach(
      (one, index, all) => (all[index] = { ...one, succeeds: false }),
    );
    await on.process.work(HOUR_MS);
    expect(on.now().counts).toMatchObject({ failed: 2, queued: 2 });
    expect(batchStatusOf(on.now())).toBe('paused');
    Object.assign(on.world.cloud.options, { succeeds: true });
    return on;
  }

  test('halts it when it is resumed: nothing more is submitted', async () => {
    const on = await failedWhilePaused();
    const resumed = await on.process.control.resume(TENANT, on.id);
    expect(batchStatusOf(resumed.batch)).toBe('halted');
    await on.process.work(HOUR_MS);
    expect(codes(on)).toEqual(['failed', 'failed', 'batch_halted', 'batch_halted']);
    expect(on.world.cloud.requests).toHaveLength(2);
    await on.process.control.retryFailed(TENANT, on.id);
    await on.process.work(HOUR_MS);
    expect(batchStatusOf(on.now())).toBe('succeeded');
  });

  test('halts nothing any more once what failed was retried', async () => {
    const on = await failedWhilePaused();
    await on.process.control.retryFailed(TENANT, on.id);
    expect(batchStatusOf(on.now())).toBe('paused');
    expect(batchStatusOf((await on.process.control.resume(TENANT, on.id)).batch)).toBe('running');
    await on.process.work(HOUR_MS);
    expect(batchStatusOf(on.now())).toBe('succeeded');
  });
});

describe.each(ENGINES)('a canceled batch of %s', (engine) => {
  const running = async (): Promise<Stage> => {
    const on = await stage(3, { maxConcurrent: 2 }, { cloud: { engine, importMs: HOUR_MS } });
    await on.process.work(MINUTE_MS);
    expect(on.now().counts).toMatchObject({ importing: 2, queued: 1 });
    return on;
  };

  test('is canceling while its imports finish, and canceled after the last', async () => {
    const on = await running();
    const asked = await on.process.control.cancel(TENANT, on.id);
    expect(batchStatusOf(asked.batch)).toBe('canceling');
    await on.process.work(10 * MINUTE_MS);
    expect(on.now()).toMatchObject({ finishedAt: null, counts: { importing: 2, canceled: 1 } });
    expect(batchStatusOf(on.now())).toBe('canceling');
    await on.process.work(2 * HOUR_MS);
    expect(on.now().counts).toMatchObject({ succeeded: 2, canceled: 1 });
    expect(batchStatusOf(on.now())).toBe('canceled');
    expect(on.now().finishedAt).not.toBeNull();
    const told = on.world.redis.told
      .map(({ type }) => type)
      .filter((type) => type !== 'batch.progress');
    expect(told).toEqual(['batch.running', 'batch.canceling', 'batch.canceled']);
  });

  test.each([
    { asks: 'at once', twice: false },
    { asks: 'after all', twice: true },
  ])(
    'cancels what runs when that is asked for ($asks), as far as upstream can',
    async ({ twice }) => {
      const on = await running();
      // The process that takes the request does nothing more.
      const api = on.world.boot();
      if (twice) await api.control.cancel(TENANT, on.id);
      await api.control.cancel(TENANT, on.id, 'cancel');
      await on.process.work(3 * HOUR_MS);
      const isCanceled = engine === 'SQLServer';
      expect(codes(on)).toEqual(
        isCanceled
          ? ['canceled_by_user', 'canceled_by_user', 'canceled_by_user']
          : ['succeeded', 'succeeded', 'canceled_by_user'],
      );
      expect(on.world.cloud.cancels.asked).toHaveLength(isCanceled ? 2 : 0);
      expect(batchStatusOf(on.now())).toBe('canceled');
      expect(on.world.migrations.every(({ reason }) => reason?.code !== 'cancel_refused')).toBe(
        true,
      );
    },
  );

  test('cancels an import whose call was under way, once it is known', async () => {
    const on = await stage(1, {}, { cloud: { engine, importMs: HOUR_MS } });
    on.world.cloud.faults.push('reply_lost');
    await on.process.work(0);
    expect(on.now().counts.submitting).toBe(1);
    await on.process.control.cancel(TENANT, on.id, 'cancel');
    await on.process.work(3 * HOUR_MS);
    expect(codes(on)).toEqual([engine === 'SQLServer' ? 'canceled_by_user' : 'succeeded']);
    expect(batchStatusOf(on.now())).toBe('canceled');
  });

  test('that has ended stays as it is', async () => {
    const on = await stage(1, {}, { cloud: { engine } });
    await on.process.work(HOUR_MS);
    await expect(on.process.control.cancel(TENANT, on.id, 'cancel')).rejects.toThrow('has ended');
    expect(batchStatusOf(on.now())).toBe('succeeded');
  });
});

describe('a window', () => {
  const text = (atMs: number): string => new Date(atMs).toISOString().slice(11, 16);
  const OPENS = Math.floor(START_MS / MINUTE_MS) * MINUTE_MS - HOUR_MS;
  const windowTo = (closes: number) => ({
    ...{ start: text(OPENS), end: text(closes), timeZone: 'UTC', days: null, fit: false },
  });

  test('that closes before the call leaves is looked at again: nothing is sent', async () => {
    const closes = OPENS + 2 * HOUR_MS;
    const world = new World();
    const sent: number[] = [];
    world.cloud.onRequest = () => sent.push(world.clock.now());
    const process = world.boot({
      call: async (name, run) => {
        const result = await run();
        // The write of the intent takes a second, and Redis confirms it later.
        if (name === 'confirm' && world.clock.now() < closes) world.clock.moveTo(closes + 1);
        return result;
      },
    });
    world.clock.moveTo(closes - 1_000);
    await process.acceptBatch([world.request()], { window: windowTo(closes) });
    await process.work(HOUR_MS);
    expect(sent).toEqual([]);
    expect(world.migrations).toMatchObject([{ status: 'scheduled' }]);
    await process.work(30 * HOUR_MS);
    expect(world.migrations).toMatchObject([{ status: 'succeeded' }]);
  });

  test('that closes gives the instances to whoever waits for them, at once', async () => {
    const closes = OPENS + 2 * HOUR_MS;
    const world = new World();
    const process = world.boot();
    world.clock.moveTo(closes - 1_000);
    world.cloud.readFault = 'throttled';
    await process.acceptBatch([world.request()], { window: windowTo(closes) });
    await process.work(0);
    expect(world.migrations).toMatchObject([{ status: 'checking' }]);
    const other = await process.accept(world.request({ allowDuplicate: true }));
    world.cloud.readFault = null;
    await process.work(15_000);
    expect(world.redis.records.get(other)?.status).toBe('importing');
  });
});

test('a person may cancel a member by name although its batch only wants to know whether it runs', async () => {
  const on = await stage(1, {}, { cloud: { importMs: 2 * HOUR_MS } });
  const before = on.world.redis.snapshot();
  await on.process.work(10 * MINUTE_MS);
  on.world.redis.loseSince(before);
  await on.process.durability.rollback();
  await on.process.control.cancel(TENANT, on.id);
  await on.process.work(0);
  const [member] = on.world.migrations;
  expect(member).toMatchObject({ status: 'checking', cancel: { ifRunning: 'finish' } });
  await on.process.steering.cancel(CALLER, member?.id ?? '');
  await on.process.work(6 * HOUR_MS);
  expect(codes(on)).toEqual(['canceled_by_user']);
  expect(on.world.cloud.cancels.asked).toHaveLength(1);
});
