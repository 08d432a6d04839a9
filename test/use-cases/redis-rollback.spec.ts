// Redis may lose its last writes: nothing is sent for the length of the fence, and no import is doubled or forgotten.
import { describe, expect, test } from 'vitest';
import type { PreflightMode } from '../../src/domain/migration.js';
import { Invariants } from '../support/memory-invariants.js';
import { World, type Process, type WorldOptions } from '../support/memory-world.js';

const MINUTE_MS = 60_000;
const PATIENCE_MS = 300 * MINUTE_MS;

interface Scene {
  readonly world: World;
  readonly invariants: Invariants;
  readonly process: Process;
  readonly id: string;
}

async function sceneOf(
  options: WorldOptions,
  preflight: PreflightMode = 'enforce',
): Promise<Scene> {
  const world = new World(options);
  const process = world.boot();
  const id = await process.accept(world.request({ preflight }));
  return { world, invariants: new Invariants(world), process, id };
}

const submit = (process: Process, migrationId: string): Promise<void> =>
  process.look({ to: 'submit', migrationId, version: 'x', atMs: 0 });

const schedule = (process: Process, migrationId: string): Promise<void> =>
  process.look({ to: 'schedule', migrationId, version: 'x', atMs: 0 });

describe.each(['MySQL', 'SQLServer'] as const)('%s', (engine) => {
  describe.each(['operator', 'resubmit'] as const)('with UNKNOWN_POLICY=%s', (policy) => {
    test.each([
      { name: 'running', importMs: 60 * MINUTE_MS },
      { name: 'over', importMs: 10_000 },
    ])('an import that Redis forgot is found while it is $name', async ({ importMs }) => {
      const scene = await sceneOf({ policy, cloud: { engine, importMs } });
      const { world, invariants, process, id } = scene;
      await schedule(process, id);
      const before = world.redis.snapshot();
      await submit(process, id);
      expect(world.cloud.accepted).toHaveLength(1);
      world.redis.loseSince(before);
      invariants.forget();
      await process.work(PATIENCE_MS);
      expect(invariants.violationsAtEnd()).toEqual([]);
    });
  });
});

test('nothing is sent for the length of the fence, then the work goes on', async () => {
  const { world, invariants, process, id } = await sceneOf({});
  await schedule(process, id);
  world.cloud.faults.push('not_sent');
  const before = world.redis.snapshot();
  await submit(process, id);
  world.redis.loseSince(before);
  invariants.forget();
  const lostAt = world.clock.now();
  await process.work(PATIENCE_MS);
  const [only] = world.cloud.accepted;
  expect((only?.at ?? 0) - lostAt).toBeGreaterThanOrEqual(world.settings.submissionFenceMs);
  expect(world.migrations).toMatchObject([{ status: 'succeeded' }]);
  expect(invariants.violationsAtEnd()).toEqual([]);
});

test('a credential that fails after a rollback does not free the instances of a running import', async () => {
  const { world, invariants, process, id } = await sceneOf({
    cloud: { importMs: 600 * MINUTE_MS },
  });
  await schedule(process, id);
  const before = world.redis.snapshot();
  await submit(process, id);
  world.redis.loseSince(before);
  invariants.forget();
  world.cloud.readFault = 'auth';
  await process.work(PATIENCE_MS);
  expect(world.migrations).toMatchObject([{ status: 'outcome_unknown' }]);
  expect(world.redis.leases.size).toBe(2);
  world.cloud.readFault = null;
  await process.work(10 * MINUTE_MS);
  expect(world.migrations).toMatchObject([{ importId: '1000' }]);
});

test('a rollback that nobody saw is betrayed by the nonce, and is never taken for "not started"', async () => {
  const scene = await sceneOf({ policy: 'resubmit', cloud: { importMs: 10_000 } }, 'skip');
  const { world, invariants, process, id } = scene;
  await schedule(process, id);
  const before = world.redis.snapshot();
  await submit(process, id);
  world.redis.loseSince(before);
  invariants.forget();
  world.clock.moveBy(MINUTE_MS);
  const unaware = world.boot();
  await unaware.work(PATIENCE_MS);
  expect(world.cloud.accepted).toHaveLength(1);
  expect(invariants.violationsAtEnd()).toEqual([]);
});

test('what was listed before an intent counts no more when Redis has lost writes', async () => {
  const scene = await sceneOf({ cloud: { importMs: 10_000 } }, 'skip');
  const { world, invariants, process, id } = scene;
  await schedule(process, id);
  const before = world.redis.snapshot();
  await submit(process, id);
  world.redis.loseSince(before);
  invariants.forget();
  world.clock.moveBy(MINUTE_MS);
  // Another process has not seen the lost intent; its own write is noticed by the one that has.
  const unaware = world.boot();
  world.cloud.faults.push('not_sent');
  await submit(unaware, id);
  expect(world.migrations[0]?.intent?.importsBefore).toEqual(['1000']);
  world.redis.counters = { ...world.redis.counters, intents: 0 };
  await process.durability.rollback();
  await process.work(PATIENCE_MS);
  expect(world.cloud.accepted).toHaveLength(1);
  expect(invariants.violationsAtEnd()).toEqual([]);
});
