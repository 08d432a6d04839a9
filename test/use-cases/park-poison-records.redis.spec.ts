// What counts as a try, what clears it, and that nobody is parked for another's crash.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { RedisKeys } from '../../src/adapters/redis-keys.js';
import { RedisLookTries } from '../../src/adapters/redis-look-tries.js';
import { resume } from '../../src/domain/migration-step.js';
import { LEFT_ALONE_MS, LONGEST_LOOK_MS, MAX_TRIES } from '../../src/domain/policy.js';
import { ParkPoisonRecords } from '../../src/use-cases/park-poison-records.js';
import { TestShutdown } from '../support/memory-ports.js';
import { World } from '../support/memory-world.js';
import { testRedis, type TestRedis } from '../support/redis.js';

let redis: TestRedis;
beforeAll(async () => {
  redis = await testRedis();
});
afterAll(() => redis.close());

let world: World;
let tries: RedisLookTries;
let made = 0;
beforeEach(() => {
  world = new World();
  made += 1;
  tries = new RedisLookTries(redis.redis, new RedisKeys(`${redis.prefix}:${made}`), world.clock);
});

/** One process: what it shares with the others is the store. */
function processOf(shutdown = new TestShutdown()): ParkPoisonRecords {
  const { clock, journal } = world;
  return new ParkPoisonRecords(world.boot().store, tries, clock, journal, shutdown);
}

async function accepted(pair = 'a'): Promise<string> {
  return world
    .boot()
    .accept(world.request({ sourceInstanceId: `rm-${pair}1`, targetInstanceId: `rm-${pair}2` }));
}

const failing = async (): Promise<null> => {
  throw new TypeError('the record is not as it should be');
};
const fine = async (): Promise<null> => null;
const parkedOf = (id: string) => world.redis.records.get(id)?.parked ?? null;
const countOf = async (id: string): Promise<number> => (await tries.of(id))?.count ?? 0;

describe('a look that throws', () => {
  it('three times in a row parks the migration, with an event, and out of the rows of its instances', async () => {
    const id = await accepted();
    const look = processOf().guard(failing);
    await expect(look(id, false)).rejects.toThrow('not as it should be');
    await expect(look(id, false)).rejects.toThrow('not as it should be');
    expect(parkedOf(id)).toBeNull();
    expect(await look(id, false)).toBeNull();
    expect(parkedOf(id)).toMatchObject({ tries: 3, at: world.clock.now() });
    expect(world.redis.told.map(({ type }) => type)).toEqual(['migration.parked']);
    expect(world.redis.waiting).toEqual([]);
    expect(world.journal.warnings).toEqual(['a migration was parked']);
    expect(await countOf(id)).toBe(0);
  });

  it('counts over processes, and no more once a look came to its end', async () => {
    const id = await accepted();
    await expect(processOf().guard(failing)(id, false)).rejects.toThrow();
    await expect(processOf().guard(failing)(id, false)).rejects.toThrow();
    expect(await countOf(id)).toBe(2);
    await processOf().guard(fine)(id, false);
    expect(await countOf(id)).toBe(0);
    await expect(processOf().guard(failing)(id, false)).rejects.toThrow();
    expect(parkedOf(id)).toBeNull();
  });

  it('because the store is away, or the process shuts down, does not count', async () => {
    const id = await accepted();
    const away = async (): Promise<null> => {
      throw new Error('Connection is closed.');
    };
    const leaving = new TestShutdown();
    leaving.isUnderWay = true;
    await expect(processOf().guard(failing)(id, false)).rejects.toThrow();
    for (let time = 0; time < 5; time += 1) {
      await expect(processOf().guard(away)(id, false)).rejects.toThrow('closed');
      await expect(processOf(leaving).guard(failing)(id, false)).rejects.toThrow();
    }
    expect(await countOf(id)).toBe(1);
    expect(parkedOf(id)).toBeNull();
  });
});

describe('a look that is cut off', () => {
  /** A look that never comes to its end, as in a process that is killed. */
  function cutShort(id: string, wasCutOff: boolean): Promise<void> {
    return new Promise((resolve) => {
      void processOf().guard(() => {
        resolve();
        return new Promise(() => {});
      })(id, wasCutOff);
    });
  }

  it('three times parks the migration without a fourth try', async () => {
    const id = await accepted();
    await cutShort(id, false);
    for (let time = 2; time <= MAX_TRIES; time += 1) await cutShort(id, true);
    let looks = 0;
    await processOf().guard(async () => {
      looks += 1;
      return null;
    })(id, true);
    expect(looks).toBe(0);
    expect(parkedOf(id)).toMatchObject({ tries: 3 });
  });

  it('is waited for where it may still be under way elsewhere', async () => {
    const id = await accepted();
    await cutShort(id, false);
    for (let time = 2; time <= MAX_TRIES; time += 1) await cutShort(id, true);
    const now = world.clock.now();
    expect(await processOf().guard(fine)(id, false)).toBe(now + LONGEST_LOOK_MS);
    expect(parkedOf(id)).toBeNull();
    world.clock.moveBy(LONGEST_LOOK_MS);
    expect(await processOf().guard(fine)(id, false)).toBeNull();
    expect(parkedOf(id)).not.toBeNull();
  });

  it('parks none of those that ran beside it: suspects are looked at one at a time', async () => {
    const [bad, ...beside] = await Promise.all(
      ['a', 'b', 'c', 'd', 'e'].map((one) => accepted(one)),
    );
    const all = [bad ?? '', ...beside];
    // Every process dies of the bad one, whatever else it was doing.
    for (let crash = 0; crash < 10; crash += 1) {
      await new Promise<void>((resolve) => {
        const look = processOf().guard((id) => {
          if (id !== bad) return Promise.resolve(null);
          resolve();
          return new Promise(() => {});
        });
        const looks = all.toReversed().map((id) => look(id, true));
        void Promise.all(looks).then(() => resolve());
      });
    }
    expect(parkedOf(bad ?? '')).not.toBeNull();
    expect(beside.map(parkedOf)).toEqual([null, null, null, null]);
  });
});

it('leaves alone for a while what cannot be parked, as a batch', async () => {
  const look = processOf().guard(failing);
  await expect(look('bat_1', false)).rejects.toThrow();
  await expect(look('bat_1', false)).rejects.toThrow();
  expect(await look('bat_1', false)).toBe(world.clock.now() + LEFT_ALONE_MS);
});

it('a parked migration is not woken by a sweep, and once resumed it goes on to its end', async () => {
  const id = await accepted();
  const look = processOf().guard(failing);
  for (let time = 1; time < MAX_TRIES; time += 1) await look(id, false).catch(() => null);
  await look(id, false);
  const process = world.boot();
  await process.work(3_600_000);
  expect(world.redis.records.get(id)).toMatchObject({ status: 'queued' });
  expect(world.queue.waiting).toEqual([]);
  const parked = await process.store.find(id);
  if (parked === null) throw new Error('it is there');
  await process.store.apply(resume(parked, world.clock.now()));
  await process.work(3_600_000);
  expect(world.redis.records.get(id)).toMatchObject({ status: 'succeeded', parked: null });
});
