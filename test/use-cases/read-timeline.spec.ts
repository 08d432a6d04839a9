// The timeline of a batch is made of what is on record, with what others run on its instances, once for all who look.
import { expect, test } from 'vitest';
import type { Bar } from '../../src/domain/batch-timeline.js';
import { LearnedDurations } from '../../src/use-cases/learned-durations.js';
import { ReadTimeline } from '../../src/use-cases/read-timeline.js';
import { Counting, tapped, type Tap } from '../support/crash.js';
import { MemoryBatchStore } from '../support/memory-batches.js';
import { MemoryDurationHistory, MemoryLeases, MemoryOutbox } from '../support/memory-leases.js';
import { TestPause } from '../support/memory-ports.js';
import { TENANT, World, type Process } from '../support/memory-world.js';

const MINUTE_MS = 60_000;

/** Three imports of half an hour each were seen. */
function stage(tap: Tap = new Counting()) {
  const world = new World();
  const process = world.boot();
  const { redis, clock } = world;
  const engine = world.cloud.options.engine;
  redis.samples = [1, 2, 3].map(() => ({ engine, bytes: null, durationMs: 30 * MINUTE_MS }));
  const batches = tapped(new MemoryBatchStore(redis, new MemoryOutbox(redis)), tap);
  const reading = new ReadTimeline(
    batches,
    tapped(process.store, tap),
    tapped(new MemoryLeases(redis), tap),
    new LearnedDurations(new MemoryDurationHistory(redis), clock),
    clock,
    new TestPause(clock),
  );
  return { world, process, reading, clock };
}

/** On one source; each has a target of its own. */
async function hubOf(world: World, process: Process, count: number): Promise<string> {
  const requests = Array.from({ length: count }, (_, index) =>
    world.request({ sourceInstanceId: 'rm-hub', targetInstanceId: `rm-t${index}` }),
  );
  return (await process.acceptBatch(requests)).id;
}

const kinds = (bars: readonly Bar[]): readonly string[] => bars.map(({ kind }) => kind);

test('what runs ends half an hour after its start, and what waits comes after it', async () => {
  const { world, process, reading, clock } = stage();
  const id = await hubOf(world, process, 3);
  await process.work(MINUTE_MS);
  const { bars, bound, instances } = await reading.find(TENANT, id);
  expect([...kinds(bars)].sort()).toEqual(['planned', 'planned', 'runs']);
  const started = world.migrations.find(({ status }) => status === 'importing')?.startedAt ?? 0;
  const ends = bars
    .map(({ finishAt }) => ((finishAt ?? 0) - started) / MINUTE_MS)
    .sort((a, b) => a - b);
  expect(ends).toEqual([30, 60, 90]);
  expect(bound).toEqual({ instanceId: 'rm-hub', finishAt: started + 90 * MINUTE_MS });
  expect(instances[0]).toMatchObject({ instanceId: 'rm-hub', isCritical: true });
  expect(instances[0]?.remainingMs).toBe(started + 90 * MINUTE_MS - clock.now());
});

test('waits for what another batch or another tenant runs on its instances, and does not show it', async () => {
  const { world, process, reading } = stage();
  const other = await process.accept(
    world.request({ sourceInstanceId: 'rm-hub', targetInstanceId: 'rm-x' }),
  );
  await process.work(MINUTE_MS);
  const started = world.redis.records.get(other)?.startedAt ?? 0;
  const id = await hubOf(world, process, 1);
  const { bars, instances } = await reading.find(TENANT, id);
  expect(bars).toHaveLength(1);
  expect(bars[0]?.startAt).toBe(started + 30 * MINUTE_MS);
  expect(instances.map(({ instanceId }) => instanceId)).toEqual(['rm-hub', 'rm-t0']);
});

test('is made once for all who look within a second, and anew after it or a decision about the batch', async () => {
  const tap = new Counting();
  const { world, process, reading, clock } = stage(tap);
  const id = await hubOf(world, process, 3);
  const made = (): number => tap.calls.filter((name) => name === 'members').length;
  const together = await Promise.all(Array.from({ length: 20 }, () => reading.find(TENANT, id)));
  expect(new Set(together).size).toBe(1);
  clock.moveBy(999);
  expect(await reading.find(TENANT, id)).toBe(together[0]);
  expect(made()).toBe(1);
  clock.moveBy(1);
  expect(await reading.find(TENANT, id)).not.toBe(together[0]);
  await process.control.pause(TENANT, id);
  const paused = await reading.find(TENANT, id);
  expect(made()).toBe(3);
  expect(paused.bars.every(({ startAt }) => startAt === null)).toBe(true);
});

test('one whose making failed is made anew', async () => {
  let isAway = true;
  const tap: Tap = {
    call: async (name, run) => {
      if (name === 'members' && isAway) throw new Error('away');
      return run();
    },
  };
  const { world, process, reading } = stage(tap);
  const id = await hubOf(world, process, 1);
  await expect(reading.find(TENANT, id)).rejects.toThrow('away');
  isAway = false;
  expect((await reading.find(TENANT, id)).bars).toHaveLength(1);
});

test('one that started while the others were read does not run beside the one that ended', async () => {
  let onHolders = async (): Promise<void> => {};
  const tap: Tap = {
    call: async (name, run) => {
      if (name === 'holders') await onHolders();
      return run();
    },
  };
  const { world, process, reading } = stage(tap);
  const id = await hubOf(world, process, 2);
  await process.work(MINUTE_MS);
  // All members have been read: now the first ends and the second takes its place.
  onHolders = async () => {
    onHolders = async () => {};
    await process.work(35 * MINUTE_MS);
  };
  const { bars } = await reading.find(TENANT, id);
  expect([...kinds(bars)].sort()).not.toEqual(['runs', 'runs']);
  const [first, second] = [...bars].sort((a, b) => (a.startAt ?? 0) - (b.startAt ?? 0));
  expect(first?.kind).toBe('ran');
  expect(first?.finishAt ?? Infinity).toBeLessThanOrEqual(second?.startAt ?? 0);
});

test('of another tenant is as a missing one', async () => {
  const { world, process, reading } = stage();
  const id = await hubOf(world, process, 1);
  await reading.find(TENANT, id);
  const gone = { code: 'not_found' };
  await expect(reading.find('somebody-else', id)).rejects.toMatchObject(gone);
  await expect(reading.find(TENANT, 'bat_none')).rejects.toMatchObject(gone);
});
