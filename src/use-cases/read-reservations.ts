// Reads who holds the instances of migrations and what others are to bring to their targets; names nobody of another tenant.
import { Injectable } from '@nestjs/common';
import { asWaiter, type Migration } from '../domain/migration.js';
import { movesWholeSource } from '../domain/preflight-report.js';
import {
  NOTHING_RESERVED,
  TargetReservations,
  type Bringer,
  type ReservedOnTarget,
} from '../domain/reservations.js';
import type { Waiter } from '../domain/scheduling.js';
import { InstanceLeases, MigrationStore, Pause } from './ports.js';

interface Pair {
  readonly sourceInstanceId: string;
  readonly targetInstanceId: string;
}

/** As it is when it was read. */
export interface Standing {
  /** Instance id → the other migration that holds it; null for one of another tenant. */
  readonly heldBy: ReadonlyMap<string, string | null>;
  /** What others bring to the target of the pair. */
  reservedOn(pair: Pair): ReservedOnTarget;
}

/** Who asks: a migration of its own, that is neither in its own way nor behind younger ones; or nobody yet. */
export interface Asker {
  readonly tenant: string;
  readonly migration: Migration | null;
}

/** So many targets' rows are read with one step: others have their turn in between. */
const CHUNK = 200;

@Injectable()
export class ReadReservations {
  constructor(
    private readonly migrations: MigrationStore,
    private readonly leases: InstanceLeases,
    private readonly pause: Pause,
  ) {}

  async read(pairs: readonly Pair[], asker: Asker): Promise<Standing> {
    const targets = [...new Set(pairs.map(({ targetInstanceId }) => targetInstanceId))];
    const instances = [...new Set([...targets, ...pairs.map((pair) => pair.sourceInstanceId)])];
    const { heldBy, holders } = await this.holders(instances, asker);
    const reserved = new Map<string, TargetReservations>();
    for (let from = 0; from < targets.length; from += CHUNK) {
      if (from > 0) await this.pause.wait(0);
      const chunk = new Set(targets.slice(from, from + CHUNK));
      const waiters = (await this.leases.waitersOn([...chunk])).filter(
        (waiter) => chunk.has(waiter.targetInstanceId) && isAhead(waiter, asker.migration),
      );
      const holding = [...chunk].flatMap((target) => {
        const holder = holders.get(target);
        // Whoever holds it as a source takes nothing there.
        return holder?.targetInstanceId === target ? [holder] : [];
      });
      const sources = [...waiters, ...holding].map(({ sourceInstanceId }) => sourceInstanceId);
      const sizes = await this.leases.dataSizes([...new Set(sources)]);
      for (const holder of holding) add(reserved, holder, asHolder(holder, sizes));
      for (const waiter of waiters) add(reserved, waiter, asWaiting(waiter, sizes));
    }
    return {
      heldBy,
      reservedOn: ({ sourceInstanceId, targetInstanceId }) =>
        reserved.get(targetInstanceId)?.besides(sourceInstanceId) ?? NOTHING_RESERVED,
    };
  }

  /** Which instances other migrations hold, and those migrations. */
  private async holders(
    instanceIds: readonly string[],
    { tenant, migration }: Asker,
  ): Promise<Pick<Standing, 'heldBy'> & { readonly holders: ReadonlyMap<string, Migration> }> {
    const held = [...(await this.leases.holders(instanceIds))].filter(
      ([, { migrationId }]) => migrationId !== migration?.id,
    );
    const ids = [...new Set(held.map(([, { migrationId }]) => migrationId))];
    const records = new Map(
      (await this.migrations.findAll(ids)).map((record) => [record.id, record]),
    );
    const heldBy = new Map<string, string | null>();
    const holders = new Map<string, Migration>();
    for (const [instanceId, { migrationId }] of held) {
      const holder = records.get(migrationId);
      heldBy.set(instanceId, holder?.tenant === tenant ? migrationId : null);
      if (holder !== undefined) holders.set(instanceId, holder);
    }
    return { heldBy, holders };
  }
}

function add(
  reserved: Map<string, TargetReservations>,
  { targetInstanceId }: Pair,
  by: Bringer,
): void {
  const known = reserved.get(targetInstanceId) ?? new TargetReservations();
  reserved.set(targetInstanceId, known);
  known.add(by);
}

function asHolder(holder: Migration, sizes: ReadonlyMap<string, number>): Bringer {
  const { sourceInstanceId, dataBytes, preflightReport } = holder;
  const bytes = dataBytes ?? sizes.get(sourceInstanceId) ?? null;
  return { sourceInstanceId, bytes, isExact: movesWholeSource(preflightReport) };
}

const asWaiting = (
  { sourceInstanceId, bytes }: Waiter,
  sizes: ReadonlyMap<string, number>,
): Bringer => ({
  ...{ sourceInstanceId, bytes: sizes.get(sourceInstanceId) ?? bytes, isExact: false },
});

/** Whoever came later brings its data later too, and is told then. */
function isAhead(waiter: Waiter, migration: Migration | null): boolean {
  if (migration === null) return true;
  const { id, queuedAt } = asWaiter(migration);
  const isFirst = waiter.queuedAt < queuedAt || (waiter.queuedAt === queuedAt && waiter.id < id);
  return isFirst && waiter.id !== id;
}
