// What the databases and the storage of the two instances must be for an import.
import { isRunning } from './import-status.js';
import { fail, failForNow, named, pass, warn, type Verdict } from './verdict.js';

/** What was seen beside the verdict, for a person to act on. */
export interface Seen {
  readonly verdict: Verdict;
  readonly observed: Readonly<Record<string, unknown>>;
}

interface Database {
  readonly name: string;
  readonly status: string;
}

const lower = (text: string): string => text.toLowerCase();

/** MySQL: the databases must exist and run on both sides, under the same name. */
export function allRunning(
  wanted: readonly string[],
  present: readonly Database[],
  side: 'source' | 'target',
): Seen {
  const states = new Map(present.map(({ name, status }) => [name, status]));
  const missing = wanted.filter((name) => !states.has(name));
  const notRunning = wanted
    .map((name) => ({ name, status: states.get(name) ?? 'Running' }))
    .filter(({ status }) => !isRunning(status));
  const observed = { wanted: wanted.length, missing, notRunning };
  if (missing.length > 0)
    return { verdict: fail(`Not on the ${side}: ${named(missing)}.`), observed };
  if (notRunning.length === 0)
    return { verdict: pass(`All are Running on the ${side}.`), observed };
  const words = notRunning.map(({ name, status }) => `${name} (${status || 'no state told'})`);
  const text = `Not Running on the ${side}: ${named(words)}.`;
  // As with instances the words are an open set; these two do not lead to Running.
  const isLasting = notRunning.some(({ status }) => ['deleting', 'cold'].includes(lower(status)));
  return { verdict: isLasting ? fail(text) : failForNow(text), observed };
}

/** SQL Server: the import makes the databases on the target; names are compared without regard to case. */
export function namesFree(wanted: readonly string[], present: readonly Database[]): Seen {
  const used = new Set(present.map(({ name }) => lower(name)));
  const taken = wanted.filter((name) => used.has(lower(name)));
  if (taken.length === 0) return { verdict: pass('All names are free.'), observed: { taken } };
  return { verdict: fail(`On the target already: ${named(taken)}.`), observed: { taken } };
}

/** Are these all databases of the source? Not certain when none was listed. */
export function areAll(moved: readonly string[], present: readonly Database[]): boolean {
  const names = new Set(moved.map(lower));
  return present.length > 0 && present.every(({ name }) => names.has(lower(name)));
}

/**
 * The target's free space must exceed the size of the databases. Upstream tells the size of all data
 * of the source, not of each database: too little for all of it is certain to be too little only when
 * all databases move, or when nothing is free. Otherwise it is a warning, and upstream decides.
 */
export function storageSufficient(
  bytes: { readonly storage: number; readonly used: number; readonly sourceData: number },
  areAllMoved: boolean,
): Verdict {
  const free = bytes.storage - bytes.used;
  const text = `${free} bytes free on the target, ${bytes.sourceData} bytes of data on the source.`;
  if (free > bytes.sourceData) return pass(text);
  return free <= 0 || areAllMoved ? fail(text) : warn(text);
}
