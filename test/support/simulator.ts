// The upstream of one test file: pairs of instances of its own, short imports, and at hand what really happened.
import { randomBytes } from 'node:crypto';
import type { JournalEntry } from '../../src/simulator/journal.js';
import type { ImportRun, Verdict } from '../../src/simulator/import-run.js';
import { startSimulator as start, type Simulator } from '../../src/simulator/server.js';
import type { Instance } from '../../src/simulator/world-file.js';

export const IMPORT = 'ImportDatabaseBetweenInstances';
const ACCOUNT = '1001';
const USUAL_IMPORT_MS = 600;

export interface PairPlan {
  readonly engine?: 'MySQL' | 'SQLServer';
  readonly databases?: readonly string[];
  readonly importMs?: number;
}

export const sourceOf = (pair: string): string => `rm-${pair}src`;
export const targetOf = (pair: string): string => `rm-${pair}dst`;

export interface Upstream extends Simulator {
  readonly key: { readonly id: string; readonly secret: string };
  /** Each request to import into the pair's target, oldest first. */
  submissions(pair: string): readonly JournalEntry[];
  /** Each import that really ran into the pair's target, oldest first. */
  runs(pair: string): readonly ImportRun[];
  /** A fault that strikes calls about the pair's target, imports unless it names another action. */
  strike(pair: string, fault: object): void;
  patch(instanceId: string, change: Partial<Instance>): void;
  /** Ends the pair's running import now. */
  finish(pair: string, verdict: Verdict): void;
}

/** MySQL wants the databases on both sides; SQL Server makes them on the target. */
function instancesOf(name: string, plan: PairPlan): readonly object[] {
  const { engine = 'MySQL', databases = ['orders', 'items'] } = plan;
  const present = databases.map((database) => ({ name: database, sizeMB: 10 }));
  const instance = { accountId: ACCOUNT, engine };
  return [
    { ...instance, instanceId: sourceOf(name), databases: present },
    { ...instance, instanceId: targetOf(name), databases: engine === 'MySQL' ? present : [] },
  ];
}

export async function startSimulator(pairs: Readonly<Record<string, PairPlan>>): Promise<Upstream> {
  const key = { id: 'LTAItestAccessKey0001', secret: randomBytes(15).toString('hex') };
  const plans = Object.entries(pairs);
  const simulator = await start({
    world: {
      accounts: [{ accountId: ACCOUNT, accessKeys: [key] }],
      instances: plans.flatMap(([name, plan]) => instancesOf(name, plan)),
      durations: {
        byInstance: Object.fromEntries(
          plans.map(([name, plan]) => [targetOf(name), plan.importMs ?? USUAL_IMPORT_MS]),
        ),
      },
    },
  });
  const { world, journal, faults } = simulator;
  const runs = (pair: string): readonly ImportRun[] => {
    world.settle();
    return world.runsInto(targetOf(pair));
  };
  return {
    ...simulator,
    key,
    runs,
    submissions: (pair) =>
      journal.entries(0, IMPORT).filter(({ params }) => params['DBInstanceId'] === targetOf(pair)),
    strike: (pair, fault) => {
      faults.set({ action: IMPORT, instanceId: targetOf(pair), ...fault });
    },
    patch: (instanceId, change) => {
      const instance = world.instance(instanceId);
      if (instance === undefined) throw new Error(`the world has no ${instanceId}`);
      world.replaceInstance({ ...instance, ...change });
    },
    finish: (pair, verdict) => {
      const run = runs(pair).findLast(({ hasEnded }) => !hasEnded);
      if (run === undefined) throw new Error(`no import runs into ${targetOf(pair)}`);
      world.finish(run, verdict);
    },
  };
}
