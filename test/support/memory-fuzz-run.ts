// Lives through a scenario: two processes, and workers that freeze, with the invariants checked after each step.
import { Problem } from '../../src/domain/errors.js';
import { Crash, CrashPoint, Freeze } from './crash.js';
import type { Command, Fleet, Scenario } from './memory-fuzz.js';
import { Invariants } from './memory-invariants.js';
import type { Snapshot } from './memory-redis.js';
import { CALLER, World, type Process } from './memory-world.js';

/** Once faults have stopped: time for a quarantine, and for every import of the fleet in turn. */
const PATIENCE_MS = 12 * 3_600_000;

/** What did not hold, in sentences; the story of it comes last. */
export async function liveThrough(scenario: Scenario): Promise<readonly string[]> {
  const fuzz = new Fuzz(scenario.fleet);
  await fuzz.accept(scenario.fleet);
  for (const command of scenario.commands) {
    await fuzz.obey(command);
    const violations = fuzz.invariants.violations();
    if (violations.length > 0) return [`after ${JSON.stringify(command)}`, ...violations];
  }
  await fuzz.finish();
  return fuzz.invariants.violationsAtEnd();
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
      case 'cancel':
        return this.cancel(processes[command.by], command.member);
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

  private async cancel(process: Process, index: number): Promise<void> {
    const one = this.world.migrations[index];
    if (one === undefined) return;
    await process.steering.cancel(CALLER, one.id).catch((error: unknown) => {
      // It has ended, or upstream has no cancel for it: an answer, not a misfortune.
      if (!(error instanceof Problem)) throw error;
    });
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
