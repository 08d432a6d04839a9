/**
 * Did the call without an answer start an import? A pure judgement over what upstream shows.
 *
 *   adopt         exactly one import can be ours, and the instances or its ended record agree
 *   seen_running  both instances show an import between them, its id is not known yet
 *   ambiguous     several can be ours, or the one that can is not backed by anything else
 *   nothing       a complete listing holds none that can be ours and no instance shows one
 *   unsettled     not enough could be read, or what was read disagrees: look again
 */
import type { DatabasePair } from './db-info.js';
import { foldVerdicts, isRunning, isTerminal, showImport } from './import-status.js';

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
  | { readonly kind: 'unsettled'; readonly detail: string };

export function weighEvidence(sighting: Sighting): Judgement {
  const { sourceStatus, targetStatus, listing } = sighting;
  const isSeen =
    sourceStatus !== null && targetStatus !== null && showImport(sourceStatus, targetStatus);
  const states = `source ${sourceStatus ?? 'not read'}, target ${targetStatus ?? 'not read'}`;
  if (listing === null) {
    return isSeen
      ? { kind: 'seen_running', detail: `no listing to be had; ${states}` }
      : { kind: 'unsettled', detail: `no listing to be had; ${states}` };
  }
  const candidates = listing.filter((record) => canBeOurs(record, sighting));
  const [only] = candidates;
  if (only === undefined) {
    if (isSeen) return { kind: 'seen_running', detail: `no import listed yet; ${states}` };
    return bothRun(sourceStatus, targetStatus)
      ? { kind: 'nothing', detail: `no import listed; ${states}` }
      : { kind: 'unsettled', detail: `no import listed; ${states}` };
  }
  const ids = candidates.map((record) => record.importId).join(', ');
  if (candidates.length > 1) {
    return { kind: 'ambiguous', isSeveral: true, detail: `imports ${ids}; ${states}` };
  }
  const verdict = foldVerdicts(only.words);
  const hasEnded = verdict !== null && isTerminal(verdict);
  const isTold = sighting.importsBefore !== null || only.databases.length > 0;
  const isBacked = isSeen || (hasEnded && !sighting.isAfterRollback);
  if (isTold && isBacked) {
    const detail = `import ${ids} (${only.words.join(', ')}) is the only new one; ${states}`;
    return { kind: 'adopt', importId: only.importId, detail };
  }
  const detail = `import ${ids} (${only.words.join(', ')}); ${states}`;
  return { kind: 'ambiguous', isSeveral: false, detail };
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
