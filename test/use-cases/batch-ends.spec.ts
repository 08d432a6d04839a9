// No member of a batch ends without a look where an import of it may run, and none waits behind a shut gate for ever.
import assert from 'node:assert/strict';
import { describe, expect, test } from 'vitest';
import { batchStatusOf, type Batch, type BatchRequest } from '../../src/domain/batch.js';
import type { Migration } from '../../src/domain/migration.js';
import type { CloudOptions } from '../support/memory-cloud.js';
import { batchOf } from '../support/memory-batches.js';
import { Invariants } from '../support/memory-invariants.js';
import { CALLER, TENANT, World, type Process, type WorldOptions } from '../support/memory-world.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const ENGINES = ['MySQL', 'SQLServer'] as const;

interface Stage {
  readonly world: World;
  readonly process: Process;
  readonly id: string;
  readonly invariants: Invariants;
  readonly now: () => Batch;
  readonly member: (index: number) => Migration;
  readonly statuses: () => readonly string[];
}

interface Plan {
  readonly count: number;
  readonly batch?: Partial<BatchRequest>;
  readonly after?: readonly (readonly number[])[];
  readonly options?: WorldOptions;
  readonly notBefore?: number;
}

async function stage({ count, batch, after, options = {}, notBefore }: Plan): Promise<Stage> {
  const world = new World(options);
  const process = world.boot();
  const requests = Array.from({ length: count }, (_, index) =>
    world.request({
      ...{ sourceInstanceId: `rm-s${index}`, targetInstanceId: `rm-t${index}` },
      ...(notBefore !== undefined && { notBefore: world.clock.now() + notBefore }),
    }),
  );
  const { id } = await process.acceptBatch(requests, batch, after);
  const now = (): Batch => {
    const found = batchOf(id, world.redis);
    if (found === null) throw new Error('the batch is gone');
    return found;
  };
  const member = (index: number): Migration => {
    const found = world.migrations[index];
    if (found === undefined) throw new Error(`no member ${index}`);
    return found;
  };
  return {
    ...{ world, process, id, now, member, invariants: new Invariants(world) },
    statuses: () => world.migrations.map(({ status }) => status),
  };
}

/** Redis is as it was before; the process that lives has noticed that. */
async function loses(on: Stage, act: () => Promise<void>): Promise<void> {
  const before = on.world.redis.snapshot();
  await act();
  on.world.redis.loseSince(before);
  on.invariants.forget();
  await on.process.durability.rollback();
}

/**
 * Ends bound to the one import that it started. Where upstream does not say of which databases an import
 * is (MySQL) it is unknown, with its instances held, until a person says so.
 */
async function expectBound(on: Stage, index: number): Promise<void> {
  const { world, process, member } = on;
  const own = world.cloud.accepted.filter((one) => one.migrationId === member(index).id);
  expect(own).toHaveLength(1);
  const importId = own[0]?.importId ?? '';
  if (member(index).status === 'outcome_unknown') {
    assert.equal(world.cloud.options.engine, 'MySQL');
    assert.equal(world.redis.leases.get(`rm-t${index}`)?.migrationId, member(index).id);
    await process.steering.resolve(CALLER, member(index).id, { outcome: 'started', importId });
    await process.work(6 * HOUR_MS);
  }
  expect(member(index)).toMatchObject({ status: 'succeeded', importId });
}

/** As the script leaves it when a member fails, or a retry opens it again. */
function gateOf({ world, id }: Stage, gate: Batch['gate']): void {
  const kept = world.redis.batches.get(id);
  if (kept === undefined) throw new Error('the batch is gone');
  world.redis.batches.set(id, { ...kept, gate, version: kept.version + 1 });
}

const long = (engine: CloudOptions['engine']): WorldOptions => ({
  cloud: { engine, importMs: 2 * HOUR_MS },
});

describe.each(ENGINES)('%s: after Redis lost the submissions', (engine) => {
  test.each([
    { left: 'queued', notBefore: undefined },
    { left: 'scheduled', notBefore: 10 * MINUTE_MS },
  ])('a canceled batch binds what runs of its $left members', async ({ left, notBefore }) => {
    const on = await stage({
      ...{ count: 4, options: long(engine), batch: { maxConcurrent: 3 } },
      ...(notBefore !== undefined && { notBefore }),
    });
    await loses(on, () => on.process.work(20 * MINUTE_MS));
    expect(on.world.cloud.accepted).toHaveLength(3);
    expect(new Set(on.statuses())).toEqual(new Set([left]));
    await on.process.control.cancel(TENANT, on.id);
    await on.process.work(6 * HOUR_MS);
    for (const index of [0, 1, 2]) await expectBound(on, index);
    expect(on.member(3)).toMatchObject({
      status: 'canceled',
      reason: { code: 'canceled_by_user', message: `The batch ${on.id} was canceled.` },
    });
    expect(on.world.cloud.accepted).toHaveLength(3);
    expect(batchStatusOf(on.now())).toBe('canceled');
    expect(on.now().finishedAt).not.toBeNull();
    expect(on.invariants.violationsAtEnd()).toEqual([]);
  });

  test('a batch that halts binds what runs, and ends the others as halted', async () => {
    const on = await stage({
      ...{ count: 4, options: long(engine), batch: { onFailure: 'halt', maxConcurrent: 3 } },
    });
    await loses(on, () => on.process.work(10 * MINUTE_MS));
    expect(on.world.cloud.accepted).toHaveLength(3);
    gateOf(on, 'halted');
    await on.process.look({ to: 'schedule', migrationId: on.id, version: 'x', atMs: 0 });
    await on.process.work(6 * HOUR_MS);
    for (const index of [0, 1, 2]) await expectBound(on, index);
    expect(on.member(3)).toMatchObject({ status: 'canceled', reason: { code: 'batch_halted' } });
    expect(on.invariants.violationsAtEnd()).toEqual([]);
  });

  test('one whose dependency failed meanwhile is bound to its running import', async () => {
    const on = await stage({ count: 2, options: { cloud: { engine } }, after: [[], [0]] });
    await loses(on, async () => {
      await on.process.work(MINUTE_MS);
      Object.assign(on.world.cloud.options, { importMs: 2 * HOUR_MS });
      await on.process.work(10 * MINUTE_MS);
    });
    expect(on.world.cloud.accepted).toHaveLength(2);
    // Its submission is lost, too. What becomes of the first is told by a person who canceled it before.
    const first = on.member(0);
    const ended = { status: 'canceled', fence: null, finishedAt: 1, wakeAt: null } as const;
    on.world.redis.records.set(first.id, { ...first, ...ended, version: first.version + 1 });
    await on.process.look({ to: 'schedule', migrationId: on.member(1).id, version: 'x', atMs: 0 });
    await on.process.work(6 * HOUR_MS);
    await expectBound(on, 1);
  });

  test('what is opened again before it was looked at goes on, each at its own time', async () => {
    const notBefore = 90 * MINUTE_MS;
    const on = await stage({
      ...{ count: 1, options: { cloud: { engine } }, batch: { onFailure: 'halt' }, notBefore },
    });
    const due = on.world.clock.now() + notBefore;
    await loses(on, async () => {
      on.world.redis.counters = { ...on.world.redis.counters, intents: 1 };
      await on.process.durability.rollback();
    });
    gateOf(on, 'halted');
    await on.process.look({ to: 'schedule', migrationId: on.id, version: 'x', atMs: 0 });
    expect(on.member(0)).toMatchObject({ status: 'queued', cancel: { ifRunning: 'finish' } });
    gateOf(on, 'open');
    await on.process.work(HOUR_MS);
    expect(on.member(0)).toMatchObject({ status: 'scheduled', cancel: null, wakeAt: due });
    await on.process.work(2 * HOUR_MS);
    expect(on.member(0).status).toBe('succeeded');
    expect(on.world.cloud.accepted[0]?.at).toBeGreaterThanOrEqual(due);
    expect(on.invariants.violationsAtEnd()).toEqual([]);
  });
});

describe.each(['operator', 'resubmit'] as const)('with UNKNOWN_POLICY=%s', (policy) => {
  test('a member of a canceled batch whose call was not started ends with the batch', async () => {
    const on = await stage({ count: 1, options: { policy } });
    on.world.cloud.faults.push('error_before');
    await on.process.work(10 * MINUTE_MS);
    expect(on.statuses()).toEqual(['outcome_unknown']);
    await on.process.control.cancel(TENANT, on.id);
    await on.process.work(0);
    if (policy === 'operator') {
      const found = { outcome: 'not_started' } as const;
      await on.process.steering.resolve(CALLER, on.member(0).id, found);
    }
    await on.process.work(3 * HOUR_MS);
    expect(on.member(0)).toMatchObject({
      status: 'canceled',
      reason: { code: 'canceled_by_user', message: `The batch ${on.id} was canceled.` },
    });
    expect(batchStatusOf(on.now())).toBe('canceled');
    expect(on.now().finishedAt).not.toBeNull();
    expect(on.world.cloud.requests).toHaveLength(1);
    expect(on.invariants.violationsAtEnd()).toEqual([]);
  });
});
