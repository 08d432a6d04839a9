// Reads migrations of one tenant; another tenant's is as a missing one.
import { Injectable } from '@nestjs/common';
import { Problem } from '../domain/errors.js';
import { instancesOf, type HistoryEntry, type Migration } from '../domain/migration.js';
import { InstanceLeases, MigrationStore, type Holder, type MigrationQuery } from './ports.js';

export interface MigrationDetail {
  readonly migration: Migration;
  readonly history: readonly HistoryEntry[];
  /** While it is queued: who holds its instances. */
  readonly blockedBy: readonly { readonly instanceId: string; readonly migrationId: string }[];
}

@Injectable()
export class ReadMigrations {
  constructor(
    private readonly migrations: MigrationStore,
    private readonly leases: InstanceLeases,
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

  private async details(migrations: readonly Migration[]): Promise<readonly MigrationDetail[]> {
    const waiting = migrations.filter((migration) => migration.status === 'queued');
    const [holders, histories] = await Promise.all([
      this.leases.holders([...new Set(waiting.flatMap((migration) => instancesOf(migration)))]),
      Promise.all(migrations.map((migration) => this.migrations.history(migration.id))),
    ]);
    return migrations.map((migration, index) => ({
      migration,
      history: histories[index] ?? [],
      blockedBy: migration.status === 'queued' ? blockers(migration, holders) : [],
    }));
  }
}

function blockers(
  migration: Migration,
  holders: ReadonlyMap<string, Holder>,
): MigrationDetail['blockedBy'] {
  return instancesOf(migration).flatMap((instanceId) => {
    const holder = holders.get(instanceId);
    return holder === undefined ? [] : [{ instanceId, migrationId: holder.migrationId }];
  });
}
