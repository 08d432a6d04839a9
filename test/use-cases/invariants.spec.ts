// Random fleets under random faults keep every promise of the protocol, after each step and at the end.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { commands, fleets, run, type Scenario } from '../support/memory-fuzz.js';

const scenarios = (isLossy: boolean): fc.Arbitrary<Scenario> =>
  fc.record({ fleet: fleets, commands: commands(isLossy) });

/** FUZZ_RUNS and FUZZ_SEED repeat or lengthen a run; the seed of a failure is in its message. */
const runs = Number(process.env['FUZZ_RUNS'] ?? 300);
const seed = Number(process.env['FUZZ_SEED'] ?? 20_251_124);

test('crashes, freezes, faults and lost, late or doubled wake-ups break no promise', async () => {
  await fc.assert(
    fc.asyncProperty(scenarios(false), async (scenario) => {
      const { violations, story } = await run(scenario);
      expect(violations, story).toEqual([]);
    }),
    { numRuns: runs, seed },
  );
});

test('nor does a Redis that loses its last writes', async () => {
  await fc.assert(
    fc.asyncProperty(scenarios(true), async (scenario) => {
      const { violations, story } = await run(scenario);
      expect(violations, story).toEqual([]);
    }),
    { numRuns: runs, seed },
  );
});
