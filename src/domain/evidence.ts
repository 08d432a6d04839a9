/**
 * Did the call without an answer start an import? A pure judgement over what upstream shows.
 *
 *   adopt         exactly one import can be ours, and the instances or its ended record agree
 *   seen_running  both instances show an import between them, its id is not known yet
 *   ambiguous     several can be ours, or the one that can is not backed by anything else
 *   nothing       a complete listing holds none that can be ours and no instance shows one
 *   unsettled     not enough could be read, or what was read disagrees: look again
 *
 * `isOthers` of the last: a complete listing holds none that can be ours, and what keeps the instances is
 * another listed import, or no import at all.
 */
import type { DatabasePair } from './db-info.js';
import {
  foldVerdicts,
  isRunning,
  isTargetOfImport,
  isTerminal,
  showImport,
} from './import-status.js';

export interface Listing {
  readonly importId: string;
  readonly words: readonly string[];
  /** Empty where upstream names none (MySQL). */
  readonly databases: readonly string[];
}

export interface Sighting {
  /** The target's complete listing since before the call; null when it is not to be had. */
  readonly listing: readonly Listing[] | null;
  /** What the target listed just before the call; null when that is not known. */
  readonly importsBefore: readonly string[] | null;
  /** Ids of the listing that belong to other migrations. */
  readonly ownedByOthers: ReadonlySet<string>;
  readonly databases: readonly DatabasePair[];
  /** Redis lost writes since the intent: another migration may have used these instances meanwhile. */
  readonly isAfterRollback: boolean;
  /** Upstream's words; null when they could not be read. */
  readonly sourceStatus: string | null;
  readonly targetStatus: string | null;
}

export type Judgement =
  | { readonly kind: 'adopt'; readonly importId: string; readonly detail: string }
  | { readonly kind: 'seen_running'; readonly detail: string }
  | { readonly kind: 'ambiguous'; readonly isSeveral: boolean; readonly detail: string }
  | { readonly kind: 'nothing'; readonly detail: string }
  | { readonly kind: 'unsettled'; readonly isOthers: boolean; readonly detail: string };

export function weighEvidence(sighting: Sighting): Judgement {
  const { sourceStatus, targetStatus, listing } = sighting;
  const isSeen =
    sourceStatus !== null && targetStatus !== null && showImport(sourceStatus, targetStatus);
  const states = `source ${sourceStatus ?? 'not read'}, target ${targetStatus ?? 'not read'}`;
  if (listing === null) {
    return isSeen
      ? { kind: 'seen_running', detail: `no listing to be had; ${states}` }
      : { kind: 'unsettled', isOthers: false, detail: `no listing to be had; ${states}` };
  }
  const candidates = listing.filter((record) => canBeOurs(record, sighting));
  const [only] = candidates;
  if (only === undefined) {
    const other = listing.find(isAtWork);
    if (other !== undefined && targetStatus !== null && isTargetOfImport(targetStatus)) {
      const detail = `import ${other.importId} runs, which is not ours; ${states}`;
      return { kind: 'unsettled', isOthers: true, detail };
    }
    if (isSeen) return { kind: 'seen_running', detail: `no import listed yet; ${states}` };
    if (bothRun(sourceStatus, targetStatus)) {
      return { kind: 'nothing', detail: `no import listed; ${states}` };
    }
    const isRead = sourceStatus !== null && targetStatus !== null;
    const isOthers = isRead && !isTargetOfImport(targetStatus);
    return { kind: 'unsettled', isOthers, detail: `no import listed; ${states}` };
  }
  const ids = candidates.map((record) => record.importId).join(', ');
  if (candidates.length > 1) {
    return { kind: 'ambiguous', isSeveral: true, detail: `imports ${ids}; ${states}` };
  }
  const isTold = sighting.importsBefore !== null || only.databases.length > 0;
  const isBacked = isSeen || (hasEnded(only) && !sighting.isAfterRollback);
  if (isTold && isBacked) {
    const detail = `import ${ids} (${only.words.join(', ')}) is the only new one; ${states}`;
    return { kind: 'adopt', importId: only.importId, detail };
  }
  const detail = `import ${ids} (${only.words.join(', ')}); ${states}`;
  return { kind: 'ambiguous', isSeveral: false, detail };
}

function hasEnded({ words }: Listing): boolean {
  const verdict = foldVerdicts(words);
  return verdict !== null && isTerminal(verdict);
}

function isAtWork({ words }: Listing): boolean {
  const verdict = foldVerdicts(words);
  return verdict === 'running' || verdict === 'canceling';
}

function canBeOurs(record: Listing, sighting: Sighting): boolean {
  if (sighting.ownedByOthers.has(record.importId)) return false;
  if (sighting.importsBefore?.includes(record.importId) === true) return false;
  if (record.databases.length === 0) return true;
  const names = new Set(
    sighting.databases.flatMap((pair) => [pair.source.toLowerCase(), pair.target.toLowerCase()]),
  );
  return record.databases.every((name) => names.has(name.toLowerCase()));
}

export const bothRun = (source: string | null, target: string | null): boolean =>
  source !== null && target !== null && isRunning(source) && isRunning(target);
