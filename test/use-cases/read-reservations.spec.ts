// Who holds the instances and what comes to a target: as each asker may know it, and as it concerns each.
import { describe, expect, test } from 'vitest';
import type { Migration } from '../../src/domain/migration.js';
import { ReadReservations, type Standing } from '../../src/use-cases/read-reservations.js';
import { MemoryLeases } from '../support/memory-leases.js';
import { TestPause } from '../support/memory-ports.js';
import { TENANT, World, type Process } from '../support/memory-world.js';
import { GB } from '../support/preflight-facts.js';

const pair = (source: string, target: string) => ({
  ...{ sourceInstanceId: `rm-${source}`, targetInstanceId: `rm-${target}` },
});

interface Stage {
  readonly world: World;
  readonly process: Process;
  readonly accept: (source: string, target: string) => Promise<string>;
  readonly record: (id: string) => Migration;
  readonly read: (
    pairs: readonly ReturnType<typeof pair>[],
    asker?: { tenant?: string; migration?: Migration | null },
  ) => Promise<Standing>;
}

function stage(): Stage {
  const world = new World();
  const process = world.boot();
  const reading = new ReadReservations(
    process.store,
    new MemoryLeases(world.redis),
    new TestPause(world.clock),
  );
  return {
    ...{ world, process },
    accept: (source, target) => process.accept(world.request(pair(source, target))),
    record: (id) => {
      const record = world.redis.records.get(id);
      if (record === undefined) throw new Error(`there is no ${id}`);
      return record;
    },
    read: (pairs, asker = {}) => reading.read(pairs, { tenant: TENANT, migration: null, ...asker }),
  };
}

const SECONDS = 1_000;

describe('who holds an instance', () => {
  test('is told to its own tenant, and to another that somebody does', async () => {
    const on = stage();
    const id = await on.accept('a', 't');
    await on.process.work(5 * SECONDS);
    const held = [pair('b', 't'), pair('a', 'c')];
    const ours = await on.read(held);
    expect(Object.fromEntries(ours.heldBy)).toEqual({ 'rm-a': id, 'rm-t': id });
    const theirs = await on.read(held, { tenant: 'other' });
    expect(Object.fromEntries(theirs.heldBy)).toEqual({ 'rm-a': null, 'rm-t': null });
  });

  test('is not a migration itself', async () => {
    const on = stage();
    const id = await on.accept('a', 't');
    await on.process.work(5 * SECONDS);
    const migration = on.record(id);
    const standing = await on.read([migration], { migration });
    expect(standing.heldBy.size).toBe(0);
    expect(standing.reservedOn(migration).migrations).toBe(0);
  });
});

describe('what comes to a target', () => {
  test('is certain of a holder that moves all of its source', async () => {
    const on = stage();
    await on.accept('a', 't');
    await on.process.work(5 * SECONDS);
    const standing = await on.read([pair('b', 't')]);
    expect(standing.reservedOn(pair('b', 't'))).toEqual({
      ...{ exactBytes: 10 * GB, atMostBytes: 0, migrations: 1, unknownSources: 0 },
    });
  });

  test('is at most all data of a holder that moves a part of its source', async () => {
    const on = stage();
    on.world.cloud.seed({ ...pair('a', 'x'), databases: [{ source: 'more', target: 'more' }] });
    await on.accept('a', 't');
    await on.process.work(5 * SECONDS);
    const standing = await on.read([pair('b', 't')]);
    expect(standing.reservedOn(pair('b', 't'))).toMatchObject({
      ...{ exactBytes: 0, atMostBytes: 10 * GB, migrations: 1 },
    });
  });

  test('is nothing of a holder that only takes from it, and nothing on other targets', async () => {
    const on = stage();
    await on.accept('t', 'a');
    await on.process.work(5 * SECONDS);
    const standing = await on.read([pair('b', 't'), pair('b', 'u')]);
    expect(standing.heldBy.has('rm-t')).toBe(true);
    expect(standing.reservedOn(pair('b', 't')).migrations).toBe(0);
    expect(standing.reservedOn(pair('b', 'u')).migrations).toBe(0);
  });

  test('is at most the data of every source that waits for it, each once, but for the own', async () => {
    const on = stage();
    for (const source of ['a', 'c', 'c', 'd', 'e']) {
      await on.process.accept(
        on.world.request({ ...pair(source, 't'), labels: {}, allowDuplicate: true }),
      );
    }
    on.world.redis.sizes.set('rm-a', 1).set('rm-c', 2).set('rm-d', 4);
    const standing = await on.read([pair('b', 't'), pair('c', 't')]);
    expect(standing.reservedOn(pair('b', 't'))).toEqual({
      ...{ exactBytes: 0, atMostBytes: 7, migrations: 5, unknownSources: 1 },
    });
    expect(standing.reservedOn(pair('c', 't')).atMostBytes).toBe(5);
  });

  test('is for a migration of its own only what was queued before it', async () => {
    const on = stage();
    const ids: string[] = [];
    for (const [index, source] of ['a', 'b', 'c', 'd'].entries()) {
      ids.push(await on.accept(source, 't'));
      on.world.redis.sizes.set(`rm-${source}`, 10 ** index);
      // The third and the fourth are queued at one time: then the ids tell.
      if (index < 2) on.world.clock.moveBy(1);
    }
    const seen = await Promise.all(
      ids.map(async (id) => {
        const migration = on.record(id);
        return (await on.read([migration], { migration })).reservedOn(migration).atMostBytes;
      }),
    );
    expect(seen).toEqual([0, 1, 11, 111]);
  });

  test('is read of many targets as of one', async () => {
    const on = stage();
    for (let n = 0; n < 450; n += 1) await on.accept(`a${n}`, `t${n}`);
    const pairs = Array.from({ length: 450 }, (_, n) => pair('b', `t${n}`));
    const standing = await on.read(pairs);
    expect(pairs.map((one) => standing.reservedOn(one).migrations)).toEqual(Array(450).fill(1));
  });
});
