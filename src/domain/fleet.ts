// A fleet in numbers: items and instances by their places, so that ten thousand are planned without a stutter.

export interface FleetItem {
  readonly sourceInstanceId: string;
  readonly targetInstanceId: string;
  /** Places of those that must end before. */
  readonly dependsOn: readonly number[];
}

export interface Fleet {
  readonly total: number;
  readonly instanceIds: readonly string[];
  readonly places: ReadonlyMap<string, number>;
  /** By item: the places of its two instances. */
  readonly sources: Int32Array;
  readonly targets: Int32Array;
  /** By instance: its items. */
  readonly lines: readonly (readonly number[])[];
  /** By item: those that it waits for, and those that wait for it. */
  readonly dependencies: readonly (readonly number[])[];
  readonly dependents: readonly (readonly number[])[];
}

export function* fleetOf(items: readonly FleetItem[], pace: Pace): Generator<void, Fleet> {
  const places = new Map<string, number>();
  const lines: number[][] = [];
  const placeOf = (instanceId: string): number => {
    const known = places.get(instanceId);
    if (known !== undefined) return known;
    places.set(instanceId, lines.length);
    return lines.push([]) - 1;
  };
  const sources = new Int32Array(items.length);
  const targets = new Int32Array(items.length);
  const dependents = items.map((): number[] => []);
  for (const [index, { sourceInstanceId, targetInstanceId, dependsOn }] of items.entries()) {
    const [source, target] = [placeOf(sourceInstanceId), placeOf(targetInstanceId)];
    sources[index] = source;
    targets[index] = target;
    lines[source]?.push(index);
    lines[target]?.push(index);
    for (const other of dependsOn) dependents[other]?.push(index);
    if (pace.isDue(16 + dependsOn.length)) yield;
  }
  return {
    ...{ total: items.length, places, sources, targets, lines, dependents },
    instanceIds: [...places.keys()],
    dependencies: items.map(({ dependsOn }) => dependsOn),
  };
}

export function otherEnd({ sources, targets }: Fleet, item: number, instance: number): number {
  const source = sources[item] ?? 0;
  return source === instance ? (targets[item] ?? 0) : source;
}

/** Says when enough was done at one go for others to have their turn. */
export class Pace {
  private spent = 0;

  /** `steps`: looks at one item or so, some tens of nanoseconds each. */
  isDue(steps: number): boolean {
    this.spent += steps;
    if (this.spent < STEPS_AT_ONCE) return false;
    this.spent = 0;
    return true;
  }
}

/** A millisecond or two. */
const STEPS_AT_ONCE = 10_000;
