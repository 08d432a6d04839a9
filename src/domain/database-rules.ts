// What the databases and the storage of the two instances must be for an import.
import { isRunning } from './import-status.js';
import type { ReservedOnTarget } from './reservations.js';
import { fail, failForNow, named, pass, skip, warn, type Verdict } from './verdict.js';

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

/** They must exist there and run. SQL Server tells no two names apart by case, MySQL does. */
export function allRunning(
  wanted: readonly string[],
  present: readonly Database[],
  side: 'source' | 'target',
  engine: 'MySQL' | 'SQLServer',
): Seen {
  const known = engine === 'MySQL' ? (name: string): string => name : lower;
  const states = new Map(present.map(({ name, status }) => [known(name), status]));
  const missing = wanted.filter((name) => !states.has(known(name)));
  const notRunning = wanted
    .map((name) => ({ name, status: states.get(known(name)) ?? 'Running' }))
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

/** Bytes; null where upstream did not tell them. */
export interface Room {
  readonly storage: number | null;
  readonly used: number | null;
  readonly sourceData: number | null;
}

/**
 * The target's free space must exceed the size of the databases. Upstream tells the size of all data
 * of the source, not of each database: too little for all of it is certain to be too little only when
 * all databases move, or when nothing is free. Otherwise it is a warning, and upstream decides. What
 * other migrations are certain to bring is not free; what they may bring is a warning.
 */
export function storageSufficient(
  { storage, used, sourceData }: Room,
  reserved: ReservedOnTarget,
  { areAllMoved, why }: { readonly areAllMoved: boolean; readonly why: string },
): Seen {
  const { exactBytes, atMostBytes, migrations } = reserved;
  const observed = {
    ...{ storageBytes: storage, usedBytes: used, sourceDataBytes: sourceData },
    ...{ reservedBytes: exactBytes, reservedAtMostBytes: atMostBytes },
    ...{ reservingMigrations: migrations, areAllMoved },
  };
  if (storage === null || used === null || sourceData === null) {
    return { verdict: skip(`Storage and use could not be read: ${why}`), observed };
  }
  const free = storage - used - exactBytes;
  const text =
    `${free} bytes free on the target, ${sourceData} bytes of data on the source.` +
    reservedText(reserved);
  if (free <= 0 || (areAllMoved && free <= sourceData)) return { verdict: fail(text), observed };
  return { verdict: free - atMostBytes > sourceData ? pass(text) : warn(text), observed };
}

function reservedText({ exactBytes, atMostBytes, unknownSources }: ReservedOnTarget): string {
  const parts = [
    exactBytes > 0 && `Not counted as free: ${exactBytes} bytes that another migration brings.`,
    atMostBytes > 0 && `Other migrations to the target may bring up to ${atMostBytes} bytes.`,
    unknownSources > 0 &&
      `How much comes from ${unknownSources} other source(s) to the target is not known.`,
  ];
  return parts.flatMap((part) => (part === false ? [] : ` ${part}`)).join('');
}
