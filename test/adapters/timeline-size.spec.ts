// The timeline of ten thousand migrations in Redis is made once for all who ask, and gives others their turns meanwhile.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RedisBatchStore } from '../../src/adapters/redis-batch-store.js';
import { RedisDurationHistory } from '../../src/adapters/redis-duration-history.js';
import { RedisKeys } from '../../src/adapters/redis-keys.js';
import { RedisOutbox } from '../../src/adapters/redis-outbox.js';
import { SystemClock, SystemPause } from '../../src/adapters/system-clock.js';
import { TimelineView } from '../../src/http/timeline-view.dto.js';
import { LearnedDurations } from '../../src/use-cases/learned-durations.js';
import { ReadTimeline } from '../../src/use-cases/read-timeline.js';
import { TestIds } from '../support/memory-ports.js';
import { testRedis, type TestRedis } from '../support/redis.js';
import { BatchScenes } from './batch-store.contract.js';
import { redisUnderTest } from './stores-under-test.js';

let place: TestRedis;
let at: BatchScenes;
/** A process that has just begun: it has nothing ready. */
let open: () => ReadTimeline;
beforeAll(async () => {
  place = await testRedis();
  const ids = new TestIds();
  const keys = new RedisKeys(place.prefix);
  const batches = new RedisBatchStore(place.redis, keys, ids, new RedisOutbox(place.redis, keys));
  const under = redisUnderTest(place, ids);
  at = new BatchScenes({ ...under, batches, close: async () => {} });
  await at.under.addCredential(at.credentialId, at.tenant);
  const clock = new SystemClock();
  const durations = new LearnedDurations(new RedisDurationHistory(place.redis, keys), clock);
  for (const sample of ['1000 60000', '2000 120000', '3000 180000', '4000 240000']) {
    await place.redis.lpush(keys.samples('SQLServer'), sample);
  }
  const { store, leases } = under;
  open = () => new ReadTimeline(batches, store, leases, durations, clock, new SystemPause());
});
afterAll(() => place.close());

test('ten thousand over twenty thousand instances', { timeout: 240_000 }, async () => {
  const items = Array.from({ length: 10_000 }, (_, index) => ({
    sourceInstanceId: at.instance(`s${index}`),
    targetInstanceId: at.instance(`t${index}`),
    databases: Array.from({ length: 10 }, (_none, n) => ({
      ...{ source: `shop_${index}_${n}`, target: `shop_${index}_${n}` },
    })),
    labels: { team: 'payments', wave: String(index % 7) },
  }));
  const { id, ids } = await at.acceptBatch(items);
  await at.walk(ids[0] ?? '', 'granted', 'intended', 'accepted');
  expect(await lookTogether(id)).toBeGreaterThan(20);
});

/** Five ask at once; how many turns a timer was given meanwhile. */
async function lookTogether(id: string): Promise<number> {
  const reading = open();
  let turns = 0;
  const timer = setInterval(() => (turns += 1), 1);
  const asked = Array.from({ length: 5 }, () => reading.find(at.tenant, id));
  const [made, ...others] = await Promise.all(asked);
  if (made === undefined) throw new Error('nobody asked');
  clearInterval(timer);
  expect(JSON.stringify(TimelineView.of(id, made)).length).toBeGreaterThan(1_000_000);
  // One was made for all who asked.
  expect(others.every((one) => one === made)).toBe(true);
  expect(made.bars).toHaveLength(10_000);
  expect(made.bound).not.toBeNull();
  return turns;
}
