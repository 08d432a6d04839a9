// Decisions asked for at once are made together; each that is asked for is made, also after one that failed.
import { expect, test } from 'vitest';
import { HeldByBreaker } from '../../src/use-cases/held-by-breaker.js';
import { LearnedDurations } from '../../src/use-cases/learned-durations.js';
import { NoTracing } from '../../src/use-cases/ports-tracing.js';
import { StartMigrations } from '../../src/use-cases/start-migrations.js';
import { MemoryBatchStore } from '../support/memory-batches.js';
import { MemoryDurationHistory, MemoryLeases, MemoryOutbox } from '../support/memory-leases.js';
import { World } from '../support/memory-world.js';

class WatchedLeases extends MemoryLeases {
  readonly asked: (readonly string[])[] = [];
  failsOnce = false;

  override async waitersOn(instanceIds: readonly string[]) {
    this.asked.push([...instanceIds]);
    if (this.failsOnce) {
      this.failsOnce = false;
      throw new Error('Redis is away');
    }
    return super.waitersOn(instanceIds);
  }
}

async function queued(...pairs: readonly (readonly [string, string])[]) {
  const world = new World();
  const process = world.boot();
  for (const [sourceInstanceId, targetInstanceId] of pairs) {
    await process.accept(world.request({ sourceInstanceId, targetInstanceId }));
  }
  const { clock, redis, journal } = world;
  const leases = new WatchedLeases(redis);
  const batches = new MemoryBatchStore(redis, new MemoryOutbox(redis));
  const durations = new LearnedDurations(new MemoryDurationHistory(redis), clock);
  const held = new HeldByBreaker(world.breakers, process.store, world.pauses);
  const starting = new StartMigrations(
    process.store,
    leases,
    batches,
    durations,
    clock,
    journal,
    held,
    new NoTracing(),
  );
  const checking = (): number =>
    world.migrations.filter(({ status }) => status === 'checking').length;
  return { starting, leases, checking };
}

test('of many asked for at once two are made: the first, and one for all the others', async () => {
  const { starting, leases, checking } = await queued(['a', 'b'], ['c', 'd'], ['e', 'f']);
  await Promise.all([
    starting.startOn(['a', 'b']),
    starting.startOn(['c', 'd']),
    starting.startOn(['d', 'e']),
  ]);
  expect(leases.asked[0]).toEqual(['a', 'b']);
  expect(leases.asked[1]).toEqual(['c', 'd', 'e']);
  expect(checking()).toBe(3);
});

test('one asked for while another is made is made after it, not taken for done', async () => {
  const { starting, leases } = await queued(['a', 'b'], ['a', 'c']);
  const first = starting.startOn(['a']);
  const second = starting.startOn(['c']);
  await first;
  await second;
  expect(leases.asked.flat()).toContain('c');
});

test('one that fails fails whoever asked for it, and none of those that come after', async () => {
  const { starting, leases, checking } = await queued(['a', 'b'], ['c', 'd']);
  leases.failsOnce = true;
  const [first, second] = await Promise.allSettled([
    starting.startOn(['a', 'b']),
    starting.startOn(['c', 'd']),
  ]);
  expect([first.status, second.status]).toEqual(['rejected', 'fulfilled']);
  expect(checking()).toBe(1);
  await starting.startOn(['a', 'b']);
  expect(checking()).toBe(2);
});
