// What the control routes show of the world: all of the truth, no secret.
import { wordOf, type ImportRun, type Verdict } from './import-run.js';
import type { Durations, Instance, Profile } from './world-file.js';
import type { World } from './world.js';

export interface ImportView {
  /** Decimal text. */
  readonly importId: string;
  readonly engine: string;
  readonly accountId: string;
  readonly sourceInstanceId: string;
  readonly targetInstanceId: string;
  readonly databases: readonly { readonly source: string; readonly target: string }[];
  readonly startedAt: string;
  readonly endsAt: string;
  readonly ended: boolean;
  /** What it ends, or ended, as. */
  readonly verdict: Verdict;
  /** The word shown now. */
  readonly status: string;
}

/** `status` is the true one, also while the reads hide it. */
export interface InstanceView extends Instance {
  readonly diskUsedBytes: number;
}

export interface WorldView {
  readonly now: string;
  readonly instances: readonly InstanceView[];
  /** Oldest first. */
  readonly imports: readonly ImportView[];
  readonly durations: Durations;
  readonly profile: Profile;
}

/** RFC 3339 with milliseconds. */
export const iso = (timeMs: number): string => new Date(timeMs).toISOString();

export function importView(world: World, run: ImportRun): ImportView {
  return {
    importId: run.importId.toString(),
    engine: run.engine,
    accountId: run.accountId,
    sourceInstanceId: run.sourceId,
    targetInstanceId: run.targetId,
    databases: run.pairs.map(({ source, target }) => ({ source, target })),
    startedAt: iso(run.startedAt),
    endsAt: iso(run.endsAt),
    ended: run.hasEnded,
    verdict: run.verdict,
    status: wordOf(run, world.clock.now()),
  };
}

export function instanceView(world: World, instance: Instance): InstanceView {
  return { ...instance, diskUsedBytes: world.usage(instance).diskUsedBytes };
}

export function worldView(world: World): WorldView {
  return {
    now: iso(world.clock.now()),
    instances: world.instances().map((instance) => instanceView(world, instance)),
    imports: world.runs().map((run) => importView(world, run)),
    durations: world.durations,
    profile: world.profile,
  };
}
