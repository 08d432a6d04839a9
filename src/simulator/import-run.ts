// One import: when it ends, as what, and which status word it shows at a given time. A function of the clock: no timer.
import type { Database } from './world-file.js';

export type ImportEngine = 'MySQL' | 'SQLServer';

export const VERDICTS = ['Success', 'Failed', 'Canceled'] as const;
export type Verdict = (typeof VERDICTS)[number];

export interface ImportPair {
  readonly source: string;
  readonly target: string;
  readonly sizeMB: number;
}

export interface ImportPlan {
  readonly engine: ImportEngine;
  readonly accountId: string;
  readonly sourceId: string;
  readonly targetId: string;
  readonly pairs: readonly ImportPair[];
}

export interface ImportRun extends ImportPlan {
  readonly importId: bigint;
  /** Told as a JSON string by the call that started it; as a number otherwise, and always by the listings. */
  readonly isToldAsText: boolean;
  readonly startedAt: number;
  /** From then on the listing shows it. */
  readonly visibleAt: number;
  /** Until `visibleAt` the instances go on showing Running. */
  readonly hidesStates: boolean;
  endsAt: number;
  /** What it ends, or ended, as. */
  verdict: Verdict;
  cancelRequestedAt: number | null;
  hasEnded: boolean;
}

/** Status words before the end, each with the part of the duration from which it shows. */
const WORDS: Readonly<Record<ImportEngine, readonly (readonly [from: number, word: string])[]>> = {
  MySQL: [
    [0.5, 'FullImporting'],
    [0.1, 'FullExporting'],
    [0, 'NotStart'],
  ],
  SQLServer: [
    [0.1, 'Importing'],
    [0, 'Pending'],
  ],
};

/** SQL Server takes its databases one after the other: row `index` is Pending until its turn. */
export function wordOf(run: ImportRun, now: number, index = 0): string {
  if (run.hasEnded) return run.verdict;
  if (run.cancelRequestedAt !== null) return 'Canceling';
  const whole = Math.max(1, run.endsAt - run.startedAt);
  const turn = run.engine === 'SQLServer' ? index / run.pairs.length : 0;
  const part = (now - run.startedAt) / whole - turn;
  return (
    WORDS[run.engine].find(([from]) => part >= from)?.[1] ?? WORDS[run.engine].at(-1)?.[1] ?? ''
  );
}

/** The target's databases after a success. Existing ones hold at least what the source held. */
export function withImported(databases: readonly Database[], run: ImportRun): readonly Database[] {
  const imported = new Map(run.pairs.map((pair) => [pair.target, pair.sizeMB]));
  const kept = databases.map((database) => {
    const sizeMB = Math.max(database.sizeMB, imported.get(database.name) ?? 0);
    imported.delete(database.name);
    return { ...database, sizeMB };
  });
  const fresh = [...imported].map(([name, sizeMB]) => ({ name, status: 'Running', sizeMB }));
  return [...kept, ...fresh];
}
