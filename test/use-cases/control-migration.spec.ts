// Cancel, retry and resolve over whole lives: each is kept, none submits what was canceled, none is done twice.
import { describe, expect, test } from 'vitest';
import { CALLER, TENANT, World } from '../support/memory-world.js';
import { accepted, cancel, HOUR_MS, worked } from '../support/steered.js';

describe('cancel', () => {
  test('before the submission ends it at once, and nothing is ever sent', async () => {
    const { world, process, id, now } = await accepted();
    const view = await cancel(process, id);
    expect(view.migration).toMatchObject({
      status: 'canceled',
      reason: { code: 'canceled_by_user' },
    });
    await process.work(HOUR_MS);
    expect(now().status).toBe('canceled');
    expect(world.cloud.accepted).toEqual([]);
    expect(world.redis.leases.size).toBe(0);
    await expect(cancel(process, id)).rejects.toMatchObject({ code: 'already_ended' });
  });

  test('of a running SQL Server import is carried out upstream, and upstream has the last word', async () => {
    const { world, process, id, now } = await accepted({ cloud: { engine: 'SQLServer' } });
    await worked(world, process, id, 'importing');
    expect((await cancel(process, id)).migration.status).toBe('canceling');
    expect((await cancel(process, id)).migration.status).toBe('canceling');
    await process.work(HOUR_MS);
    expect(now()).toMatchObject({ status: 'canceled', reason: { code: 'canceled_by_user' } });
    expect(world.redis.leases.size).toBe(0);
  });

  test('of a running MySQL import is refused, and changes nothing', async () => {
    const { world, process, id, now } = await accepted({ cloud: { engine: 'MySQL' } });
    await worked(world, process, id, 'importing');
    const before = now();
    await expect(cancel(process, id)).rejects.toMatchObject({ code: 'cancel_not_supported' });
    expect(now()).toEqual(before);
    await process.work(HOUR_MS);
    expect(now().status).toBe('succeeded');
  });

  test.each(['SQLServer', 'MySQL'] as const)(
    'while the outcome of a call of %s is unknown is kept; resolved as not started it ends after a last look',
    async (engine) => {
      const { world, process, id, now } = await accepted({ cloud: { engine } }, 'error_before');
      await worked(world, process, id, 'outcome_unknown');
      const view = await cancel(process, id);
      expect(view.migration).toMatchObject({ status: 'outcome_unknown' });
      expect(view.migration.cancel).not.toBeNull();
      await process.steering.resolve(CALLER, id, { outcome: 'not_started' });
      await process.work(HOUR_MS);
      expect(now()).toMatchObject({
        ...{ status: 'canceled', cancel: null, reason: { code: 'canceled_by_user' } },
      });
      expect(world.cloud.accepted).toEqual([]);
      expect(world.redis.leases.size).toBe(0);
    },
  );
});

describe('retry', () => {
  test('is a new attempt under the same id, once', async () => {
    const { world, process, id, now } = await accepted();
    await cancel(process, id);
    const outcomes = await Promise.allSettled([
      process.steering.retry(CALLER, id),
      process.steering.retry(CALLER, id),
    ]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(now()).toMatchObject({ status: 'queued', attempt: 2, reason: null });
    await process.work(HOUR_MS);
    expect(now().status).toBe('succeeded');
    expect(world.cloud.accepted).toHaveLength(1);
    await expect(process.steering.retry(CALLER, id)).rejects.toMatchObject({
      code: 'not_retryable',
    });
  });

  test('is refused while the same migration is under way, and without its credential', async () => {
    const { world, process, id } = await accepted();
    await cancel(process, id);
    const twin = await process.accept(world.request());
    await expect(process.steering.retry(CALLER, id)).rejects.toMatchObject({
      ...{ code: 'duplicate_active', more: { conflictsWith: `/v1/migrations/${twin}` } },
    });
    await cancel(process, twin);
    world.redis.credentials.clear();
    await expect(process.steering.retry(CALLER, id)).rejects.toMatchObject({
      code: 'credential_gone',
    });
  });

  test.each(['canceled', 'halted'] as const)(
    'in a batch that is %s is refused: the batch would withdraw it again',
    async (gate) => {
      const world = new World();
      const process = world.boot();
      const batch = await process.acceptBatch([world.request()], { onFailure: 'halt' });
      const [one] = world.migrations;
      const id = one?.id ?? '';
      await cancel(process, id);
      const kept = world.redis.batches.get(batch.id);
      if (kept === undefined) throw new Error('the batch is gone');
      world.redis.batches.set(batch.id, { ...kept, gate });
      expect((await process.reading.find(TENANT, id)).allowedActions).toEqual([]);
      await expect(process.steering.retry(CALLER, id)).rejects.toMatchObject({
        code: 'batch_closed',
      });
    },
  );
});

describe('resolve', () => {
  test('as started binds the import and follows it to its end', async () => {
    const { world, process, id, now } = await accepted(
      { cloud: { importMs: 1_000, visibleAfterMs: 10 * HOUR_MS } },
      'error_after',
    );
    await worked(world, process, id, 'outcome_unknown');
    const importId = world.cloud.accepted[0]?.importId ?? '';
    const { migration } = await process.steering.resolve(CALLER, id, {
      ...{ outcome: 'started', importId },
    });
    expect(migration).toMatchObject({ status: 'importing', importId });
    expect(migration.evidence.at(-1)).toMatchObject({ kind: 'operator' });
    await process.work(HOUR_MS);
    expect(now()).toMatchObject({ status: 'succeeded', importId, attempt: 1 });
  });

  test('as not started queues it for the next attempt, which is submitted', async () => {
    const { world, process, id, now } = await accepted({}, 'error_before');
    await worked(world, process, id, 'outcome_unknown');
    const { migration } = await process.steering.resolve(CALLER, id, { outcome: 'not_started' });
    expect(migration).toMatchObject({ status: 'queued', attempt: 2 });
    await process.work(HOUR_MS);
    expect(now().status).toBe('succeeded');
    expect(world.cloud.accepted).toHaveLength(1);
  });

  test('of one whose outcome is known is refused, and so is the import of another', async () => {
    const { world, process, id, now } = await accepted({}, 'error_before');
    await expect(
      process.steering.resolve(CALLER, id, { outcome: 'not_started' }),
    ).rejects.toMatchObject({ code: 'outcome_known' });
    await worked(world, process, id, 'outcome_unknown');
    world.redis.importOwners.set(`${now().targetInstanceId}/4711`, 'mig_other');
    await expect(
      process.steering.resolve(CALLER, id, { outcome: 'started', importId: '4711' }),
    ).rejects.toMatchObject({ code: 'import_bound' });
    expect(now().status).toBe('outcome_unknown');
  });
});

test('nobody steers what belongs to another tenant', async () => {
  const { process, id } = await accepted();
  const unknown = { code: 'not_found' };
  await expect(process.steering.cancel({ ...CALLER, tenant: 'other' }, id)).rejects.toMatchObject(
    unknown,
  );
  await expect(process.steering.retry({ ...CALLER, tenant: 'other' }, id)).rejects.toMatchObject(
    unknown,
  );
  await expect(
    process.steering.resolve({ ...CALLER, tenant: 'other' }, id, { outcome: 'not_started' }),
  ).rejects.toMatchObject(unknown);
});
