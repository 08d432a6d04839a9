// A freed instance goes to whoever is next on it; a lost wake-up is made again; nobody waits without a holder.
import { expect, test } from 'vitest';
import { World, type Process } from '../support/memory-world.js';

const HOUR_MS = 3_600_000;

const on = (world: World, [source, target]: readonly [string, string], priority = 0) =>
  world.request({
    ...{ sourceInstanceId: source, targetInstanceId: target, priority },
    databases: [{ source: `${source}-${target}`, target: `${source}-${target}` }],
  });

async function fleet(...pairs: readonly (readonly [string, string, number?])[]) {
  const world = new World();
  const process = world.boot();
  const ids: string[] = [];
  for (const [source, target, priority] of pairs) {
    ids.push(await process.accept(on(world, [source, target], priority)));
  }
  return { world, process, ids };
}

const statuses = (world: World): readonly string[] => world.migrations.map((one) => one.status);

/** The order in which upstream got them. */
const order = (world: World): readonly string[] =>
  world.cloud.accepted.map((one) => one.migrationId);

async function finish(world: World, process: Process): Promise<void> {
  await process.work(4 * HOUR_MS);
  expect(new Set(statuses(world))).toEqual(new Set(['succeeded']));
}

test('pairs that share nothing run together, those that share an instance one after the other', async () => {
  const { world, process } = await fleet(['a', 'b'], ['c', 'd'], ['a', 'd'], ['b', 'c']);
  await process.work(1_000);
  expect(statuses(world)).toEqual(['importing', 'importing', 'queued', 'queued']);
  await finish(world, process);
  expect(world.redis.leases.size).toBe(0);
});

test('a freed instance goes to the highest priority that waits on it', async () => {
  const { world, process, ids } = await fleet(['a', 'b']);
  await process.work(1_000);
  const low = await process.accept(on(world, ['a', 'c']));
  const high = await process.accept(on(world, ['a', 'd'], 9));
  await finish(world, process);
  expect(order(world)).toEqual([ids[0], high, low]);
});

test('of several that can start the one on the busiest instance starts first', async () => {
  const { world, process, ids } = await fleet(['a', 'b'], ['b', 'c'], ['c', 'd'], ['c', 'e']);
  const [first, onBusiest] = ids;
  await process.look({ to: 'schedule', migrationId: first ?? '', version: '1', atMs: 0 });
  const started = world.journal.steps.find(({ name }) => name === 'granted');
  // c has three waiting, b two.
  expect(started?.after.id).toBe(onBusiest);
});

test('one that starts later neither holds nor claims anything before its time', async () => {
  const world = new World();
  const process = world.boot();
  const later = await process.accept({
    ...on(world, ['a', 'b'], 100),
    notBefore: world.clock.now() + HOUR_MS,
  });
  const now = await process.accept(on(world, ['a', 'c']));
  await process.work(HOUR_MS / 2);
  expect(world.redis.records.get(now)?.status).toBe('succeeded');
  expect(world.redis.records.get(later)?.status).toBe('scheduled');
  await finish(world, process);
  const [, last] = world.cloud.accepted;
  expect(last?.at).toBeGreaterThanOrEqual(world.migrations[0]?.notBefore ?? Infinity);
});

test('when every wake-up is lost the sweep makes each again', async () => {
  const { world, process } = await fleet(['a', 'b'], ['a', 'c'], ['d', 'e']);
  world.redis.outbox = [];
  for (let hour = 0; hour < 40 && world.redis.unended.length > 0; hour += 1) {
    await process.work(30_000);
    world.redis.outbox = [];
    for (const wake of world.queue.waiting) world.queue.take(wake);
    world.clock.moveBy(60_000);
    await process.sweep();
  }
  expect(new Set(statuses(world))).toEqual(new Set(['succeeded']));
  expect(world.cloud.accepted).toHaveLength(3);
});

test('a wake-up delivered many times at once starts everything once', async () => {
  const { world, process, ids } = await fleet(['a', 'b'], ['a', 'c']);
  const other = world.boot();
  const wakes = [...ids, ...ids, ...ids].map((migrationId) => {
    return { to: 'schedule', migrationId, version: '1', atMs: 0 } as const;
  });
  await Promise.all(wakes.flatMap((wake) => [process.look(wake), other.look(wake)]));
  expect([...statuses(world)].sort()).toEqual(['checking', 'queued']);
  expect(world.journal.steps.filter(({ name }) => name === 'granted')).toHaveLength(1);
  await finish(world, process);
});
