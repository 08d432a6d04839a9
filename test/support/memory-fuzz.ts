// Random fleets and random misfortunes as data: crashes, workers that freeze, faults, lost writes.
import fc from 'fast-check';
import { SUBMISSION_FAULTS, type CloudOptions, type SubmissionFault } from './memory-cloud.js';

const MINUTE_MS = 60_000;

interface Member {
  readonly source: number;
  readonly target: number;
  readonly priority: number;
  readonly preflight: 'enforce' | 'warn' | 'skip';
  readonly startsInMs: number | null;
}

export interface Fleet {
  readonly members: readonly Member[];
  readonly policy: 'operator' | 'resubmit';
  readonly cloud: CloudOptions;
}

type Which = 0 | 1;

export type Command =
  /** A worker looks at one wake-up of the queue, due or not, and may leave it there. */
  | { readonly do: 'look'; readonly by: Which; readonly job: number; readonly keep: boolean }
  /** It works for a while without misfortune. */
  | { readonly do: 'work'; readonly by: Which; readonly ms: number }
  /** A look as above, but the process dies at a port call and a new one takes its place. */
  | {
      readonly do: 'crash';
      readonly by: Which;
      readonly job: number;
      readonly call: number;
      readonly side: 'before' | 'after';
    }
  /** The same, but the worker stands still after a port call until it is thawed. */
  | { readonly do: 'freeze'; readonly job: number; readonly call: number }
  | { readonly do: 'thaw' }
  | { readonly do: 'relay' | 'sweep'; readonly by: Which }
  | { readonly do: 'drop'; readonly job: number }
  | { readonly do: 'cancel'; readonly by: Which; readonly member: number }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'fault'; readonly fault: SubmissionFault }
  | { readonly do: 'reads'; readonly fault: 'throttled' | 'unclear' | null }
  /** Redis loses what the last commands wrote. */
  | { readonly do: 'lose'; readonly commands: number };

export interface Scenario {
  readonly fleet: Fleet;
  readonly commands: readonly Command[];
}

const member: fc.Arbitrary<Member> = fc
  .record({
    source: fc.nat(3),
    target: fc.nat(3),
    priority: fc.integer({ min: -1, max: 1 }),
    preflight: fc.constantFrom('enforce', 'warn', 'skip'),
    startsInMs: fc.option(fc.constantFrom(5_000, 5 * MINUTE_MS)),
  })
  .filter(({ source, target }) => source !== target);

export const fleets: fc.Arbitrary<Fleet> = fc.record({
  members: fc.array(member, { minLength: 1, maxLength: 4 }),
  policy: fc.constantFrom('operator', 'resubmit'),
  cloud: fc.record({
    engine: fc.constantFrom('MySQL', 'SQLServer'),
    importMs: fc.constantFrom(10_000, 90_000, 50 * MINUTE_MS),
    visibleAfterMs: fc.constantFrom(0, 100_000),
    hasListing: fc.constantFrom(true, true, true, false),
    succeeds: fc.constantFrom(true, true, false),
  }),
});

const by: fc.Arbitrary<Which> = fc.constantFrom(0, 1);
const job = fc.nat(3);
const call = fc.integer({ min: 1, max: 24 });

export function commands(isLossy: boolean): fc.Arbitrary<readonly Command[]> {
  const usual: fc.WeightedArbitrary<Command>[] = [
    { weight: 12, arbitrary: fc.record({ do: fc.constant('look'), by, job, keep: fc.boolean() }) },
    {
      weight: 5,
      arbitrary: fc.record({ do: fc.constant('work'), by, ms: fc.constantFrom(0, 0, 20_000) }),
    },
    { weight: 6, arbitrary: fc.record({ do: fc.constant('relay'), by }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('sweep'), by }) },
    {
      weight: 3,
      arbitrary: fc.record({
        ...{ do: fc.constant('crash'), by, job, call },
        side: fc.constantFrom('before', 'after'),
      }),
    },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('freeze'), job, call }) },
    { weight: 2, arbitrary: fc.constant({ do: 'thaw' }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('drop'), job }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('cancel'), by, member: fc.nat(3) }) },
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant('wait'),
        ms: fc.constantFrom(1_000, 45_000, 3 * MINUTE_MS, 16 * MINUTE_MS, 40 * MINUTE_MS),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant('fault'),
        fault: fc.constantFrom(...SUBMISSION_FAULTS),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('reads'),
        fault: fc.constantFrom('throttled', 'unclear', null),
      }),
    },
  ];
  const loss: fc.WeightedArbitrary<Command> = {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('lose'), commands: fc.integer({ min: 1, max: 4 }) }),
  };
  return fc.array(fc.oneof(...usual, ...(isLossy ? [loss] : [])), { minLength: 5, maxLength: 40 });
}
