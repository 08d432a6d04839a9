// A wake-up in the outbox is looked at here or is in a queue, whatever becomes of the process that wrote it.
import assert from 'node:assert/strict';
import { Queue } from 'bullmq';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { RedisKeys } from '../../src/adapters/redis-keys.js';
import { RedisOutbox } from '../../src/adapters/redis-outbox.js';
import { OutboxRelay, type LookNow } from '../../src/workers/outbox-relay.js';
import { eventually } from '../support/eventually.js';
import { RecordingJournal, START_MS, TestClock } from '../support/memory-ports.js';
import { testRedis, type TestRedis } from '../support/redis.js';

let place: TestRedis;
let keys: RedisKeys;
let queue: Queue;
let clock: TestClock;
let outbox: RedisOutbox;
let relay: OutboxRelay;
let journal: RecordingJournal;

beforeAll(async () => {
  place = await testRedis();
});
afterAll(() => place.close());

beforeEach(() => {
  keys = new RedisKeys(place.prefix);
  clock = new TestClock();
  journal = new RecordingJournal();
  outbox = new RedisOutbox(place.redis, keys);
  const options = { connection: place.redis, prefix: `${place.prefix}:queue` };
  queue = new Queue('submit', { ...options, skipMetasUpdate: true });
  relay = new OutboxRelay(outbox, clock, journal, options);
  return async () => {
    await relay.stop();
    await queue.obliterate({ force: true });
    await queue.close();
  };
});

const NEVER: LookNow = () => null;

/** As a script of this process, or of another one, writes it. */
async function written(id: string, { byUs = true, atMs = 0 } = {}): Promise<void> {
  const entry = `submit ${id} 1 ${atMs}`;
  await place.redis.zadd(keys.outbox(), 1, entry);
  if (byUs) outbox.appended([entry]);
}

const pending = (): Promise<number> => place.redis.zcard(keys.outbox());

const isQueued = async (id: string): Promise<boolean> =>
  (await queue.getJob(`${id}-1`)) !== undefined;

const isPassedOn = (id: string): Promise<void> =>
  eventually(async () => {
    assert(await isQueued(id));
    assert.equal(await pending(), 0);
  });

test('one for now is looked at by the process that wrote it, and stays until that is done', async () => {
  let finish: (again: number | null) => void = () => undefined;
  relay.start(() => new Promise((resolve) => (finish = resolve)));
  await written('mig_now');
  expect(await pending()).toBe(1);
  finish(null);
  await eventually(async () => assert.equal(await pending(), 0));
  expect(await isQueued('mig_now')).toBe(false);
});

test('one whose look wants another later is in its queue for then', async () => {
  relay.start(() => Promise.resolve(START_MS + 60_000));
  await written('mig_later');
  await isPassedOn('mig_later');
  expect((await queue.getJob('mig_later-1'))?.delay).toBe(60_000);
});

test('one whose look fails is left to its queue, which tries again', async () => {
  relay.start(() => Promise.reject(new Error('Redis went away')));
  await written('mig_failed');
  await isPassedOn('mig_failed');
  expect(journal.warnings).toContain('a look failed');
});

test('one for later, and one there is no room for, are in their queues', async () => {
  relay.start(({ migrationId }) => {
    assert.equal(migrationId, 'mig_full');
    return null;
  });
  await written('mig_timed', { atMs: START_MS + 1_000 });
  await isPassedOn('mig_timed');
  await written('mig_full');
  await isPassedOn('mig_full');
});

test('one that another process left behind is passed on once it has lain there for ten seconds', async () => {
  relay.start(NEVER);
  await written('mig_left', { byUs: false });
  await written('mig_ours');
  await eventually(async () => assert(await isQueued('mig_ours')));
  clock.moveBy(9_000);
  await written('mig_tick');
  await eventually(async () => assert(await isQueued('mig_tick')));
  expect(await isQueued('mig_left')).toBe(false);
  await eventually(async () => {
    clock.moveBy(1_000);
    assert(await isQueued('mig_left'));
  });
  await isPassedOn('mig_left');
});
