// Upstream's words for instances and imports → our facts; when to look at an import again.
import { TRACK_AGE_PART, TRACK_STRETCH_MAX } from './policy.js';

/** What an import's own record says. `unknown` is a word we do not know: kept, logged and polled on. */
export type ImportVerdict =
  | 'waiting'
  | 'running'
  | 'canceling'
  | 'succeeded'
  | 'failed'
  | 'canceled'
  | 'needs_person'
  | 'unknown';

const VERDICT_OF_WORD: Readonly<Record<string, ImportVerdict>> = {
  pending: 'waiting',
  notstart: 'waiting',
  importing: 'running',
  fullexporting: 'running',
  fullimporting: 'running',
  incrementalwaiting: 'running',
  incrementalimporting: 'running',
  cancelling: 'canceling',
  canceling: 'canceling',
  success: 'succeeded',
  failed: 'failed',
  cancelled: 'canceled',
  canceled: 'canceled',
  stopsyncing: 'needs_person',
};

/** Upstream spells its words in several ways; case never matters. */
export function verdictOfWord(word: string): ImportVerdict {
  return Object.hasOwn(VERDICT_OF_WORD, word.toLowerCase())
    ? (VERDICT_OF_WORD[word.toLowerCase()] ?? 'unknown')
    : 'unknown';
}

/** The most telling verdict first: any row still moving keeps the import running, any failed row fails it. */
const FOLD_ORDER: readonly ImportVerdict[] = [
  'canceling',
  'running',
  'waiting',
  'unknown',
  'needs_person',
  'failed',
  'canceled',
  'succeeded',
];

/** Several rows (one per database file) folded into one verdict; null when there is no row. */
export function foldVerdicts(words: readonly string[]): ImportVerdict | null {
  const verdicts = new Set(words.map(verdictOfWord));
  return FOLD_ORDER.find((verdict) => verdicts.has(verdict)) ?? null;
}

export function isTerminal(verdict: ImportVerdict): boolean {
  return verdict === 'succeeded' || verdict === 'failed' || verdict === 'canceled';
}

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

export const isRunning = (status: string): boolean => same(status, 'Running');

export const isSourceOfImport = (status: string): boolean =>
  same(status, 'TRANSING') || same(status, 'TransingToOthers');

export const isTargetOfImport = (status: string): boolean =>
  same(status, 'Importing') || same(status, 'ImportingFromOthers');

/** Do the two instances' states together show an import from the one to the other? */
export function showImport(sourceStatus: string, targetStatus: string): boolean {
  return isSourceOfImport(sourceStatus) && isTargetOfImport(targetStatus);
}

/**
 * How long to wait before the next look at an import of this age. All in milliseconds. `part` of the
 * usual wait is enough where a look costs no call of its own; it is never less than the interval.
 */
export function nextLookDelayMs(ageMs: number, intervalMs: number, part = 1): number {
  const [longest, grown] = [intervalMs * TRACK_STRETCH_MAX * part, ageMs * TRACK_AGE_PART * part];
  return Math.max(intervalMs, Math.min(longest, grown));
}

/**
 * How long to wait before the first look: half of the interval to the whole of it, always the same for
 * the same migration. Imports that a batch starts together would else be looked at together, end after
 * end would be seen at once, and all that starts then would wait for one another.
 */
export function firstLookDelayMs(migrationId: string, intervalMs: number): number {
  let mixed = 0;
  for (const character of migrationId.slice(-PHASE_CHARACTERS)) {
    mixed = (mixed * 31 + character.charCodeAt(0)) % PHASES;
  }
  return Math.round(intervalMs * (0.5 + mixed / (2 * PHASES)));
}

/** The last characters of an id are random. */
const PHASE_CHARACTERS = 6;
const PHASES = 1_009;
