// However many processes write to one chain at once, each entry gets there, once, and nobody tries for long.
import { setTimeout } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { RedisAuditLog } from '../../src/adapters/redis-audit.js';
import { RedisKeys } from '../../src/adapters/redis-keys.js';
import { verifyChain } from '../../src/domain/audit.js';
import { aNote } from '../support/audit-notes.js';
import { sha256 } from '../support/memory-audit.js';
import { keysOf, testRedis, type TestRedis } from '../support/redis.js';
import { readAll } from './audit-log.contract.js';

let place: TestRedis;
let keys: RedisKeys;
beforeAll(async () => {
  place = await testRedis();
  keys = new RedisKeys(place.prefix);
});
afterAll(() => place.close());

let connections: Redis[];
beforeEach(() => {
  connections = Array.from({ length: 16 }, () => new Redis(process.env['REDIS_URL'] ?? ''));
});
afterEach(async () => {
  await Promise.all(connections.map((redis) => redis.quit()));
});

/** A connection on which something is done before each script; what it rejects with is what the caller gets. */
const before = (redis: Redis, act: (calls: number) => Promise<unknown>): Redis => {
  let calls = 0;
  return new Proxy(redis, {
    get(target, name) {
      if (name !== 'evalsha') return Reflect.get(target, name, target) as unknown;
      return async (...args: Parameters<Redis['evalsha']>) => {
        await act((calls += 1));
        return target.evalsha(...args);
      };
    },
  });
};

const chainOf = (tenant: string) =>
  readAll(new RedisAuditLog(place.redis, keys), { tenant, limit: 200 });

test('one with a slow line is not kept off by fifteen that write without a pause', async () => {
  const tenant = 'slow';
  const [first, ...others] = connections;
  if (first === undefined) throw new Error('no connection');
  const over = new AbortController();
  let written = 0;
  const busy = others.map(async (redis, writer) => {
    const log = new RedisAuditLog(redis, keys);
    for (let n = 0; !over.signal.aborted; n += 1) {
      await log.append(aNote({ tenant, requestId: `req_${writer}_${n}` }));
      written += 1;
    }
  });
  let calls = 0;
  const slow = new RedisAuditLog(
    before(first, async (count) => {
      calls = count;
      await setTimeout(5);
    }),
    keys,
  );
  const told = await Promise.allSettled([slow.append(aNote({ tenant, requestId: 'slow' }))]);
  over.abort();
  await Promise.all(busy);
  expect(told).toMatchObject([{ status: 'fulfilled', value: { requestId: 'slow' } }]);
  expect(calls).toBeLessThan(15);
  const entries = await chainOf(tenant);
  expect(verifyChain(entries, sha256)).toEqual([]);
  expect(entries).toHaveLength(written + 1);
});

test('sixteen at once, half of whose commands arrive twice, put each note on one chain, in few tries each', async () => {
  const tenant = 'sixteen';
  const ROUNDS = 12;
  const most: number[] = [];
  const written = await Promise.all(
    connections.map(async (redis, writer) => {
      let calls = 0;
      const counted = before(redis, async (count) => {
        calls = count;
      });
      const resent = new Proxy(counted, {
        get(target, name) {
          if (name !== 'evalsha' || writer % 2 === 0) {
            return Reflect.get(target, name, target) as unknown;
          }
          return async (...args: Parameters<Redis['evalsha']>) => {
            await redis.evalsha(...args);
            return target.evalsha(...args);
          };
        },
      });
      const log = new RedisAuditLog(resent, keys);
      const own = [];
      for (let n = 0; n < ROUNDS; n += 1) {
        const since = calls;
        const some = [0, 1].map((part) =>
          log.append(aNote({ tenant, requestId: `req_${writer}_${n}_${part}` })),
        );
        own.push(...(await Promise.all(some)));
        most.push(calls - since);
      }
      return own;
    }),
  );
  const entries = await chainOf(tenant);
  expect(verifyChain(entries, sha256)).toEqual([]);
  expect(entries).toHaveLength(16 * ROUNDS * 2);
  expect(entries).toEqual(written.flat().toSorted((a, b) => a.seq - b.seq));
  for (const own of written) {
    expect(own.map(({ seq }) => seq)).toEqual(own.map(({ seq }) => seq).toSorted((a, b) => a - b));
  }
  // Two notes that came together are two batches at most; of each the tries are bounded by the line.
  expect(Math.max(...most)).toBeLessThan(60);
  // Nothing stays of the line.
  const left = await keysOf(place.redis, place.prefix);
  expect(left.filter((key) => /audit-(?:line|turn)/.test(key))).toEqual([]);
});

test('what a process left in line when it died is taken along by the next', async () => {
  const tenant = 'died';
  const [redis, other] = connections;
  if (redis === undefined || other === undefined) throw new Error('no connection');
  const others = new RedisAuditLog(other, keys);
  let count = 0;
  let isLost = false;
  const log = new RedisAuditLog(
    before(redis, async () => {
      if (isLost) throw new Error('killed');
      if ((await place.redis.llen(keys.auditLine(tenant))) > 0) isLost = true;
      else await others.append(aNote({ tenant, requestId: `other_${(count += 1)}` }));
      if (isLost) throw new Error('killed');
    }),
    keys,
  );
  await expect(log.append(aNote({ tenant, requestId: 'left' }))).rejects.toThrow('killed');
  expect(await place.redis.llen(keys.auditLine(tenant))).toBe(1);
  await others.append(aNote({ tenant, requestId: 'next' }));
  const entries = await chainOf(tenant);
  expect(verifyChain(entries, sha256)).toEqual([]);
  expect(entries.slice(-2).map(({ requestId }) => requestId)).toEqual(['left', 'next']);
  expect(await place.redis.llen(keys.auditLine(tenant))).toBe(0);
});
