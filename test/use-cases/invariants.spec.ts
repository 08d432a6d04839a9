// Random fleets under random faults keep every promise of the protocol, after each step and at the end.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { commands, fleets } from '../support/memory-fuzz.js';
import { liveThrough } from '../support/memory-fuzz-run.js';
import { SEED, lengthOf } from '../support/sampling.js';

/** The seed and the path of a failure are in its message. */
const numRuns = lengthOf(60, 2_000);

const holdsFor = (isLossy: boolean): Promise<void> => {
  const scenarios = fc.record({ fleet: fleets, commands: commands(isLossy) });
  const holds = fc.asyncProperty(scenarios, async (scenario) => {
    expect(await liveThrough(scenario)).toEqual([]);
  });
  return Promise.resolve(fc.assert(holds, { numRuns, seed: SEED }));
};

test('crashes, freezes, faults and lost, late or doubled wake-ups break no promise', async () => {
  await expect(holdsFor(false)).resolves.toBeUndefined();
});

test('nor does a Redis that loses its last writes', async () => {
  await expect(holdsFor(true)).resolves.toBeUndefined();
});
