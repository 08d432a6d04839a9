// After "not started" nothing is sent, and no instance held, until upstream can no longer accept the old call.
import { describe, expect, test } from 'vitest';
import { Invariants } from '../support/memory-invariants.js';
import { CALLER, TENANT } from '../support/memory-world.js';
import { accepted, cancel, HOUR_MS, worked } from '../support/steered.js';

const MINUTE_MS = 60_000;
/** Upstream's fifteen minutes, and a fifteenth more. */
const FENCE_MS = 16 * MINUTE_MS;
const NOT_STARTED = { outcome: 'not_started' } as const;

/** The request is still on its way: it arrives ten minutes later. */
async function stillUnderWay() {
  const stage = await accepted({ cloud: { importMs: 60_000 } }, 'delayed');
  const { world, process, id, now } = stage;
  await worked(world, process, id, 'outcome_unknown');
  const fencedUntil = (now().intent?.at ?? 0) + FENCE_MS;
  return { ...stage, fencedUntil, invariants: new Invariants(world) };
}

/** All that was under way for long has arrived, too. */
async function toTheEnd({ world, process }: Awaited<ReturnType<typeof accepted>>): Promise<void> {
  await process.work(HOUR_MS);
  world.clock.moveBy(HOUR_MS);
  world.cloud.statusOf('rm-target');
}

const sentAt = (requests: readonly number[], index: number): number => requests[index] ?? 0;

describe('resolved as not started', () => {
  test('it is queued without instances until the fence, and says so', async () => {
    const { world, process, id, now, fencedUntil } = await stillUnderWay();
    await process.steering.resolve(CALLER, id, NOT_STARTED);
    expect(now()).toMatchObject({ status: 'queued', attempt: 2 });
    expect(world.redis.leases.size).toBe(0);
    const { waitingFor } = await process.reading.find(TENANT, id);
    expect(waitingFor).toMatchObject([{ kind: 'fence', until: fencedUntil }]);
    await process.work(fencedUntil - 1 - world.clock.now());
    world.clock.moveTo(fencedUntil - 1);
    await process.work(0);
    expect(now().status).toBe('queued');
    world.clock.moveTo(fencedUntil);
    await process.work(0);
    expect(now().status).not.toBe('queued');
  });

  test('a call that arrives late is adopted, and no second one is made', async () => {
    const stage = await stillUnderWay();
    const { world, process, id, now, invariants } = stage;
    await process.steering.resolve(CALLER, id, NOT_STARTED);
    await toTheEnd(stage);
    expect(invariants.violationsAtEnd()).toEqual([]);
    expect(world.cloud.accepted).toHaveLength(1);
    expect(now()).toMatchObject({ status: 'succeeded', importId: '1000' });
  });

  test('the next attempt leaves as soon as the fence has passed', async () => {
    const { world, process, id, now } = await accepted({}, 'error_before');
    const sent: number[] = [];
    world.cloud.onRequest = () => void sent.push(world.clock.now());
    await worked(world, process, id, 'outcome_unknown');
    await process.steering.resolve(CALLER, id, NOT_STARTED);
    await process.work(HOUR_MS);
    expect(now()).toMatchObject({ status: 'succeeded', attempt: 2 });
    const apartMs = sentAt(sent, 1) - sentAt(sent, 0);
    expect(apartMs).toBeGreaterThanOrEqual(FENCE_MS);
    expect(apartMs).toBeLessThan(FENCE_MS + MINUTE_MS);
  });

  test('its instances go at once to whoever waits for them', async () => {
    const { world, process, id } = await accepted({}, 'error_before');
    const databases = [{ source: 'items', target: 'items' }];
    const other = await process.accept(world.request({ databases }));
    await worked(world, process, id, 'outcome_unknown');
    await process.steering.resolve(CALLER, id, NOT_STARTED);
    await process.work(0);
    expect(world.redis.records.get(other)?.status).toBe('importing');
  });

  test('a cancel asked for behind the fence is done after a last look', async () => {
    const { world, process, id, now, fencedUntil } = await stillUnderWay();
    await process.steering.resolve(CALLER, id, NOT_STARTED);
    await cancel(process, id);
    await process.work(HOUR_MS);
    expect(world.cloud.accepted).toHaveLength(1);
    expect(now()).toMatchObject({ importId: '1000' });
    expect(now().finishedAt).toBeGreaterThanOrEqual(fencedUntil);
  });
});

test('a cancel that was kept ends nothing before the fence either: the call that arrives late is found', async () => {
  const stage = await stillUnderWay();
  const { world, process, id, now, invariants } = stage;
  await cancel(process, id);
  await process.steering.resolve(CALLER, id, NOT_STARTED);
  expect(now().status).toBe('queued');
  const { waitingFor } = await process.reading.find(TENANT, id);
  expect(waitingFor).toMatchObject([{ kind: 'fence' }]);
  await toTheEnd(stage);
  expect(invariants.violationsAtEnd()).toEqual([]);
  expect(world.cloud.accepted).toHaveLength(1);
  expect(now()).toMatchObject({ status: 'succeeded', importId: '1000' });
});
