// An upstream that does not answer fails nothing: what waits gives its instances back, says so, and goes on by itself.
import { describe, expect, test } from 'vitest';
import type { Migration } from '../../src/domain/migration.js';
import { Invariants } from '../support/memory-invariants.js';
import { TENANT, World, type Process } from '../support/memory-world.js';

const MINUTE_MS = 60_000;
const OUTAGE_MS = 35 * MINUTE_MS;
const PAIRS = 15;

async function fleet(world: World, process: Process): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let pair = 0; pair < PAIRS; pair += 1) {
    const instances = { sourceInstanceId: `rm-s${pair}`, targetInstanceId: `rm-t${pair}` };
    for (const name of ['orders', 'items']) {
      const databases = [{ source: name, target: name }];
      ids.push(await process.accept(world.request({ ...instances, databases })));
    }
  }
  return ids;
}

const inStatus = (world: World, status: Migration['status']): number =>
  world.migrations.filter((one) => one.status === status).length;

describe.each(['unclear', 'throttled'] as const)('while every call is %s', (fault) => {
  test('an outage of 35 minutes fails nothing, and hardly any hold instances', async () => {
    const world = new World();
    const invariants = new Invariants(world);
    const process = world.boot();
    world.cloud.readFault = fault;
    const ids = await fleet(world, process);
    const endsAt = world.clock.now() + OUTAGE_MS;
    let most = 0;
    const settledAt = world.clock.now() + 30_000;
    while (world.clock.now() < endsAt) {
      await process.work(1_000);
      world.clock.moveBy(1_000);
      if (world.clock.now() > settledAt) most = Math.max(most, inStatus(world, 'checking'));
    }
    expect(most).toBeLessThanOrEqual(5);
    expect(inStatus(world, 'queued')).toBe(ids.length);
    expect(world.redis.leases.size).toBe(0);
    const { waitingFor } = await process.reading.find(TENANT, ids[0] ?? '');
    expect(waitingFor).toMatchObject([{ kind: 'upstream_unavailable' }]);
    const probes = world.cloud.verifications;
    expect(probes).toBeGreaterThan(30);
    expect(probes).toBeLessThan(60);
    expect(world.journal.warnings).toContain('upstream does not answer: submissions pause');

    world.cloud.readFault = null;
    await process.work(12 * 60 * MINUTE_MS);
    expect(inStatus(world, 'succeeded')).toBe(ids.length);
    expect(world.cloud.accepted).toHaveLength(ids.length);
    expect(invariants.violationsAtEnd()).toEqual([]);
    expect(world.journal.warnings).toContain('upstream answers again: submissions go on');
  });
});

test('it goes on within the longest distance of two probes, once upstream answers', async () => {
  const world = new World();
  const process = world.boot();
  world.cloud.readFault = 'unclear';
  await fleet(world, process);
  await process.work(OUTAGE_MS);
  world.cloud.readFault = null;
  const backAt = world.clock.now();
  await process.work(2 * MINUTE_MS);
  const first = world.cloud.accepted[0]?.at ?? Infinity;
  expect(first - backAt).toBeLessThanOrEqual(MINUTE_MS + 1_000);
  expect(world.cloud.accepted.length).toBeGreaterThanOrEqual(PAIRS);
});

test('imports under way are followed through an outage, and their looks end the pause', async () => {
  const world = new World({ cloud: { importMs: 90 * MINUTE_MS } });
  const process = world.boot();
  const running = await process.accept(world.request());
  await process.work(10 * MINUTE_MS);
  world.cloud.readFault = 'unclear';
  const instances = { sourceInstanceId: 'rm-a', targetInstanceId: 'rm-b' };
  const waiting = await process.accept(world.request(instances));
  await process.work(OUTAGE_MS);
  expect(world.redis.records.get(running)?.status).toBe('importing');
  expect(world.redis.records.get(waiting)?.status).toBe('queued');
  world.cloud.readFault = null;
  await process.work(12 * 60 * MINUTE_MS);
  expect(inStatus(world, 'succeeded')).toBe(2);
});

test('one slow call, or one refused burst, is no outage', async () => {
  const world = new World();
  const process = world.boot();
  world.cloud.readFault = 'throttled';
  const id = await process.accept(world.request());
  await process.work(0);
  world.cloud.readFault = null;
  expect(await world.pauses.anyOpen()).toBe(false);
  await process.work(MINUTE_MS);
  expect(world.redis.records.get(id)?.status).toBe('importing');
  expect(world.journal.warnings).toEqual([]);
});

test('a call without an answer whose fate cannot be read waits for upstream, and is adopted', async () => {
  const world = new World({ cloud: { importMs: 50 * MINUTE_MS } });
  const process = world.boot();
  world.cloud.faults.push('reply_lost');
  const id = await process.accept(world.request());
  world.cloud.onRequest = () => {
    world.cloud.readFault = 'unclear';
  };
  await process.work(OUTAGE_MS);
  expect(world.redis.records.get(id)?.status).toBe('submitting');
  world.cloud.readFault = null;
  await process.work(2 * 60 * MINUTE_MS);
  expect(world.redis.records.get(id)).toMatchObject({ status: 'succeeded', importId: '1000' });
});
