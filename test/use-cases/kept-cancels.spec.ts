// A cancel that cannot be done at once: kept while the call is under way, and truthful when upstream refuses.
import { describe, expect, test } from 'vitest';
import { note } from '../../src/domain/migration-step.js';
import type { SubmissionFault } from '../support/memory-cloud.js';
import { TENANT } from '../support/memory-world.js';
import { accepted, cancel, HOUR_MS, stateOf, worked } from '../support/steered.js';

describe('a cancel that was kept', () => {
  /** The call is under way when another process writes the cancel. */
  async function duringCall(engine: 'MySQL' | 'SQLServer', fault: SubmissionFault | null) {
    const { world, process, id, now } = await accepted({ cloud: { engine } }, fault);
    const askedAt = world.clock.now();
    world.cloud.onRequest = () => {
      const submitting = stateOf(world, id);
      world.redis.records.set(id, note(submitting, { cancel: { askedAt, sentAt: null } }).after);
    };
    return { world, process, now };
  }

  test('is carried out as soon as the import is known', async () => {
    const { world, process, now } = await duringCall('SQLServer', null);
    await process.work(HOUR_MS);
    expect(now()).toMatchObject({ status: 'canceled', reason: { code: 'canceled_by_user' } });
    expect(now().importId).not.toBeNull();
    expect(world.cloud.cancels.asked).toHaveLength(1);
    expect(world.redis.leases.size).toBe(0);
  });

  test('of MySQL comes too late once the import runs: it says so and goes on', async () => {
    const { world, process, now } = await duringCall('MySQL', null);
    for (let turn = 0; turn < 30 && now().reason === null; turn += 1) {
      world.clock.moveTo(world.clock.now() + 1_000);
      await process.work(0);
    }
    expect(now()).toMatchObject({ status: 'importing', cancel: null });
    expect(now().reason).toMatchObject({ code: 'cancel_refused' });
    await process.work(HOUR_MS);
    expect(now()).toMatchObject({ status: 'succeeded', reason: null });
  });

  test('ends it at once when the call did not take effect', async () => {
    const { world, process, now } = await duringCall('SQLServer', 'throttled');
    await process.work(HOUR_MS);
    expect(now()).toMatchObject({ status: 'canceled', reason: { code: 'canceled_by_user' } });
    expect(now()).toMatchObject({ attempt: 1, importId: null });
    expect(world.cloud.accepted).toEqual([]);
  });
});

describe('a cancel that upstream refuses', () => {
  test('leaves the import running, with the reason, until it ends; then it can be asked again', async () => {
    const { world, process, id, now } = await accepted({ cloud: { engine: 'SQLServer' } });
    await worked(world, process, id, 'importing');
    world.cloud.cancels.fault = { class: 'rejected', code: 'EngineNotSupported' };
    await cancel(process, id);
    await worked(world, process, id, 'importing');
    expect(now()).toMatchObject({
      cancel: null,
      reason: { code: 'cancel_refused', upstreamCode: 'EngineNotSupported' },
    });
    expect((await process.reading.find(TENANT, id)).allowedActions).toEqual(['cancel']);
    await process.work(HOUR_MS);
    expect(now()).toMatchObject({ status: 'succeeded', reason: null });
  });

  test('in passing is asked again until it is taken', async () => {
    const { world, process, id, now } = await accepted({
      cloud: { engine: 'SQLServer', importMs: HOUR_MS },
    });
    await worked(world, process, id, 'importing');
    world.cloud.cancels.fault = { class: 'throttled', code: 'Throttling.User' };
    await cancel(process, id);
    await process.work(60_000);
    expect(now().status).toBe('canceling');
    world.cloud.cancels.fault = null;
    await process.work(HOUR_MS / 2);
    expect(now()).toMatchObject({ status: 'canceled', reason: { code: 'canceled_by_user' } });
  });

  test('because it ends already is settled by how it ended', async () => {
    const { world, process, id, now } = await accepted({ cloud: { engine: 'SQLServer' } });
    await worked(world, process, id, 'importing');
    world.clock.moveTo((world.cloud.accepted[0]?.endsAt ?? 0) + 1);
    expect((await cancel(process, id)).migration.status).toBe('canceling');
    await process.work(HOUR_MS);
    expect(now()).toMatchObject({ status: 'succeeded', reason: null });
  });

  test('because another process told it the same ends as canceled by the user', async () => {
    const { world, process, id, now } = await accepted({ cloud: { engine: 'SQLServer' } });
    await worked(world, process, id, 'importing');
    await cancel(process, id);
    world.cloud.cancel(now().targetInstanceId, now().importId ?? '');
    await process.work(HOUR_MS);
    expect(world.journal.steps.map(({ name }) => name)).toContain('cancel_refused');
    expect(now()).toMatchObject({ status: 'canceled', reason: { code: 'canceled_by_user' } });
  });
});
