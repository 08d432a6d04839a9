// "Busy" as the answer to our own submission: it may be our own import that makes it busy, so it is looked for first.
import { describe, expect, test } from 'vitest';
import { note } from '../../src/domain/migration-step.js';
import { MAX_BUSY_WAIT_MS } from '../../src/domain/policy.js';
import type { CloudOptions, SubmissionFault } from '../support/memory-cloud.js';
import { Invariants } from '../support/memory-invariants.js';
import { accepted, HOUR_MS, stateOf } from '../support/steered.js';

const GRACE_MS = 120_000;

async function answered(fault: SubmissionFault, cloud: Partial<CloudOptions>) {
  const stage = await accepted({ cloud }, fault);
  return { ...stage, invariants: new Invariants(stage.world) };
}

describe.each(['MySQL', 'SQLServer'] as const)('%s', (engine) => {
  test('our own import, accepted and answered as busy, is adopted and ends once', async () => {
    const { world, process, now, invariants } = await answered('busy_after', { engine });
    await process.work(HOUR_MS);
    expect(invariants.violationsAtEnd()).toEqual([]);
    expect(world.cloud.accepted).toHaveLength(1);
    expect(now()).toMatchObject({ status: 'succeeded', importId: '1000', attempt: 1 });
  });

  test('one that ends before it is listed is adopted, too', async () => {
    const late = { engine, importMs: 20_000, visibleAfterMs: 110_000, hidesStates: true };
    const { world, process, now, invariants } = await answered('busy_after', late);
    await process.work(HOUR_MS);
    expect(invariants.violationsAtEnd()).toEqual([]);
    expect(world.cloud.accepted).toHaveLength(1);
    expect(now()).toMatchObject({ status: 'succeeded', importId: '1000', attempt: 1 });
  });

  test('a refusal that started nothing leads to the next attempt, once it is certain', async () => {
    const { world, process, now, invariants } = await answered('busy_before', { engine });
    const intendedAt = world.clock.now();
    await process.work(HOUR_MS);
    expect(invariants.violationsAtEnd()).toEqual([]);
    expect(now()).toMatchObject({ status: 'succeeded', attempt: 2 });
    expect(world.cloud.accepted[0]?.at).toBeGreaterThanOrEqual(intendedAt + GRACE_MS);
  });

  test('an import that appears after that look is still looked for by later attempts', async () => {
    const visibleAfterMs = GRACE_MS + 20_000;
    const late = { engine, importMs: 20_000, visibleAfterMs, hidesStates: true };
    const { world, process, now, invariants } = await answered('busy_after', late);
    world.cloud.faults.push('throttled', 'not_sent', 'throttled', 'not_sent');
    await process.work(HOUR_MS);
    expect(invariants.violationsAtEnd()).toEqual([]);
    expect(world.cloud.accepted).toHaveLength(1);
    expect(now()).toMatchObject({ status: 'succeeded', importId: '1000' });
  });

  test('an upstream that says so for ever fails it after the bound, with nothing started', async () => {
    const { world, process, now, invariants } = await answered('busy_before', { engine });
    world.cloud.faults.push(...Array<'busy_before'>(100).fill('busy_before'));
    await process.work(2 * HOUR_MS);
    expect(invariants.violationsAtEnd()).toEqual([]);
    expect(now()).toMatchObject({ status: 'failed', reason: { code: 'retries_exhausted' } });
    const { createdAt, finishedAt } = now();
    expect((finishedAt ?? 0) - createdAt).toBeGreaterThan(MAX_BUSY_WAIT_MS);
    expect((finishedAt ?? 0) - createdAt).toBeLessThan(MAX_BUSY_WAIT_MS + 10 * 60_000);
  });

  describe('with a cancel that was asked for meanwhile', () => {
    async function canceled(fault: SubmissionFault) {
      const stage = await answered(fault, { engine });
      const { world, id } = stage;
      world.cloud.onRequest = () => {
        const cancel = { askedAt: world.clock.now(), sentAt: null };
        world.redis.records.set(id, note(stateOf(world, id), { cancel }).after);
      };
      return stage;
    }

    test('the import that runs is bound, not left alone', async () => {
      const { world, process, now } = await canceled('busy_after');
      await process.work(HOUR_MS);
      expect(world.cloud.accepted).toHaveLength(1);
      expect(now()).toMatchObject({ importId: '1000' });
      expect(now().status).toBe(engine === 'MySQL' ? 'succeeded' : 'canceled');
      expect(world.cloud.accepted[0]?.isCanceled).toBe(engine === 'SQLServer');
      expect(world.redis.leases.size).toBe(0);
    });

    test('it is canceled once the look has found nothing, and not before', async () => {
      const { world, process, now } = await canceled('busy_before');
      const { createdAt } = now();
      await process.work(HOUR_MS);
      expect(now()).toMatchObject({ status: 'canceled', attempt: 1, importId: null });
      expect(now().finishedAt).toBeGreaterThanOrEqual(createdAt + GRACE_MS);
      expect(world.cloud.accepted).toEqual([]);
      expect(world.redis.leases.size).toBe(0);
    });
  });
});

test('where another import keeps the instances busy, it waits for its turn and takes none for its own', async () => {
  const { world, process, id, now, invariants } = await answered('busy_before', {
    engine: 'MySQL',
  });
  world.cloud.faults.length = 0;
  world.redis.records.set(id, { ...stateOf(world, id), preflight: 'skip' });
  const { sourceInstanceId, targetInstanceId, engine } = now();
  const databases = [{ source: 'other', target: 'other' }];
  world.cloud.startOutside({ sourceInstanceId, targetInstanceId, engine, databases });
  await process.work(HOUR_MS);
  expect(invariants.violations()).toEqual([]);
  expect(now()).toMatchObject({ status: 'succeeded', importId: '1001' });
});
