// Stock tells what migrations wait for, each under one cause; it is taken once however many ask, and hangs on nobody.
import { expect, it } from 'vitest';
import { STATUSES, type Migration, type MigrationStatus } from '../../src/domain/migration.js';
import { HeldByBreaker } from '../../src/use-cases/held-by-breaker.js';
import { LearnedDurations } from '../../src/use-cases/learned-durations.js';
import { Pause } from '../../src/use-cases/ports.js';
import { Tallies, type Tally } from '../../src/use-cases/ports-stock.js';
import { ShowFigures } from '../../src/use-cases/show-figures.js';
import { TakeStock } from '../../src/use-cases/take-stock.js';
import { MemoryBatchStore } from '../support/memory-batches.js';
import { MemoryDurationHistory, MemoryLeases, MemoryOutbox } from '../support/memory-leases.js';
import { EMPTY_TALLY, MemoryTallies, PlainExposition } from '../support/memory-tallies.js';
import { World } from '../support/memory-world.js';

/** Counts the world's records, and gives out those of each status that are asked for first. */
function tallyOf(world: World, more: Partial<Tally> = {}): Tally {
  const all: readonly Migration[] = world.migrations;
  const idsOf = (status: MigrationStatus): string[] =>
    all.filter((one) => one.status === status).map(({ id }) => id);
  const counts = STATUSES.map((status) => [status, idsOf(status).length]);
  return {
    ...EMPTY_TALLY,
    statuses: Object.fromEntries(counts) as Tally['statuses'],
    samples: {
      ...{ scheduled: idsOf('scheduled'), queued: idsOf('queued'), checking: idsOf('checking') },
    },
    oldestImports: idsOf('importing'),
    ...more,
  };
}

function stockOf(world: World, tallies: Tallies): TakeStock {
  const { store } = world.boot();
  const batches = new MemoryBatchStore(world.redis, new MemoryOutbox(world.redis));
  const durations = new LearnedDurations(new MemoryDurationHistory(world.redis), world.clock);
  const held = new HeldByBreaker(world.breakers, store, world.pauses);
  const leases = new MemoryLeases(world.redis);
  return new TakeStock(tallies, store, leases, batches, durations, held, world.clock);
}

const pair = (name: string, more: object = {}) => ({
  ...{ sourceInstanceId: `rm-${name}src`, targetInstanceId: `rm-${name}dst` },
  ...more,
});

it('names one cause for each migration that was not submitted, and their number is that of those', async () => {
  const world = new World();
  const process = world.boot();
  await process.accept(world.request(pair('running')));
  await process.work(30_000);
  await process.accept(world.request(pair('later', { notBefore: world.clock.now() + 60_000 })));
  await process.accept(world.request(pair('behind', { sourceInstanceId: 'rm-runningsrc' })));
  await process.acceptBatch([world.request(pair('a')), world.request(pair('b'))], {}, [[], [0]]);
  await process.accept(world.request(pair('next')));
  const { waiting, statuses } = await stockOf(world, new MemoryTallies(tallyOf(world))).take();
  expect(statuses).toMatchObject({ importing: 1, scheduled: 1, queued: 4 });
  const seen = Object.entries(waiting).filter(([, count]) => count > 0);
  expect(Object.fromEntries(seen)).toEqual({ not_before: 1, instances: 1, dependency: 1, turn: 2 });
});

it('extrapolates from those that were read, and leaves out one that moved on meanwhile', async () => {
  const world = new World();
  const process = world.boot();
  const ids: string[] = [];
  for (const name of ['a', 'b', 'c']) ids.push(await process.accept(world.request(pair(name))));
  const { statuses } = tallyOf(world);
  const tally = { ...tallyOf(world), statuses: { ...statuses, queued: 9_000 } };
  const samples = { ...tally.samples, queued: [...ids, 'mig_dropped'] };
  const { waiting } = await stockOf(world, new MemoryTallies({ ...tally, samples })).take();
  expect(waiting.turn).toBe(9_000);
});

class Hangs extends Tallies {
  asked = 0;
  override async count(): Promise<Tally> {
    this.asked += 1;
    return new Promise(() => undefined);
  }
}

class NoPatience extends Pause {
  override async wait(): Promise<void> {}
}

class Patience extends Pause {
  override async wait(): Promise<void> {
    return new Promise(() => undefined);
  }
}

it('is taken once for all who ask within a moment', async () => {
  const world = new World();
  const tallies = new MemoryTallies();
  const exposition = new PlainExposition();
  const stock = stockOf(world, tallies);
  const figures = new ShowFigures(stock, exposition, world.clock, new Patience());
  await Promise.all(Array.from({ length: 50 }, () => figures.show()));
  expect(tallies.taken).toBe(1);
  world.clock.moveBy(1_500);
  await figures.show();
  expect(tallies.taken).toBe(2);
  expect(exposition.shown).not.toContain(null);
});

it('a store that hangs is asked once, and everybody is told what the process knows', async () => {
  const world = new World();
  const tallies = new Hangs();
  const exposition = new PlainExposition();
  const stock = stockOf(world, tallies);
  const figures = new ShowFigures(stock, exposition, world.clock, new NoPatience());
  for (let times = 0; times < 5; times += 1) await figures.show();
  expect(exposition.shown).toEqual([null, null, null, null, null]);
  expect(tallies.asked).toBe(1);
});
