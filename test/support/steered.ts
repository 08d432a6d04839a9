// One migration of the little world, and what it takes to steer it and to see where it stands.
import assert from 'node:assert/strict';
import type { Migration } from '../../src/domain/migration.js';
import type { SubmissionFault } from './memory-cloud.js';
import { CALLER, World, type Process, type WorldOptions } from './memory-world.js';

export const HOUR_MS = 3_600_000;

export async function accepted(options: WorldOptions = {}, fault: SubmissionFault | null = null) {
  const world = new World(options);
  if (fault !== null) world.cloud.faults.push(fault);
  const process = world.boot();
  const id = await process.accept(world.request());
  return { world, process, id, now: () => stateOf(world, id) };
}

export function stateOf(world: World, id: string): Migration {
  const migration = world.redis.records.get(id);
  if (migration === undefined) throw new Error(`no ${id}`);
  return migration;
}

export const cancel = (process: Process, id: string) => process.steering.cancel(CALLER, id);

/** In steps of a second, so that no state is passed over. */
export async function worked(
  world: World,
  process: Process,
  id: string,
  status: string,
): Promise<void> {
  const now = (): Migration => stateOf(world, id);
  for (let turn = 0; turn < 500 && now().status !== status; turn += 1) {
    world.clock.moveTo(world.clock.now() + 1_000);
    await process.work(0);
  }
  assert.equal(now().status, status);
}
