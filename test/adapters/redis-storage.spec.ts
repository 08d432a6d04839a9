// What Redis must do with a write, by REDIS_DURABILITY: what is known to be wrong is named, what is not told is no fault.
import { afterAll, describe, expect, test } from 'vitest';
import type { RedisDurabilityMode } from '../../src/config.js';
import { RedisConfirmation } from '../../src/adapters/redis-confirmation.js';
import { slotOf } from '../../src/adapters/redis-connection.js';
import { nextStage } from '../../src/adapters/redis-flush.js';
import { RedisKeys } from '../../src/adapters/redis-keys.js';
import {
  judgeStorage,
  readStorage,
  type Confirmation,
  type StorageFacts,
} from '../../src/adapters/redis-storage.js';
import { startPrivateRedis, type PrivateRedis } from '../faults/private-redis.js';
import { eventually } from '../support/eventually.js';

const GOOD: StorageFacts = {
  ...{ isLogged: true, appendFsync: 'always', skipsFsync: false, policy: 'noeviction' },
  ...{ leastReplicas: 0, replicas: 0, isLastWriteOk: true, hasIdentity: true },
  ...{ hasWaitAof: false, hasWait: true },
};
/** Of a server that refuses CONFIG. */
const UNTOLD = { appendFsync: null, skipsFsync: null, leastReplicas: null } as const;
const NONE = /^$/;

type Case = readonly [RedisDurabilityMode, Partial<StorageFacts>, Confirmation, RegExp];

const CASES: readonly Case[] = [
  ['always', {}, 'always', NONE],
  ['always', { appendFsync: 'everysec' }, 'none', /everysec.*WAITAOF.*set REDIS_DURABILITY=every/],
  ['always', { appendFsync: 'everysec', hasWaitAof: true }, 'waitaof', NONE],
  ['always', { ...UNTOLD, hasWaitAof: true }, 'waitaof', NONE],
  ['always', UNTOLD, 'none', /unknown, as Redis refuses CONFIG.*REDIS_DURABILITY=everysec/],
  ['always', { isLogged: false }, 'none', /^appendonly is off: .*restart$/],
  ['always', { policy: 'allkeys-lru' }, 'always', /^maxmemory-policy is allkeys-lru/],
  ['always', { skipsFsync: true }, 'always', /^no-appendfsync-on-rewrite is yes/],
  ['everysec', {}, 'always', NONE],
  ['everysec', { appendFsync: 'everysec' }, 'flush', NONE],
  ['everysec', UNTOLD, 'flush', NONE],
  ['everysec', { ...UNTOLD, hasWaitAof: true }, 'waitaof', NONE],
  ['everysec', { appendFsync: 'no', hasWaitAof: true }, 'none', /appendfsync is no: REDIS_DURABIL/],
  ['everysec', { ...UNTOLD, isLogged: false }, 'none', /^appendonly is off/],
  ['everysec', { ...UNTOLD, policy: null, isLogged: null }, 'flush', NONE],
  ['replicated', { leastReplicas: 1, replicas: 1 }, 'replica', NONE],
  ['replicated', { appendFsync: 'no', leastReplicas: 1 }, 'replica', NONE],
  ['replicated', {}, 'replica', /^min-replicas-to-write is 0/],
  ['replicated', UNTOLD, 'replica', NONE],
  ['replicated', { ...UNTOLD, hasWait: false }, 'none', /^WAIT is refused/],
];

test.each(CASES)('%s on %j is confirmed by %s', (declared, facts, mode, problem) => {
  const report = judgeStorage(declared, { ...GOOD, ...facts });
  expect(report.mode).toBe(mode);
  expect(report.problems.join('; ')).toMatch(problem);
});

test('what is not told and matters is named, and nothing else', () => {
  const untold = { ...GOOD, ...UNTOLD, policy: null, isLogged: null, hasIdentity: false };
  expect(judgeStorage('everysec', untold).notChecked).toEqual([
    ...['maxmemory-policy', 'appendonly', 'appendfsync', 'no-appendfsync-on-rewrite'],
    'run_id and replication id',
  ]);
  expect(judgeStorage('replicated', { ...GOOD, ...UNTOLD }).notChecked).toEqual([
    'min-replicas-to-write',
  ]);
  expect(judgeStorage('always', { ...GOOD, ...UNTOLD, hasWaitAof: true }).notChecked).toEqual([]);
});

test('what passes does not keep a worker from its start', () => {
  const passing = { ...GOOD, leastReplicas: 1, replicas: 0, isLastWriteOk: false };
  const { problems, troubles } = judgeStorage('replicated', passing);
  expect(problems).toEqual([]);
  expect(troubles).toEqual([
    expect.stringContaining('append-only file'),
    expect.stringContaining('no replica is connected'),
  ]);
});

describe('on a Redis that refuses CONFIG and flushes each second', () => {
  const opened: PrivateRedis[] = [];
  afterAll(() => Promise.all(opened.map((one) => one.close())));
  const start = async (...more: readonly string[]): Promise<PrivateRedis> => {
    const redis = await startPrivateRedis(['--appendfsync', 'everysec', ...more]);
    opened.push(redis);
    return redis;
  };

  test.each([
    ['renamed', async () => (await start('--rename-command', 'CONFIG', '""')).redis],
    [
      'forbidden',
      async () => {
        const { redis } = await start();
        await redis.acl('SETUSER', 'default', '-config');
        return redis;
      },
    ],
  ])('%s: INFO tells the rest', async (_how, open) => {
    const redis = await open();
    expect(await readStorage(redis, '{a}', 'everysec')).toMatchObject({
      ...{ isLogged: true, policy: 'noeviction', isLastWriteOk: true, hasIdentity: true },
      ...{ appendFsync: null, skipsFsync: null, leastReplicas: null },
    });
  });

  test('where INFO is refused, too, nothing is known, and a write is waited for all the same', async () => {
    const { redis } = await start();
    await redis.acl('SETUSER', 'default', '-config', '-info');
    expect(await readStorage(redis, '{a}', 'everysec')).toMatchObject({
      ...{ isLogged: null, policy: null, hasIdentity: false, appendFsync: null },
    });
    const since = performance.now();
    const confirmation = new RedisConfirmation(redis, new RedisKeys('{a}'));
    expect(await confirmation.untilDurable('flush')).toBe(true);
    expect(performance.now() - since).toBeGreaterThan(1_990);
  });

  test('many writes are confirmed by the same flush; a Redis that died confirms none', async () => {
    const one = await start();
    const confirmation = new RedisConfirmation(one.redis, new RedisKeys('{a}'));
    const since = performance.now();
    const all = Array.from({ length: 50 }, () => confirmation.untilDurable('flush'));
    expect(new Set(await Promise.all(all))).toEqual(new Set([true]));
    expect(performance.now() - since).toBeLessThan(3_500);
    await one.kill();
    expect(await confirmation.untilDurable('flush')).toBe(false);
  }, 20_000);
});

test('a write is confirmed by WAIT only while a replica follows, and those who wait share it', async () => {
  const primary = await startPrivateRedis(['--repl-diskless-sync-delay', '0']);
  const replica = await startPrivateRedis(['--replicaof', '127.0.0.1', String(primary.port)]);
  const confirmation = new RedisConfirmation(primary.redis, new RedisKeys('{a}'));
  try {
    const both = await eventually(async () => {
      const seen = await Promise.all([1, 2, 3].map(() => confirmation.untilDurable('replica')));
      expect(seen).toEqual([true, true, true]);
      return seen;
    });
    expect(both).toHaveLength(3);
    await replica.kill();
    expect(await confirmation.untilDurable('replica')).toBe(false);
  } finally {
    confirmation.stop();
    await Promise.all([primary.close(), replica.close()]);
  }
}, 30_000);

describe('a write is flushed', () => {
  const idle = { isFlushing: false, isOk: true };
  const busy = { isFlushing: true, isOk: true };
  type Reading = Parameters<typeof nextStage>[1];
  const end = (readings: readonly Reading[]) =>
    readings.reduce<Parameters<typeof nextStage>[0]>(nextStage, { name: 'new' });

  test.each<[string, readonly Reading[], boolean | null]>([
    ['once a flush that began later has ended', at([7, idle], [9, idle], [9, idle]), true],
    ['not while it may have begun before', at([7, idle], [8, idle], [8, idle]), null],
    ['not while a flush of before is under way', at([7, busy], [9, idle], [9, idle]), null],
    ['not while its own is under way', at([7, idle], [9, idle], [9, busy], [12, busy]), null],
    ['whatever other flushes come between', at([7, idle], [8, busy], [9, busy], [9, idle]), true],
    ['not when the disk failed', at([7, idle], [9, { ...idle, isOk: false }], [9, idle]), false],
  ])('%s', (_what, readings, isDurable) => {
    const stage = end(readings);
    expect(stage.name === 'over' ? stage.isDurable : null).toBe(isDurable);
  });

  function at(...readings: [number, Omit<Reading, 'second'>][]): readonly Reading[] {
    return readings.map(([second, reading]) => ({ second, ...reading }));
  }
});

test('the slot of a key is that of its hash tag, as Redis Cluster counts it', () => {
  expect([slotOf('123456789'), slotOf('{123456789}:x'), slotOf('{user1000}.following')]).toEqual([
    12_739, 12_739, 3_443,
  ]);
});
