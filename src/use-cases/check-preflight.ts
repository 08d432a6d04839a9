// Reads the live facts of both instances, and which imports the target already lists.
import { Injectable } from '@nestjs/common';
import type { Migration } from '../domain/migration.js';
import { ROLLBACK_WINDOW_MS } from '../domain/policy.js';
import type { PreflightOutcome } from '../domain/preflight.js';
import { Clock } from './ports.js';
import { Tracing } from './ports-tracing.js';
import type { ImportRecord, Read, UpstreamFault, UpstreamSession } from './ports-upstream.js';
import { preflightOf, readFacts, type InstanceReads } from './read-facts.js';
import { ReadReservations } from './read-reservations.js';

export interface Checked {
  /** Null when the migration skips its checks. */
  readonly outcome: PreflightOutcome | null;
  /** Null when upstream does not list imports for this instance. */
  readonly listing: readonly ImportRecord[] | null;
  /** Size of the source's data; null when it was not read. */
  readonly dataBytes: number | null;
  /** The fault that keeps the check from being believed: another try, or the end of the migration. */
  readonly fault: UpstreamFault | null;
  /** When the first fact was asked for: no fact is older (milliseconds since the epoch). */
  readonly readAt: number;
}

/** Faults that say something about the call, not about the instance: worth another try, or an end. */
const SERIOUS: readonly UpstreamFault['class'][] = ['gone', 'auth', 'throttled', 'busy', 'unclear'];

@Injectable()
export class CheckPreflight {
  constructor(
    private readonly reservations: ReadReservations,
    private readonly clock: Clock,
    private readonly tracing: Tracing,
  ) {}

  async check(migration: Migration, session: UpstreamSession): Promise<Checked> {
    return this.tracing.span('preflight', {}, () => this.read(migration, session));
  }

  private async read(migration: Migration, session: UpstreamSession): Promise<Checked> {
    const { sourceInstanceId, targetInstanceId, engine, tenant } = migration;
    const readAt = this.clock.now();
    const window = { fromMs: readAt - ROLLBACK_WINDOW_MS, toMs: readAt + 60_000 };
    if (migration.preflight === 'skip') {
      const listed = await session.imports(engine, targetInstanceId, window);
      return { outcome: null, ...listingOf(listed), dataBytes: null, readAt };
    }
    const [source, target, listed, standing] = await Promise.all([
      readFacts(session, sourceInstanceId, readAt),
      readFacts(session, targetInstanceId, readAt),
      session.imports(engine, targetInstanceId, window),
      this.reservations.read([migration], { tenant, migration }),
    ]);
    const { listing, fault } = listingOf(listed);
    return {
      outcome: preflightOf(migration, source, target, standing),
      listing,
      dataBytes: source.usage.ok ? source.usage.value.dataBytes : null,
      fault: seriousFault(source, target) ?? fault,
      readAt,
    };
  }
}

/** A usage that cannot be read keeps nothing from being believed: its check is skipped. */
const seriousFault = (source: InstanceReads, target: InstanceReads): UpstreamFault | undefined =>
  [source.instance, target.instance, source.databases, target.databases]
    .flatMap((read) => (read.ok ? [] : read.fault))
    .find((fault) => SERIOUS.includes(fault.class));

/** A listing that upstream does not offer is done without; one that failed in passing is asked for again. */
function listingOf(read: Read<readonly ImportRecord[]>): Pick<Checked, 'listing' | 'fault'> {
  if (read.ok) return { listing: read.value, fault: null };
  const isWorthATry = ['throttled', 'unclear', 'auth'].includes(read.fault.class);
  return { listing: null, fault: isWorthATry ? read.fault : null };
}
