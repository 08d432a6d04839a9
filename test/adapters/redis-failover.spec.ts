// A failover that no connection tells of: a process looks for its own intents, and nothing is sent for the fence when one is lost.
import assert from 'node:assert/strict';
import { Cluster, Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { RedisDurability } from '../../src/adapters/redis-durability.js';
import type { RedisClient } from '../../src/adapters/redis-connection.js';
import { RedisKeys } from '../../src/adapters/redis-keys.js';
import type { RedisDurabilityMode } from '../../src/config.js';
import { startPrivateRedis, type PrivateRedis } from '../faults/private-redis.js';
import { eventually } from '../support/eventually.js';
import { START_MS, TestClock } from '../support/memory-ports.js';
import { startRedisProxy, type RedisProxy } from '../support/redis-proxy.js';

const FENCE_MS = 2_100_000;
const QUICK = ['--repl-diskless-sync-delay', '0'];
const LOST = { epoch: 1, quarantineUntil: START_MS + FENCE_MS };
const KEPT = { epoch: 0, quarantineUntil: 0 };

function durabilityOn(
  redis: RedisClient,
  keys: RedisKeys,
  declared: RedisDurabilityMode = 'always',
): RedisDurability {
  const options = { fenceMs: FENCE_MS, isProduction: false, declared };
  return new RedisDurability(redis, keys, new TestClock(), options);
}

/** As apply-step.lua leaves an intent behind. */
async function intend(redis: RedisClient, keys: RedisKeys, id: string): Promise<void> {
  await redis.hset(keys.migration(id), 'version', 3);
  await redis.hincrby(keys.counters(), 'intents', 1);
}

/** Another process goes on, so that the count betrays nothing. */
const goOn = async (redis: RedisClient, keys: RedisKeys): Promise<void> => {
  await redis.hincrby(keys.counters(), 'intents', 5);
};

describe('behind a proxy that keeps its connections', () => {
  let primary: PrivateRedis;
  let replica: PrivateRedis;
  let proxy: RedisProxy;
  let redis: Redis;
  const keys = new RedisKeys('{failover}');

  beforeEach(async () => {
    primary = await startPrivateRedis(QUICK);
    replica = await startPrivateRedis(['--replicaof', '127.0.0.1', String(primary.port)]);
    proxy = await startRedisProxy(primary.port);
    redis = new Redis(proxy.url, { enableAutoPipelining: true, commandTimeout: 2_000 });
    redis.on('error', () => {});
    return async () => {
      redis.disconnect();
      await proxy.close();
      await Promise.all([primary.close(), replica.close()]);
    };
  });

  const inStep = (): Promise<void> =>
    eventually(async () => {
      await primary.redis.set('{failover}:mark', 'x');
      expect(await primary.redis.wait(1, 500)).toBe(1);
    });
  /** What the primary is given from now on, the replica will not have. */
  const partFromReplica = async (): Promise<void> => {
    await inStep();
    await replica.redis.replicaof('NO', 'ONE');
  };

  test('an intent that the promoted replica does not have is missed, although others count on', async () => {
    const durability = durabilityOn(redis, keys);
    await intend(redis, keys, 'mig_kept');
    durability.remember('mig_kept', 3);
    await durability.rollback();
    await partFromReplica();
    await intend(redis, keys, 'mig_lost');
    durability.remember('mig_lost', 3);
    await goOn(replica.redis, keys);
    await proxy.switchTo(replica.port);
    expect(await durability.rollback()).toMatchObject(LOST);
    expect(await durability.confirm()).toBe(false);
  }, 30_000);

  test('an intent older than all that a look asks for is missed, too', async () => {
    const durability = durabilityOn(redis, keys);
    await durability.rollback();
    await partFromReplica();
    for (let each = 0; each < 300; each += 1) {
      await intend(redis, keys, `mig_${each}`);
      durability.remember(`mig_${each}`, 3);
      if (each % 20 === 0) await durability.rollback();
      if (each > 0) await replica.redis.hset(keys.migration(`mig_${each}`), 'version', 3);
    }
    await replica.redis.hset(keys.counters(), 'intents', 1_000);
    await proxy.switchTo(replica.port);
    expect(await durability.rollback()).toMatchObject(LOST);
  }, 30_000);

  test('an intent that is lost while its confirmation is waited for is not confirmed', async () => {
    const durability = durabilityOn(redis, keys, 'everysec');
    await primary.redis.config('SET', 'appendfsync', 'everysec');
    expect((await durability.inspect()).mode).toBe('flush');
    await durability.rollback();
    await partFromReplica();
    await intend(redis, keys, 'mig_lost');
    durability.remember('mig_lost', 3);
    const confirmed = durability.confirm();
    await goOn(replica.redis, keys);
    await proxy.switchTo(replica.port);
    expect(await confirmed).toBe(false);
    expect(await durability.rollback()).toMatchObject(LOST);
  }, 30_000);

  test('a failover that lost nothing holds nobody back', async () => {
    const durability = durabilityOn(redis, keys);
    await intend(redis, keys, 'mig_kept');
    durability.remember('mig_kept', 3);
    await durability.rollback();
    await partFromReplica();
    await proxy.switchTo(replica.port);
    expect(await durability.rollback()).toMatchObject(KEPT);
    expect(await durability.confirm()).toBe(true);
  }, 30_000);

  test('nothing is confirmed at once after a failover: another process may miss its intent', async () => {
    const [a, b] = [durabilityOn(redis, keys), durabilityOn(redis, keys)];
    await Promise.all([a.rollback(), b.rollback()]);
    await partFromReplica();
    await intend(redis, keys, 'mig_lost');
    a.remember('mig_lost', 3);
    await goOn(replica.redis, keys);
    await proxy.switchTo(replica.port);
    const confirmed = b.confirm();
    a.start();
    expect(await confirmed).toBe(false);
    a.stop();
  }, 30_000);

  test('with a replica, nothing is confirmed that it does not have', async () => {
    const durability = durabilityOn(redis, keys, 'replicated');
    await primary.redis.config('SET', 'min-replicas-to-write', '1');
    await inStep();
    expect(await durability.inspect()).toMatchObject({ mode: 'replica', problems: [] });
    await intend(redis, keys, 'mig_one');
    durability.remember('mig_one', 3);
    expect(await durability.confirm()).toBe(true);
    expect(await replica.redis.hget(keys.migration('mig_one'), 'version')).toBe('3');
    await replica.redis.replicaof('NO', 'ONE');
    await eventually(async () => {
      expect((await durability.inspect()).troubles).toEqual([
        expect.stringContaining('no replica'),
      ]);
    });
    expect(await durability.confirm().catch(() => false)).toBe(false);
  }, 30_000);

  test('where INFO is refused, the intents are looked for by and by, without any sign', async () => {
    await Promise.all(
      [primary, replica].map((one) => one.redis.acl('SETUSER', 'default', '-info')),
    );
    const durability = durabilityOn(redis, keys);
    await intend(redis, keys, 'mig_lost');
    durability.remember('mig_lost', 3);
    for (let each = 0; each < 200; each += 1) {
      await intend(redis, keys, `mig_${each}`);
      durability.remember(`mig_${each}`, 3);
      if (each % 20 === 0) await durability.rollback();
    }
    expect(await durability.rollback()).toMatchObject(KEPT);
    await redis.del(keys.migration('mig_lost'));
    await eventually(async () => expect(await durability.rollback()).toMatchObject(LOST));
  }, 30_000);

  test('a server that has become a replica is not believed', async () => {
    const durability = durabilityOn(redis, keys);
    await durability.rollback();
    await primary.redis.replicaof('127.0.0.1', replica.port);
    await expect(durability.rollback()).rejects.toThrow(/replica/);
    await expect(durability.confirm()).rejects.toThrow(/replica/);
  }, 30_000);
});

describe('of one node of a cluster', () => {
  const keys = new RedisKeys('{failover}');
  const nodes: PrivateRedis[] = [];
  let cluster: Cluster;

  beforeAll(async () => {
    const settings = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000', ...QUICK];
    nodes.push(...(await Promise.all([1, 2, 3, 4].map(() => startPrivateRedis(settings)))));
    const [first, , , last] = nodes;
    if (first === undefined || last === undefined) throw new Error('no nodes');
    const ranges = [0, 5_461, 10_923, 16_384];
    for (const [index, { redis, port }] of nodes.entries()) {
      const [from, to] = [ranges[index], ranges[index + 1]];
      if (from !== undefined && to !== undefined) {
        await redis.call('CLUSTER', 'ADDSLOTSRANGE', from, to - 1);
      }
      await redis.call('CLUSTER', 'SET-CONFIG-EPOCH', index + 1);
      if (index > 0) await first.redis.call('CLUSTER', 'MEET', '127.0.0.1', port);
    }
    await eventually(async () => {
      for (const { redis } of nodes) {
        assert.match(await redis.cluster('INFO'), /cluster_state:ok[^]*cluster_known_nodes:4/);
      }
    }, 30_000);
    const owner = await ownerOf(keys.counters());
    await last.redis.call('CLUSTER', 'REPLICATE', await owner.redis.cluster('MYID'));
    await eventually(async () => {
      await owner.redis.set(keys.fsync(), 'x');
      assert.equal(await owner.redis.wait(1, 500), 1);
    }, 30_000);
    cluster = new Cluster([{ host: '127.0.0.1', port: first.port }], {
      enableAutoPipelining: true,
    });
    cluster.on('error', () => {});
  }, 90_000);
  afterAll(async () => {
    cluster?.disconnect();
    await Promise.all(nodes.map((node) => node.close()));
  });

  const ownerOf = async (key: string): Promise<PrivateRedis> => {
    for (const node of nodes) {
      const answer = await node.redis.hget(key, 'x').then(
        () => true,
        () => false,
      );
      if (answer) return node;
    }
    throw new Error('no node has the key');
  };

  test('a write is confirmed by the replica of our node, also after that connection was lost', async () => {
    const durability = durabilityOn(cluster, keys, 'replicated');
    const confirmed = async (): Promise<void> => {
      expect(await durability.confirm().catch(() => false)).toBe(true);
    };
    await durability.inspect();
    await eventually(confirmed);
    const owner = await ownerOf(keys.counters());
    const clients = String(await owner.redis.client('LIST'));
    const [, id = ''] = /^id=(\d+) .*cmd=wait /m.exec(clients) ?? [];
    await owner.redis.call('CLIENT', 'KILL', 'ID', id);
    await eventually(confirmed);
    await owner.redis.call('CLIENT', 'KILL', 'TYPE', 'normal');
    await eventually(confirmed);
    durability.stop();
  }, 30_000);

  test('an intent that the new master does not have is missed', async () => {
    const durability = durabilityOn(cluster, keys);
    await durability.inspect();
    await intend(cluster, keys, 'mig_kept');
    durability.remember('mig_kept', 3);
    expect(await durability.rollback()).toMatchObject(KEPT);
    const owner = await ownerOf(keys.counters());
    await owner.redis.wait(1, 5_000);
    // The replica is cut off, and cannot come back.
    await owner.redis.acl('SETUSER', 'default', '-psync', '-sync');
    await owner.redis.call('CLIENT', 'KILL', 'TYPE', 'replica');
    await intend(cluster, keys, 'mig_lost');
    durability.remember('mig_lost', 3);
    const replica = nodes.at(-1);
    await replica?.redis.call('CLUSTER', 'FAILOVER', 'TAKEOVER');
    await eventually(async () =>
      expect(await cluster.hget(keys.migration('mig_lost'), 'version')).toBeNull(),
    );
    await goOn(cluster, keys);
    await eventually(async () => expect(await durability.rollback()).toMatchObject(LOST));
    expect(await durability.confirm()).toBe(false);
  }, 60_000);
});
