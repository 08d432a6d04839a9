// What ended RETENTION_DAYS ago is dropped, all of it and nothing else, wherever the process dies on the way.
import { describe, expect, test } from 'vitest';
import { startMigration, transition } from '../../src/domain/migration-step.js';
import type { Migration } from '../../src/domain/migration.js';
import { DropEnded } from '../../src/use-cases/drop-ended.js';
import { Counting, Crash, crashAfter, crashBefore, tapped, type Tap } from '../support/crash.js';
import { MemoryBatchStore } from '../support/memory-batches.js';
import { MemoryEventLog } from '../support/memory-events.js';
import { MemoryOutbox } from '../support/memory-leases.js';
import { START_MS, TestShutdown } from '../support/memory-ports.js';
import { MemoryRetention } from '../support/memory-retention.js';
import { CALLER, TENANT, World, type Process } from '../support/memory-world.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

interface Stage {
  readonly world: World;
  readonly process: Process;
  readonly log: MemoryEventLog;
  readonly shutdown: TestShutdown;
  /** One round of a process with this tap. */
  readonly drop: (tap?: Tap) => Promise<void>;
}

function stage(): Stage {
  const world = new World();
  const process = world.boot();
  const log = new MemoryEventLog();
  const shutdown = new TestShutdown();
  const drop = async (tap: Tap = new Counting()): Promise<void> => {
    const batches = new MemoryBatchStore(world.redis, new MemoryOutbox(world.redis));
    const dropping = new DropEnded(
      tapped(new MemoryRetention(world.redis), tap),
      tapped(process.store, tap),
      tapped(batches, tap),
      tapped(log, tap),
      world.settings,
      world.clock,
      shutdown,
    );
    await dropping.drop();
  };
  return { world, process, log, shutdown, drop };
}

const requestsOf = (world: World, count: number) =>
  Array.from({ length: count }, (_, index) =>
    world.request({ sourceInstanceId: `rm-s${index}`, targetInstanceId: `rm-t${index}` }),
  );

/** One migration on its own and a batch of three, all ended within the hour. */
async function ended(): Promise<Stage & { readonly alone: string; readonly batchId: string }> {
  const on = stage();
  const alone = await on.process.accept(on.world.request());
  const { id: batchId } = await on.process.acceptBatch(requestsOf(on.world, 3), {}, [[], [0], []]);
  await on.process.work(HOUR_MS);
  const batch = on.world.redis.batches.get(batchId);
  if (batch?.finishedAt == null) throw new Error('the batch has not ended');
  return { ...on, alone, batchId };
}

const kept = ({ world }: Stage): number => world.redis.records.size + world.redis.batches.size;

test('nothing goes before its time, and everything after it', async () => {
  const on = await ended();
  const last = Math.max(...on.world.migrations.map(({ finishedAt }) => finishedAt ?? 0));
  on.world.clock.moveTo(START_MS + 90 * DAY_MS);
  await on.drop();
  expect(kept(on)).toBe(5);
  on.world.clock.moveTo(last + 90 * DAY_MS + HOUR_MS);
  await on.drop();
  expect(kept(on)).toBe(0);
  expect(on.world.redis.histories.size).toBe(0);
  await expect(on.process.reading.find(TENANT, on.alone)).rejects.toMatchObject({
    code: 'not_found',
  });
});

test('what has not ended stays however old it is', async () => {
  const on = stage();
  const later = on.world.clock.now() + 365 * DAY_MS;
  const waiting = await on.process.accept(on.world.request({ notBefore: later }));
  on.world.clock.moveTo(later - DAY_MS);
  await on.drop();
  expect(on.world.redis.records.has(waiting)).toBe(true);
});

test('of events those go that were written before the time of what is kept', async () => {
  const on = stage();
  const event = { type: 'migration.queued', tenant: TENANT, data: {} } as const;
  on.log.add({ ...event, at: START_MS }, START_MS);
  const young = on.log.add({ ...event, at: START_MS }, START_MS + 2 * DAY_MS);
  on.world.clock.moveTo(START_MS + 91 * DAY_MS);
  await on.drop();
  const [first] = (await on.log.after(await on.log.newestId(), 10)) ?? [];
  expect(first).toBeUndefined();
  const last = await on.log.after(young.id.replace(/.$/, '0'), 10);
  expect(last?.map(({ id }) => id)).toEqual([young.id]);
});

describe('a process that dies', () => {
  test.each(['before', 'after'] as const)(
    '%s any of its calls leaves what another one drops',
    async (side) => {
      for (let call = 1; ; call += 1) {
        const on = await ended();
        on.world.clock.moveBy(91 * DAY_MS);
        const tap = side === 'before' ? crashBefore(call) : crashAfter(call);
        const died = await on.drop(tap).then(
          () => false,
          (error: unknown) => error instanceof Crash,
        );
        // A batch is never gone before its members.
        const isGone = !on.world.redis.batches.has(on.batchId);
        const orphans = on.world.migrations.filter(({ batchId }) => batchId !== null && isGone);
        expect(orphans).toEqual([]);
        await on.drop();
        expect(kept(on)).toBe(0);
        if (!died) return;
      }
    },
  );
});

test('one that cannot be read is told at the end, and is in nobody else’s way', async () => {
  const on = await ended();
  on.world.clock.moveBy(91 * DAY_MS);
  let tried = 0;
  const broken: Tap = {
    call: async (name, run) => {
      const result = await run();
      const isIt = (result as { id?: string } | null)?.id === on.alone;
      if (name === 'find' && isIt) {
        tried += 1;
        throw new Error('broken');
      }
      return result;
    },
  };
  await expect(on.drop(broken)).rejects.toThrow('broken');
  expect(tried).toBe(1);
  expect([...on.world.redis.records.keys()]).toEqual([on.alone]);
  await on.drop();
  expect(kept(on)).toBe(0);
});

test('a member that is wanted again stays with its batch, and does not run on what is not kept', async () => {
  const on = stage();
  Object.assign(on.world.cloud.options, { succeeds: false });
  const { id } = await on.process.acceptBatch(requestsOf(on.world, 2), {}, [[], [0]]);
  await on.process.work(HOUR_MS);
  const [first, second] = on.world.migrations;
  expect(second?.reason?.code).toBe('dependency_failed');
  on.world.clock.moveBy(91 * DAY_MS);
  // Dies between its two members.
  const { redis, clock } = on.world;
  await new MemoryRetention(redis).dropMigration(first as Migration, clock.now() - 90 * DAY_MS);
  await on.process.steering.retry(CALLER, second?.id ?? '');
  await on.drop();
  expect(redis.batches.has(id)).toBe(true);
  expect(redis.records.get(second?.id ?? '')?.status).toBe('queued');
  await on.process.work(HOUR_MS);
  expect(redis.records.get(second?.id ?? '')).toMatchObject({
    status: 'canceled',
    reason: { code: 'dependency_failed', message: expect.stringContaining('not kept') as string },
  });
});

describe('many', () => {
  function withMany(count: number): Stage {
    const on = stage();
    for (let index = 0; index < count; index += 1) {
      const request = on.world.request({ allowDuplicate: true });
      const id = on.world.ids.make('mig', START_MS + index);
      const identity = { id, tenant: TENANT, requestId: 'req-1', batchId: null, dependsOn: [] };
      const { migration } = startMigration(request, identity, START_MS);
      on.world.redis.records.set(id, transition(migration, 'withdrawn', START_MS + index).after);
    }
    on.world.clock.moveTo(START_MS + 91 * DAY_MS);
    return on;
  }

  test('go in rounds of bounded length, the first ended first', async () => {
    const on = withMany(5_100);
    await on.drop();
    expect(on.world.migrations).toHaveLength(100);
    expect(on.world.migrations[0]?.finishedAt).toBe(START_MS + 5_000);
    await on.drop();
    expect(on.world.migrations).toEqual([]);
  });

  test('do not keep a process from stopping', async () => {
    const on = withMany(50);
    const tap: Tap = {
      call: async (name, run) => {
        if (name === 'dropMigration') on.shutdown.isUnderWay = true;
        return run();
      },
    };
    await on.drop(tap);
    expect(on.world.migrations).toHaveLength(49);
  });

  test('that are not due cost one question, and a look at what nobody needs', async () => {
    const on = stage();
    await on.process.accept(on.world.request());
    const tap = new Counting();
    await on.drop(tap);
    expect(tap.calls).toEqual(['dropBefore', 'endedBy', 'dropUnused']);
  });
});
