// Random fleets and random misfortunes as data: two processes, workers that freeze, crashes, lost writes.
import fc from 'fast-check';
import { Crash, CrashPoint, Freeze } from './crash.js';
import { SUBMISSION_FAULTS, type CloudOptions, type SubmissionFault } from './memory-cloud.js';
import { Invariants } from './memory-invariants.js';
import type { Snapshot } from './memory-redis.js';
import { World, type Process } from './memory-world.js';

const MINUTE_MS = 60_000;
const PATIENCE_MS = 12 * 60 * MINUTE_MS;

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

export async function run(scenario: Scenario): Promise<{ violations: string[]; story: string }> {
  const fuzz = new Fuzz(scenario.fleet);
  await fuzz.accept(scenario.fleet);
  for (const command of scenario.commands) {
    await fuzz.obey(command);
    const violations = fuzz.invariants.violations();
    if (violations.length > 0) return fuzz.told([JSON.stringify(command), ...violations]);
  }
  await fuzz.finish();
  return fuzz.told(fuzz.invariants.violationsAtEnd());
}

class Fuzz {
  readonly world: World;
  readonly invariants: Invariants;
  private readonly processes: [Process, Process];
  private readonly frozen: { readonly freeze: Freeze; readonly look: Promise<void> }[] = [];
  private snapshots: Snapshot[] = [];

  constructor(fleet: Fleet) {
    this.world = new World(fleet);
    this.invariants = new Invariants(this.world);
    this.processes = [this.world.boot(), this.world.boot()];
  }

  async accept({ members }: Fleet): Promise<void> {
    for (const [index, one] of members.entries()) {
      const name = `db${index}`;
      const startsAt = one.startsInMs === null ? null : this.world.clock.now() + one.startsInMs;
      const request = this.world.request({
        ...{ sourceInstanceId: `rm-${one.source}`, targetInstanceId: `rm-${one.target}` },
        ...{ databases: [{ source: name, target: name }], notBefore: startsAt },
        ...{ priority: one.priority, preflight: one.preflight },
      });
      await this.processes[0].accept(request);
    }
  }

  async obey(command: Command): Promise<void> {
    this.snapshots = [...this.snapshots.slice(-4), this.world.redis.snapshot()];
    await this.act(command);
    // As each process does once a second.
    for (const process of this.processes) process.durability.watch();
  }

  async finish(): Promise<void> {
    this.world.cloud.faults.length = 0;
    this.world.cloud.readFault = null;
    while (this.frozen.length > 0) await this.thaw();
    await this.processes[0].work(PATIENCE_MS);
  }

  told(violations: readonly string[]): { violations: string[]; story: string } {
    return { violations: [...violations], story: this.invariants.story() };
  }

  private async act(command: Command): Promise<void> {
    const { world, processes } = this;
    switch (command.do) {
      case 'look':
        return this.look(processes[command.by], command.job, command.keep);
      case 'work':
        return processes[command.by].work(command.ms);
      case 'crash': {
        const doomed = world.boot(new CrashPoint(command.call, command.side));
        await this.look(doomed, command.job, true).catch(onlyCrash);
        processes[command.by] = world.boot();
        return;
      }
      case 'freeze':
        return this.freeze(command.job, command.call);
      case 'thaw':
        return this.thaw();
      case 'relay':
        return processes[command.by].relay();
      case 'sweep':
        return processes[command.by].sweep();
      case 'drop': {
        const wake = world.queue.waiting[command.job];
        if (wake !== undefined) world.queue.take(wake);
        return;
      }
      case 'wait':
        return world.clock.moveBy(command.ms);
      case 'fault':
        return void world.cloud.faults.push(command.fault);
      case 'reads':
        world.cloud.readFault = command.fault;
        return;
      case 'lose': {
        const snapshot = this.snapshots.at(-1 - command.commands);
        if (snapshot === undefined) return;
        world.redis.loseSince(snapshot);
        this.snapshots = [];
        this.invariants.forget();
      }
    }
  }

  private async look(process: Process, index: number, keep: boolean): Promise<void> {
    const wake = this.world.queue.waiting[index];
    if (wake === undefined) return;
    if (!keep) this.world.queue.take(wake);
    await process.look(wake);
  }

  private async freeze(index: number, at: number): Promise<void> {
    const freeze = new Freeze(at);
    const look = this.look(this.world.boot(freeze), index, false);
    const isFrozen = await Promise.race([freeze.frozen.then(() => true), look.then(() => false)]);
    if (isFrozen) this.frozen.push({ freeze, look });
  }

  private async thaw(): Promise<void> {
    const first = this.frozen.shift();
    first?.freeze.thaw();
    await first?.look;
  }
}

function onlyCrash(error: unknown): void {
  if (!(error instanceof Crash)) throw error;
}
