// Reads migrations of one tenant; another tenant's is as a missing one.
import { Injectable } from '@nestjs/common';
import { allowedActions, type Action } from '../domain/allowed-actions.js';
import { isWaiting, waitReasons } from '../domain/wait-reasons.js';
import type { WaitReason } from '../domain/waiting.js';
import type { Engine } from '../domain/db-info.js';
import { estimateMs, type DurationModel } from '../domain/estimate.js';
import { Problem } from '../domain/errors.js';
import { mayFollow } from '../domain/transitions.js';
import { instancesOf, isEnded, type HistoryEntry, type Migration } from '../domain/migration.js';
import type { Batch } from '../domain/batch.js';
import { HeldByBreaker } from './held-by-breaker.js';
import { LearnedDurations } from './learned-durations.js';
import { Clock, InstanceLeases, MigrationStore, type MigrationQuery } from './ports.js';
import { BatchStore } from './ports-batches.js';

export interface MigrationDetail {
  readonly migration: Migration;
  readonly history: readonly HistoryEntry[];
  /** While it is queued: who holds its instances; null for a migration of another tenant. */
  readonly blockedBy: readonly {
    readonly instanceId: string;
    readonly migrationId: string | null;
  }[];
  /** Whatever else it waits for. */
  readonly waitingFor: readonly WaitReason[];
  readonly estimate: RunEstimate | null;
  /** While it waits or has ended; null outside of one. */
  readonly batch: Batch | null;
  /** What can be asked of it now. */
  readonly allowedActions: readonly Action[];
}

interface Holding {
  readonly migrationId: string;
  readonly tenant: string | null;
}

/** Learned from finished imports; milliseconds since the epoch. */
export interface RunEstimate {
  readonly startAt: number;
  readonly finishAt: number;
  readonly basis: 'history';
}

@Injectable()
export class ReadMigrations {
  constructor(
    private readonly migrations: MigrationStore,
    private readonly leases: InstanceLeases,
    private readonly batches: BatchStore,
    private readonly durations: LearnedDurations,
    private readonly clock: Clock,
    private readonly held: HeldByBreaker,
  ) {}

  /** Throws Problem not_found. */
  async find(tenant: string, id: string): Promise<MigrationDetail> {
    const migration = await this.migrations.find(id);
    if (migration === null || migration.tenant !== tenant) {
      throw new Problem('not_found', 'There is no such migration.');
    }
    const [detail] = await this.details([migration]);
    if (detail === undefined) throw new Problem('not_found', 'There is no such migration.');
    return detail;
  }

  /** Throws Problem not_found. */
  async findByImport(tenant: string, importId: string): Promise<MigrationDetail> {
    const id = await this.migrations.idByImport(tenant, importId);
    if (id === null) throw new Problem('not_found', 'No migration has this ImportId.');
    return this.find(tenant, id);
  }

  async list(
    query: MigrationQuery,
  ): Promise<{ readonly items: readonly MigrationDetail[]; readonly nextAfterId: string | null }> {
    const page = await this.migrations.list(query);
    return { items: await this.details(page.items), nextAfterId: page.nextAfterId };
  }

  private async holders(instanceIds: readonly string[]): Promise<ReadonlyMap<string, Holding>> {
    const holders = await this.leases.holders(instanceIds);
    const ids = [...new Set([...holders.values()].map(({ migrationId }) => migrationId))];
    const records = ids.length === 0 ? [] : await this.migrations.findAll(ids);
    const tenants = new Map(records.map(({ id, tenant }) => [id, tenant]));
    return new Map(
      [...holders].map(([instanceId, { migrationId }]) => {
        return [instanceId, { migrationId, tenant: tenants.get(migrationId) ?? null }];
      }),
    );
  }

  private async details(migrations: readonly Migration[]): Promise<readonly MigrationDetail[]> {
    const waiting = migrations.filter((migration) => migration.status === 'queued');
    // Of one that was submitted the batch decides nothing; of one that ended, whether it can be tried again.
    const batchIds = migrations
      .filter(({ status }) => isWaiting(status) || isEnded(status))
      .flatMap(({ batchId }) => batchId ?? []);
    const unsubmitted = migrations.filter(({ status }) => isWaiting(status));
    const [batches, models, holders, histories, gone, paused, refusals] = await Promise.all([
      this.batches.findAll(batchIds),
      this.durations.models(),
      this.holders([...new Set(waiting.flatMap((migration) => instancesOf(migration)))]),
      Promise.all(migrations.map((migration) => this.migrations.history(migration.id))),
      this.held.among(unsubmitted),
      this.held.paused(unsubmitted),
      this.migrations.retryRefusals(
        migrations.filter(({ status }) => mayFollow(status, 'retried')),
      ),
    ]);
    const now = this.clock.now();
    return migrations.map((migration, index) => ({
      migration,
      history: histories[index] ?? [],
      blockedBy: migration.status === 'queued' ? blockers(migration, holders) : [],
      waitingFor: isWaiting(migration.status)
        ? waitReasons(migration, batches.get(migration.batchId ?? '') ?? null, {
            nowMs: now,
            durationMs: durationOf(migration, models),
            gone: gone.get(migration.id) ?? null,
            paused: paused.get(migration.id) ?? null,
          })
        : [],
      batch: batches.get(migration.batchId ?? '') ?? null,
      estimate: estimateOf(migration, durationOf(migration, models)),
      allowedActions: allowedActions(
        migration,
        batches.get(migration.batchId ?? '')?.gate ?? null,
      ).filter((action) => action !== 'retry' || !refusals.has(migration.id)),
    }));
  }
}

/** Two tenants may share an instance; neither learns what the other does with it. */
function blockers(
  migration: Migration,
  holders: ReadonlyMap<string, Holding>,
): MigrationDetail['blockedBy'] {
  return instancesOf(migration).flatMap((instanceId) => {
    const holder = holders.get(instanceId);
    if (holder === undefined) return [];
    const { migrationId, tenant } = holder;
    return [{ instanceId, migrationId: tenant === migration.tenant ? migrationId : null }];
  });
}

const durationOf = (
  { engine, dataBytes }: Migration,
  models: Readonly<Record<Engine, DurationModel | null>>,
): number | null => estimateMs(models[engine], dataBytes);

/** Only of what runs: when something that waits will start depends on all the others. */
function estimateOf(migration: Migration, durationMs: number | null): RunEstimate | null {
  const { status, startedAt } = migration;
  const isRunning = status === 'importing' || status === 'canceling';
  if (!isRunning || startedAt === null || durationMs === null) return null;
  return { startAt: startedAt, finishAt: Math.round(startedAt + durationMs), basis: 'history' };
}
