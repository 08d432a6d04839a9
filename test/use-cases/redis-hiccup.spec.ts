// A Redis that does not answer one call, at whichever call, costs time and never an outcome that was known.
import { describe, expect, test } from 'vitest';
import { Counting, Hiccup } from '../support/crash.js';
import { Invariants } from '../support/memory-invariants.js';
import { World, type WorldOptions } from '../support/memory-world.js';

const PATIENCE_MS = 120 * 60_000;

/** Calls to upstream, not to Redis: what they answer is another matter. */
const UPSTREAM = ['open', 'instance', 'databases', 'usage', 'imports', 'send'];

async function submission(options: WorldOptions, tap: Counting | Hiccup, fault: Fault) {
  const world = new World(options);
  if (fault !== null) world.cloud.faults.push(fault);
  const invariants = new Invariants(world);
  const other = world.boot();
  const migrationId = await other.accept(world.request());
  await other.look({ to: 'schedule', migrationId, version: '1', atMs: 0 });
  const worker = world.boot(tap);
  // A look that fails is run again by the queue; here by the other process.
  await worker.look({ to: 'submit', migrationId, version: '2', atMs: 0 }).catch(() => undefined);
  return { world, invariants, other, migrationId };
}

async function redisCalls(options: WorldOptions, fault: Fault): Promise<readonly number[]> {
  const counting = new Counting();
  await submission(options, counting, fault);
  return counting.calls.flatMap((name, index) => (UPSTREAM.includes(name) ? [] : [index + 1]));
}

type Fault = 'throttled' | 'not_sent' | null;

describe.each([
  ['MySQL', null],
  ['SQLServer', null],
  ['MySQL', 'throttled'],
  ['SQLServer', 'not_sent'],
] as const)('%s, at first %s', (engine, fault) => {
  test.each(['before', 'after'] as const)(
    'an unanswered call (%s its effect) ends in one import that is bound, never in an unknown outcome',
    async (side) => {
      const options: WorldOptions = { cloud: { engine } };
      const calls = await redisCalls(options, fault);
      expect(calls.length).toBeGreaterThan(4);
      for (const call of calls) {
        const { world, invariants, other } = await submission(
          options,
          new Hiccup(call, side),
          fault,
        );
        await other.work(PATIENCE_MS);
        const seen = world.migrations.map(({ status }) => status);
        expect({ call, seen }).toEqual({ call, seen: ['succeeded'] });
        expect(world.cloud.accepted).toHaveLength(1);
        expect(invariants.violationsAtEnd()).toEqual([]);
      }
    },
  );
});
