// A wake-up that was lost is made again, whatever stays overdue before it; by one process, at the cost of the instances.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { RedisInstanceLeases } from '../../src/adapters/redis-instance-leases.js';
import { RedisKeys } from '../../src/adapters/redis-keys.js';
import { RedisSweepLease } from '../../src/adapters/redis-sweep-lease.js';
import { FAR_WAKE_MS, SWEEP_AHEAD_MS } from '../../src/domain/policy.js';
import { Wakes, type Wake } from '../../src/use-cases/ports.js';
import { SweepLostWakes } from '../../src/use-cases/sweep-lost-wakes.js';
import { redisUnderTest } from '../adapters/stores-under-test.js';
import { eventually } from '../support/eventually.js';
import { aMigration } from '../support/memory-migrations.js';
import { START_MS, TestClock, TestIds } from '../support/memory-ports.js';
import { testRedis, type TestRedis } from '../support/redis.js';

class MadeWakes extends Wakes {
  readonly made: Wake[] = [];

  override async wake(wakes: readonly Wake[]): Promise<void> {
    this.made.push(...wakes);
  }

  get ids(): readonly string[] {
    return this.made.map(({ migrationId }) => migrationId);
  }
}

class CountingLeases extends RedisInstanceLeases {
  asked = 0;

  override async holders(instanceIds: readonly string[]) {
    this.asked += instanceIds.length;
    return super.holders(instanceIds);
  }
}

let place: TestRedis;
let at: TestRedis;
let keys: RedisKeys;
let wakes: MadeWakes;
let clock: TestClock;
let leases: CountingLeases;
let made = 0;

beforeAll(async () => {
  place = await testRedis();
});
afterAll(() => place.close());
beforeEach(() => {
  made += 1;
  at = { ...place, prefix: `${place.prefix}:${made}` };
  keys = new RedisKeys(at.prefix);
  wakes = new MadeWakes();
  clock = new TestClock();
  leases = new CountingLeases(at.redis, keys);
});

function sweeper(name = 'one', lastsMs = 60_000): SweepLostWakes {
  const { store: migrations } = redisUnderTest(at, new TestIds());
  const lease = new RedisSweepLease(at.redis, keys, name, lastsMs);
  return new SweepLostWakes({ migrations, leases, lease, wakes, clock });
}

async function due(id: string, atMs: number, status = 'checking'): Promise<void> {
  await at.redis.hset(keys.migration(id), 'status', status, 'version', 3);
  await at.redis.zadd(keys.due(), atMs, id);
}

const nameOf = (index: number): string => `mig_${String(index).padStart(6, '0')}`;

describe('what is overdue', () => {
  it('is read to its end in one sweep, though thousands before it stay overdue at the same moment', async () => {
    await Promise.all(
      Array.from({ length: 2_300 }, (_, index) => due(nameOf(index), START_MS - 60_000)),
    );
    await due('mig_lost', START_MS - 30_000, 'importing');
    await sweeper().sweep();
    expect(wakes.made).toContainEqual({
      ...{ to: 'track', migrationId: 'mig_lost', version: '3', atMs: START_MS },
    });
    expect(new Set(wakes.ids).size).toBe(2_301);
    expect(wakes.made).toHaveLength(2_301);
  });

  it('is left alone while it may only be late, and where its record has ended', async () => {
    await due('mig_late', START_MS - 5_000);
    await due('mig_ended', START_MS - 60_000, 'failed');
    await sweeper().sweep();
    expect(wakes.made).toEqual([]);
  });

  it('in a while is woken for its time once that is near', async () => {
    const atMs = START_MS + FAR_WAKE_MS;
    await due('mig_later', atMs, 'scheduled');
    await sweeper().sweep();
    expect(wakes.made).toEqual([]);
    clock.moveTo(atMs - SWEEP_AHEAD_MS);
    await sweeper().sweep();
    expect(wakes.made).toEqual([{ to: 'schedule', migrationId: 'mig_later', version: '3', atMs }]);
  });
});

describe('of many processes', () => {
  it('one sweeps, as long as it comes back; when it dies another takes over', async () => {
    await due('mig_lost', START_MS - 60_000);
    const [one, other] = [sweeper('one', 300), sweeper('other', 300)];
    await one.sweep();
    await other.sweep();
    await one.sweep();
    expect(wakes.ids).toEqual(['mig_lost', 'mig_lost']);
    await eventually(async () => {
      await other.sweep();
      expect(wakes.made).toHaveLength(3);
    }, 5_000);
  });

  it('one that stops hands over at once', async () => {
    await due('mig_lost', START_MS - 60_000);
    await sweeper('one').sweep();
    await sweeper('one').stop();
    await sweeper('other').sweep();
    expect(wakes.made).toHaveLength(2);
  });
});

describe('of those that wait for instances', () => {
  async function waiting(count: number, source: string, target: string): Promise<void> {
    const { store, addCredential } = redisUnderTest(at, new TestIds());
    await addCredential('cred_1', 'acme');
    await Promise.all(
      Array.from({ length: count }, async (_, index) => {
        const databases = [{ source: `db${index}`, target: `db${index}` }];
        const request = { sourceInstanceId: source, targetInstanceId: target, databases };
        const { migration, entry } = aMigration(request);
        const id = `mig_${source}${index}`;
        await store.accept({ migration: { ...migration, id }, entry, idempotency: null });
      }),
    );
  }

  it('one is woken for each pair of free instances, and none where an instance is held', async () => {
    await waiting(1_500, 'a', 'b');
    await waiting(3, 'c', 'held');
    await at.redis.hset(keys.leases(), 'held', 'mig_holder 1');
    await sweeper().sweep();
    expect(wakes.made).toHaveLength(1);
    expect(wakes.ids[0]).toMatch(/^mig_a/);
    expect(wakes.made[0]).toMatchObject({ to: 'schedule', version: 'sweep' });
    // Once each of the list, and once each of those that wait on the free ones: not one for each migration.
    expect(leases.asked).toBeLessThanOrEqual(8);
  });
});
