// A fleet at the simulator: many instances of one account, and migrations between them that take a known time.
import { randomBytes } from 'node:crypto';
import { startSimulator, type Simulator } from '../../src/simulator/server.js';
import type { ServiceProcess } from './service.js';

const ACCOUNT = '1001';

export interface Move {
  readonly source: string;
  readonly target: string;
  readonly database: string;
  readonly durationMs: number;
}

export interface Fleet extends Simulator {
  readonly key: { readonly id: string; readonly secret: string };
}

/** MySQL: each database is on both sides. An import takes a millisecond for each megabyte. */
export async function startFleet(moves: readonly Move[]): Promise<Fleet> {
  const databases = new Map<string, Map<string, number>>();
  for (const { source, target, database, durationMs } of moves) {
    for (const instance of [source, target]) {
      const own = databases.get(instance) ?? new Map<string, number>();
      databases.set(instance, own.set(database, durationMs));
    }
  }
  const key = { id: 'LTAIfleetAccessKey01', secret: randomBytes(15).toString('hex') };
  const simulator = await startSimulator({
    world: {
      accounts: [{ accountId: ACCOUNT, accessKeys: [key] }],
      instances: [...databases].map(([instanceId, own]) => ({
        ...{ instanceId, accountId: ACCOUNT, engine: 'MySQL', storageGB: 32_000 },
        databases: [...own].map(([name, sizeMB]) => ({ name, sizeMB })),
      })),
      durations: { baseMs: 0, perGBMs: 1024 },
    },
  });
  return { ...simulator, key };
}

/** The id of the fleet's key, stored. */
export async function storeKey(
  { request }: Pick<ServiceProcess, 'request'>,
  { key }: Fleet,
): Promise<string> {
  const credential = { name: 'fleet', type: 'access_key', regionId: 'cn-hangzhou' };
  const answer = await request
    .post('/v1/credentials')
    .send({ ...credential, accessKeyId: key.id, accessKeySecret: key.secret })
    .expect(201);
  return (answer.body as { id: string }).id;
}

export const bodyOf = ({ source, target, database }: Move): object => ({
  sourceInstanceId: source,
  targetInstanceId: target,
  dbInfo: { DBNames: [database] },
});

/** No plan is done before: each instance does one at a time. */
export function lowerBoundMs(moves: readonly Move[]): number {
  const work = new Map<string, number>();
  for (const { source, target, durationMs } of moves) {
    for (const one of [source, target]) work.set(one, (work.get(one) ?? 0) + durationMs);
  }
  return Math.max(...work.values());
}

export interface Run {
  readonly source: string;
  readonly target: string;
  readonly startedAt: number;
  readonly endsAt: number;
}

export function runsOf({ world }: Simulator): readonly Run[] {
  world.settle();
  return world.runs().map(({ sourceId, targetId, startedAt, endsAt }) => {
    return { source: sourceId, target: targetId, startedAt, endsAt };
  });
}

/** Pairs of imports that were on one instance at the same time; the service must make none. */
export function overlapsOf(runs: readonly Run[]): readonly string[] {
  const byInstance = new Map<string, Run[]>();
  for (const run of runs) {
    for (const one of [run.source, run.target]) {
      const row = byInstance.get(one);
      if (row === undefined) byInstance.set(one, [run]);
      else row.push(run);
    }
  }
  return [...byInstance].flatMap(([instance, row]) => {
    const sorted = row.toSorted((a, b) => a.startedAt - b.startedAt);
    return sorted.flatMap((run, index) => {
      const before = sorted[index - 1];
      return before !== undefined && before.endsAt > run.startedAt ? [instance] : [];
    });
  });
}

/** The same numbers, from 0 to 1, for the same seed. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
