// Reads the live facts of both instances, and which imports the target already lists.
import { Injectable } from '@nestjs/common';
import type { Migration } from '../domain/migration.js';
import { ROLLBACK_WINDOW_MS } from '../domain/policy.js';
import { runPreflight, type Fact, type PreflightOutcome } from '../domain/preflight.js';
import { Clock, InstanceLeases } from './ports.js';
import type { ImportRecord, Read, UpstreamFault, UpstreamSession } from './ports-upstream.js';

export interface Checked {
  /** Null when the migration skips its checks. */
  readonly outcome: PreflightOutcome | null;
  /** Null when upstream does not list imports for this instance. */
  readonly listing: readonly ImportRecord[] | null;
  /** Size of the source's data; null when it was not read. */
  readonly dataBytes: number | null;
  /** The fault that keeps the check from being believed: another try, or the end of the migration. */
  readonly fault: UpstreamFault | null;
}

/** Faults that say something about the call, not about the instance: worth another try, or an end. */
const SERIOUS: readonly UpstreamFault['class'][] = ['gone', 'auth', 'throttled', 'busy', 'unclear'];

@Injectable()
export class CheckPreflight {
  constructor(
    private readonly leases: InstanceLeases,
    private readonly clock: Clock,
  ) {}

  async check(migration: Migration, session: UpstreamSession): Promise<Checked> {
    const { sourceInstanceId: source, targetInstanceId: target, engine } = migration;
    const now = this.clock.now();
    const window = { fromMs: now - ROLLBACK_WINDOW_MS, toMs: now + 60_000 };
    if (migration.preflight === 'skip') {
      const listed = await session.imports(engine, target, window);
      return {
        outcome: null,
        listing: listed.ok ? listed.value : null,
        dataBytes: null,
        fault: listingFault(listed),
      };
    }
    const [
      sourceRead,
      targetRead,
      sourceDbs,
      targetDbs,
      sourceUsage,
      targetUsage,
      listed,
      holders,
    ] = await Promise.all([
      session.instance(source),
      session.instance(target),
      session.databases(source),
      session.databases(target),
      session.usage(source),
      session.usage(target),
      session.imports(engine, target, window),
      this.leases.holders([source, target]),
    ]);
    const heldBy = new Map(
      [...holders]
        .filter(([, holder]) => holder.migrationId !== migration.id)
        .map(([instanceId, holder]) => [instanceId, holder.migrationId]),
    );
    const outcome = runPreflight({
      request: migration,
      source: asFact(sourceRead),
      target: asFact(targetRead),
      sourceDatabases: asFact(sourceDbs),
      targetDatabases: asFact(targetDbs),
      sourceUsage: asFact(sourceUsage),
      targetUsage: asFact(targetUsage),
      heldBy,
      atMs: this.clock.now(),
    });
    const fault = [sourceRead, targetRead, sourceDbs, targetDbs]
      .map((read) => (read.ok ? null : read.fault))
      .find((found) => found !== null && SERIOUS.includes(found.class));
    return {
      outcome,
      listing: listed.ok ? listed.value : null,
      dataBytes: sourceUsage.ok ? sourceUsage.value.dataBytes : null,
      fault: fault ?? listingFault(listed),
    };
  }
}

/** A listing that upstream does not offer is done without; one that failed in passing is asked for again. */
function listingFault(read: Read<unknown>): UpstreamFault | null {
  if (read.ok) return null;
  const isPassing = read.fault.class === 'throttled' || read.fault.class === 'unclear';
  return isPassing || read.fault.class === 'auth' ? read.fault : null;
}

function asFact<T>(read: Read<T>): Fact<T> {
  if (read.ok) return { known: true, value: read.value };
  return { known: false, why: `${read.fault.code}: ${read.fault.message}` };
}
