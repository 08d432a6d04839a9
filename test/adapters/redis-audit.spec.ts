// The audit log keeps the contract, in Redis and in memory; in Redis one chain, whoever writes and whatever gets lost.
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RedisAuditLog } from '../../src/adapters/redis-audit.js';
import { untilReady } from '../../src/adapters/redis-connection.js';
import { RedisKeys } from '../../src/adapters/redis-keys.js';
import { verifyChain } from '../../src/domain/audit.js';
import { aNote } from '../support/audit-notes.js';
import { MemoryAuditLog, sha256 } from '../support/memory-audit.js';
import { keysOf, testRedis, type TestRedis } from '../support/redis.js';
import { auditLogContract, aQuery, readAll } from './audit-log.contract.js';

auditLogContract('Redis', async () => {
  const at = await testRedis();
  return { log: new RedisAuditLog(at.redis, new RedisKeys(at.prefix)), close: at.close };
});

auditLogContract('memory', async () => ({ log: new MemoryAuditLog(), close: async () => {} }));

let place: TestRedis;
let keys: RedisKeys;
beforeAll(async () => {
  place = await testRedis();
  keys = new RedisKeys(place.prefix);
});
afterAll(() => place.close());

test('writers on connections of their own, all at once, keep one unbroken chain', async () => {
  const connections = Array.from({ length: 4 }, () => new Redis(process.env['REDIS_URL'] ?? ''));
  const logs = connections.map((redis) => new RedisAuditLog(redis, keys));
  const written = await Promise.all(
    logs.flatMap((log, writer) =>
      Array.from({ length: 300 }, async (_, n) => {
        // Spread over the time that it takes: batches of all sizes meet.
        for (let turn = 0; turn < n % 30; turn += 1) await connections[writer]?.ping();
        return log.append(aNote({ tenant: 'many', requestId: `req_${writer}_${n}` }));
      }),
    ),
  );
  const [log = new RedisAuditLog(place.redis, keys)] = logs;
  const entries = await readAll(log, { tenant: 'many', limit: 200 });
  expect(verifyChain(entries, sha256)).toEqual([]);
  expect(entries).toHaveLength(1_200);
  expect(entries).toEqual(written.toSorted((a, b) => a.seq - b.seq));
  await Promise.all(connections.map((redis) => redis.quit()));
});

test('what is sent again after its answer was lost is on record once', async () => {
  const seen: unknown[][] = [];
  // As the client library does when a connection breaks before the answer: the same command once more.
  const twice = new Proxy(place.redis, {
    get(redis, name) {
      if (name !== 'evalsha') return Reflect.get(redis, name, redis) as unknown;
      return async (...args: Parameters<Redis['evalsha']>) => {
        const first = await redis.evalsha(...args);
        const second = await redis.evalsha(...args);
        seen.push([first, second]);
        return second;
      };
    },
  });
  const log = new RedisAuditLog(twice, keys);
  await log.append(aNote({ tenant: 'again' }));
  await Promise.all([1, 2, 3].map((n) => log.append(aNote({ tenant: 'again', at: n }))));
  expect(seen).toContainEqual([['appended'], ['appended']]);
  const entries = await readAll(log, { tenant: 'again' });
  expect(entries).toHaveLength(4);
  expect(verifyChain(entries, sha256)).toEqual([]);
});

test('a chain that lost its end goes on from what is left, and the loss shows', async () => {
  const log = new RedisAuditLog(place.redis, keys);
  const lost = [];
  for (const at of [1, 2, 3]) lost.push(await log.append(aNote({ tenant: 'rolled-back', at })));
  await place.redis.rpop(keys.audit('rolled-back'));
  // Another process takes the place that the first one believes to be its own.
  const other = new RedisAuditLog(place.redis, keys);
  for (const each of [other, log]) await each.append(aNote({ tenant: 'rolled-back', at: 4 }));
  const entries = await readAll(log, { tenant: 'rolled-back' });
  expect(entries.map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
  expect(verifyChain(entries, sha256)).toEqual([]);
  const until = lost.at(-1);
  expect(until && verifyChain(entries, sha256, { until })).toEqual([{ seq: 3, fault: 'unlinked' }]);
});

test('each of many callers is told when Redis is away, and those that come after it is back are served', async () => {
  const redis = new Redis(process.env['REDIS_URL'] ?? '', {
    ...{ enableOfflineQueue: false, maxRetriesPerRequest: 1, lazyConnect: true },
  });
  redis.on('error', () => {});
  const log = new RedisAuditLog(redis, keys);
  const told = await Promise.allSettled(
    Array.from({ length: 20 }, () => log.append(aNote({ tenant: 'away' }))),
  );
  expect(told.map(({ status }) => status)).toEqual(told.map(() => 'rejected'));
  await untilReady(redis, 5_000);
  expect(await log.append(aNote({ tenant: 'away' }))).toMatchObject({ seq: 1 });
  await redis.quit();
});

test('an entry takes less than 600 bytes, two keys in all for a tenant, none that expires', async () => {
  const { redis } = place;
  const size = new RedisKeys(`${place.prefix}:size`);
  const log = new RedisAuditLog(redis, size);
  const outcome = { status: 409, code: 'cancel_not_supported' } as const;
  const note = aNote({
    ...{ tenant: 'acme-production', keyId: `key_${'0'.repeat(26)}`, phase: 'ended', outcome },
    resource: `/v1/migrations/mig_${'0'.repeat(26)}/cancel`,
    requestId: 'req_0c9d2c0e-5b0f-4d0e-8a53-5f3a4f7d6f11',
  });
  await Promise.all(Array.from({ length: 1_000 }, () => log.append(note)));
  const all = await keysOf(redis, size.prefix);
  expect([...all].sort()).toEqual([size.auditPlaces(), size.audit(note.tenant)].sort());
  let bytes = 0;
  for (const key of all) {
    bytes += Number(await redis.memory('USAGE', key, 'SAMPLES', 0));
    expect(await redis.ttl(key)).toBe(-1);
  }
  expect(bytes / 1_000).toBeLessThan(600);
  expect((await log.list(aQuery({ limit: 1 }))).items).toMatchObject([{ seq: 1_000, outcome }]);
});
