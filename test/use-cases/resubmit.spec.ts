// "Not started" is believed only when the fence has passed and upstream showed twice, far apart, that nothing began.
import { describe, expect, test } from 'vitest';
import { EMPTY_LISTINGS_APART_MS } from '../../src/domain/policy.js';
import { Invariants } from '../support/memory-invariants.js';
import { World, type Process, type WorldOptions } from '../support/memory-world.js';

const MINUTE_MS = 60_000;
const FENCE_MS = 2_100_000;

/** A call was made that upstream failed before it did anything; the outcome is unknown. */
async function unknownOutcome(options: WorldOptions = { policy: 'resubmit' }) {
  const world = new World(options);
  const process = world.boot();
  await process.accept(world.request());
  world.cloud.faults.push('error_before');
  await process.work(5 * MINUTE_MS);
  expect(world.migrations).toMatchObject([{ status: 'outcome_unknown', attempt: 1 }]);
  const intendedAt = world.migrations[0]?.intent?.at ?? 0;
  return { world, process, intendedAt, invariants: new Invariants(world) };
}

/** When the decision was written; null when it was not. */
const decidedAt = (world: World): number | null =>
  world.journal.steps.find(({ name }) => name === 'not_started')?.entry?.at ?? null;

const workUntil = (world: World, process: Process, at: number): Promise<void> =>
  process.work(at - world.clock.now());

describe('with UNKNOWN_POLICY=resubmit', () => {
  test('it is believed soon after the fence, not before, and the next attempt ends it', async () => {
    const { world, process, intendedAt, invariants } = await unknownOutcome();
    await workUntil(world, process, intendedAt + FENCE_MS - 1);
    expect(decidedAt(world)).toBeNull();
    await process.work(20 * MINUTE_MS);
    const at = (decidedAt(world) ?? 0) - intendedAt;
    expect(at).toBeGreaterThanOrEqual(FENCE_MS);
    expect(at).toBeLessThan(FENCE_MS + 3 * MINUTE_MS);
    expect(world.migrations).toMatchObject([{ status: 'succeeded', attempt: 2 }]);
    expect(invariants.violationsAtEnd()).toEqual([]);
  });

  test('after the fence it still takes two empty listings that lie far enough apart', async () => {
    const { world, process, intendedAt } = await unknownOutcome();
    world.cloud.readFault = 'unclear';
    const readableAt = intendedAt + FENCE_MS + 10 * MINUTE_MS;
    await workUntil(world, process, readableAt);
    expect(decidedAt(world)).toBeNull();
    world.cloud.readFault = null;
    await process.work(10 * MINUTE_MS);
    expect(decidedAt(world)).toBeGreaterThanOrEqual(readableAt + EMPTY_LISTINGS_APART_MS);
  });

  test('a look that could not be made in between starts the row anew', async () => {
    const { world, process, intendedAt } = await unknownOutcome();
    await workUntil(world, process, intendedAt + FENCE_MS - 1 * MINUTE_MS);
    world.cloud.readFault = 'unclear';
    await process.work(2 * MINUTE_MS);
    world.cloud.readFault = null;
    const readableAt = world.clock.now();
    await process.work(10 * MINUTE_MS);
    expect(decidedAt(world)).toBeGreaterThanOrEqual(readableAt + EMPTY_LISTINGS_APART_MS);
  });

  test('it is never believed when Redis has lost writes since the intent', async () => {
    const { world, process } = await unknownOutcome();
    world.redis.counters = { ...world.redis.counters, intents: 0 };
    await process.work(300 * MINUTE_MS);
    expect(decidedAt(world)).toBeNull();
    expect(world.migrations).toMatchObject([{ status: 'outcome_unknown' }]);
  });

  test('it is never believed where upstream has no listing', async () => {
    const { world, process } = await unknownOutcome({
      policy: 'resubmit',
      cloud: { hasListing: false },
    });
    await process.work(300 * MINUTE_MS);
    expect(decidedAt(world)).toBeNull();
  });
});

test('with UNKNOWN_POLICY=operator it is never believed, and the instances stay held', async () => {
  const { world, process } = await unknownOutcome({ policy: 'operator' });
  await process.work(300 * MINUTE_MS);
  expect(decidedAt(world)).toBeNull();
  expect(world.cloud.requests).toHaveLength(1);
  expect(world.redis.leases.size).toBe(2);
});
