// What must hold between the migrations of a batch: keys name one each, nothing waits for itself, nothing is moved twice.
import { shown } from './db-names.js';
import type { Violation, ViolationCode } from './errors.js';
import { cyclesOf } from './dependency-cycles.js';
import { pointerTo } from './json-pointer.js';
import { MAX_BATCH_DEPENDENCIES } from './policy.js';

/** A migration of a batch, as far as it could be read. */
export interface RuledItem {
  readonly key: string | null;
  /** Keys of those that must succeed before; null for one that could not be read. */
  readonly dependsOn: readonly (string | null)[];
  /** The same text for the same migration; null where it is not known. */
  readonly sameness: string | null;
  readonly allowDuplicate: boolean;
}

export interface RulesReading {
  /** For each item the places of those that must succeed before, each once. */
  readonly dependsOn: readonly (readonly number[])[];
  readonly violations: readonly Violation[];
}

/** Items looked at in one step. */
const STEP = 100;

/** Keys of a cycle that a message names; of a longer one the middle is left out. */
const SHOWN_KEYS = 20;

/**
 * Pointers are `/migrations/<place>/…`. Of more than `most` violations of the same rule, the first are
 * given. Time is linear in the items and their dependencies. Yields now and then, so that a caller can
 * let others have their turn.
 */
export function* checkBatchRules(
  items: readonly RuledItem[],
  most: number,
): Generator<void, RulesReading> {
  const repeated = new Findings(most);
  const places = yield* placesOf(items, repeated);
  const unknown = new Findings(most);
  const dependsOn = yield* dependenciesOf(items, places, unknown);
  const circular = new Findings(most);
  for (const cycle of yield* cyclesOf(dependsOn)) {
    const message = `It waits for itself: ${pathOf(cycle, items)}`;
    circular.add([cycle[0] ?? 0, 'dependsOn'], 'dependency_cycle', message);
  }
  const excess = excessOf(dependsOn);
  return { dependsOn, violations: [...repeated.all, ...unknown.all, ...excess, ...circular.all] };
}

class Findings {
  readonly all: Violation[] = [];

  constructor(private readonly most: number) {}

  add(path: readonly (string | number)[], code: ViolationCode, message: string): void {
    if (this.all.length >= this.most) return;
    this.all.push({ pointer: pointerTo('migrations', ...path), code, message });
  }
}

/** The place of each key; the first that has it. */
function* placesOf(
  items: readonly RuledItem[],
  findings: Findings,
): Generator<void, ReadonlyMap<string, number>> {
  const places = new Map<string, number>();
  const firsts = new Map<string, number>();
  for (const [place, { key, sameness, allowDuplicate }] of items.entries()) {
    const first = sameness === null ? place : firstOf(sameness, place, firsts);
    if (first !== place && !allowDuplicate) {
      const message = `The migration at index ${first} moves the same databases between the same instances. Set allowDuplicate to queue both`;
      findings.add([place], 'migration_duplicate', message);
    }
    const taker = key === null ? place : firstOf(key, place, places);
    if (taker !== place) {
      const message = `The migration at index ${taker} has this key already`;
      findings.add([place, 'key'], 'key_duplicate', message);
    }
    if (place % STEP === 0) yield;
  }
  return places;
}

function firstOf(text: string, place: number, firsts: Map<string, number>): number {
  const first = firsts.get(text);
  if (first !== undefined) return first;
  firsts.set(text, place);
  return place;
}

function* dependenciesOf(
  items: readonly RuledItem[],
  places: ReadonlyMap<string, number>,
  findings: Findings,
): Generator<void, readonly (readonly number[])[]> {
  const dependsOn: (readonly number[])[] = [];
  for (const [place, item] of items.entries()) {
    const before = new Set<number>();
    for (const [index, key] of item.dependsOn.entries()) {
      const other = key === null ? undefined : places.get(key);
      if (other !== undefined) before.add(other);
      if (other !== undefined || key === null) continue;
      const message = `No migration of the batch has the key ${shown(key)}`;
      findings.add([place, 'dependsOn', index], 'dependency_unknown', message);
    }
    dependsOn.push([...before]);
    if (place % STEP === 0) yield;
  }
  return dependsOn;
}

/** At the migration with which the limit on all dependencies of the batch is passed. */
function excessOf(dependsOn: readonly (readonly number[])[]): readonly Violation[] {
  const total = dependsOn.reduce((sum, { length }) => sum + length, 0);
  if (total <= MAX_BATCH_DEPENDENCIES) return [];
  let sum = 0;
  const place = dependsOn.findIndex(({ length }) => (sum += length) > MAX_BATCH_DEPENDENCIES);
  const message = `There are ${total} dependencies in all; at most ${MAX_BATCH_DEPENDENCIES} are allowed`;
  const pointer = pointerTo('migrations', place, 'dependsOn');
  return [{ pointer, code: 'too_many_dependencies', message }];
}

/** `a → b → a`. */
function pathOf(cycle: readonly number[], items: readonly RuledItem[]): string {
  // Whatever is waited for has a key.
  const keys = [...cycle, ...cycle.slice(0, 1)].map((place) => items[place]?.key ?? '');
  if (keys.length <= SHOWN_KEYS + 1) return keys.join(' → ');
  const half = SHOWN_KEYS / 2;
  const left = keys.length - 2 * half;
  return [...keys.slice(0, half), `… ${left} more …`, ...keys.slice(-half)].join(' → ');
}
