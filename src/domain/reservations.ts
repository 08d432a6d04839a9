// What other migrations bring to one target: each source is counted once, and never the data of a source that is asked about.

/** Another migration that holds a target, or is to get it, and imports into it. */
export interface Bringer {
  readonly sourceInstanceId: string;
  /** Size of all data of its source; null where it is not known. */
  readonly bytes: number | null;
  /** It holds the target, and its own check saw that all databases of its source move. */
  readonly isExact: boolean;
}

export interface ReservedOnTarget {
  /** Certain to come. */
  readonly exactBytes: number;
  /** What others move is a part of their sources' data, if they come at all. */
  readonly atMostBytes: number;
  readonly migrations: number;
  /** Sources of unknown size: `atMostBytes` is without them. */
  readonly unknownSources: number;
}

export class TargetReservations {
  private readonly sources = new Map<string, number | null>();
  private readonly exactSources = new Set<string>();
  private exactBytes = 0;
  private atMostBytes = 0;
  private unknownSources = 0;
  private migrations = 0;

  add({ sourceInstanceId, bytes, isExact }: Bringer): void {
    this.migrations += 1;
    if (isExact && bytes !== null) {
      this.forget(sourceInstanceId);
      this.exactSources.add(sourceInstanceId);
      this.exactBytes += bytes;
    } else if (!this.exactSources.has(sourceInstanceId)) {
      const known = this.sources.get(sourceInstanceId) ?? null;
      this.forget(sourceInstanceId);
      this.sources.set(sourceInstanceId, bytes ?? known);
      this.atMostBytes += bytes ?? known ?? 0;
      this.unknownSources += (bytes ?? known) === null ? 1 : 0;
    }
  }

  /** As a migration from this source sees it. */
  besides(sourceInstanceId: string): ReservedOnTarget {
    const { exactBytes, migrations } = this;
    const own = this.sources.get(sourceInstanceId);
    return {
      ...{ exactBytes, migrations },
      atMostBytes: this.atMostBytes - (own ?? 0),
      unknownSources: this.unknownSources - (own === null ? 1 : 0),
    };
  }

  private forget(sourceInstanceId: string): void {
    const known = this.sources.get(sourceInstanceId);
    if (known === undefined) return;
    this.sources.delete(sourceInstanceId);
    this.atMostBytes -= known ?? 0;
    this.unknownSources -= known === null ? 1 : 0;
  }
}

export const NOTHING_RESERVED: ReservedOnTarget = new TargetReservations().besides('');
