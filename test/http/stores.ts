// Stores that are just enough for the HTTP floor: what is accepted can be found and listed.
import type { HistoryEntry, Migration } from '../../src/domain/migration.js';
import type { Step } from '../../src/domain/migration-step.js';
import {
  InstanceLeases,
  MigrationStore,
  type AcceptOutcome,
  type ApplyOutcome,
  type DuePage,
  type MigrationQuery,
  type NewMigration,
  type Page,
  type ReplayedMigration,
  type UsedKey,
} from '../../src/use-cases/ports.js';
import {
  CredentialVault,
  Secret,
  type CredentialSecrets,
} from '../../src/use-cases/ports-credentials.js';

export class ListedMigrations extends MigrationStore {
  readonly records: Migration[] = [];
  readonly queries: MigrationQuery[] = [];
  /** Id of a migration that the next accepted one repeats. */
  duplicateOf: string | null = null;
  private readonly firsts = new Map<
    string,
    { hash: string; migration: Migration; entry: HistoryEntry }
  >();

  override async accept({ migration, entry, idempotency }: NewMigration): Promise<AcceptOutcome> {
    if (this.duplicateOf !== null) return { kind: 'duplicate', migrationId: this.duplicateOf };
    const first = idempotency === null ? undefined : this.firsts.get(idempotency.key);
    if (first !== undefined) {
      if (first.hash !== idempotency?.hash) return { kind: 'key_reused' };
      return { kind: 'replayed', migration: first.migration, entry: first.entry };
    }
    if (idempotency !== null)
      this.firsts.set(idempotency.key, { hash: idempotency.hash, migration, entry });
    this.records.push(migration);
    return { kind: 'accepted' };
  }

  override async acceptedAs(_tenant: string, used: UsedKey): Promise<ReplayedMigration | null> {
    const first = this.firsts.get(used.key);
    if (first === undefined || first.hash !== used.hash) return null;
    return { kind: 'replayed', migration: first.migration, entry: first.entry };
  }

  override async find(id: string): Promise<Migration | null> {
    return this.records.find((record) => record.id === id) ?? null;
  }

  override async findAll(ids: readonly string[]): Promise<readonly Migration[]> {
    return this.records.filter(({ id }) => ids.includes(id));
  }

  override async statuses(
    ids: readonly string[],
  ): Promise<ReadonlyMap<string, Migration['status']>> {
    return new Map((await this.findAll(ids)).map(({ id, status }) => [id, status]));
  }

  override async history(id: string): Promise<readonly HistoryEntry[]> {
    const record = this.records.find((each) => each.id === id);
    if (record === undefined) return [];
    return [{ at: record.createdAt, from: null, to: 'queued', code: null, message: null }];
  }

  override async retryRefusals(): Promise<ReadonlySet<string>> {
    return new Set();
  }

  override async idByImport(tenant: string, importId: string): Promise<string | null> {
    const isAsked = (each: Migration): boolean =>
      each.tenant === tenant && each.importId === importId;
    return this.records.find(isAsked)?.id ?? null;
  }

  override async list(query: MigrationQuery): Promise<Page<Migration>> {
    this.queries.push(query);
    const { afterId, limit } = query;
    const own = this.records.filter(({ tenant }) => tenant === query.tenant);
    const newer = own.toReversed().filter((each) => afterId === null || each.id < afterId);
    const items = newer.slice(0, limit);
    return { items, nextAfterId: newer.length > limit ? (items.at(-1)?.id ?? null) : null };
  }

  override async apply({ before, after }: Step): Promise<ApplyOutcome> {
    const index = this.records.findIndex(({ id }) => id === after.id);
    if (this.records[index]?.version !== before.version) return { kind: 'stale' };
    this.records[index] = after;
    return { kind: 'applied', migration: after };
  }
  override async owners(): Promise<ReadonlyMap<string, string>> {
    return new Map();
  }
  override async dueBefore(): Promise<DuePage> {
    return { items: [], next: null };
  }
  override async queued(): Promise<readonly []> {
    return [];
  }
}

export class NobodyHolds extends InstanceLeases {
  override async holders(): ReturnType<InstanceLeases['holders']> {
    return new Map();
  }
  override async waitersOn(): ReturnType<InstanceLeases['waitersOn']> {
    return [];
  }
  override async waitersOfBatch(): ReturnType<InstanceLeases['waitersOfBatch']> {
    return [];
  }
  override async waitedFor(): ReturnType<InstanceLeases['waitedFor']> {
    return { instanceIds: [], next: null };
  }
  override async someWaitersOn(): ReturnType<InstanceLeases['someWaitersOn']> {
    return [];
  }
  override async dataSizes(): ReturnType<InstanceLeases['dataSizes']> {
    return new Map();
  }
  override async work(): ReturnType<InstanceLeases['work']> {
    return new Map();
  }
}

/** Keeps nothing: what the HTTP floor may not show is not even there. */
export class OpenVault extends CredentialVault {
  override seal(): { readonly sealed: string; readonly keyVersion: string } {
    return { sealed: 'sealed', keyVersion: 'k1' };
  }
  override open(): CredentialSecrets {
    return {
      accessKeyId: new Secret('LTAIold00001'),
      accessKeySecret: new Secret('old'),
      securityToken: null,
    };
  }
}
