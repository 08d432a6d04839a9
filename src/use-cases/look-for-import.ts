// Looks at what upstream shows of a migration whose import has no known id, and weighs it.
import { Injectable } from '@nestjs/common';
import { weighEvidence, type Judgement } from '../domain/evidence.js';
import type { Migration } from '../domain/migration.js';
import { LISTING_MARGIN_MS } from '../domain/policy.js';
import { Clock, MigrationStore, type UpstreamSession } from './ports.js';

/** Two instances and one page of the target's listing. */
export const LOOK_CALLS = 3;

export interface Look {
  readonly judgement: Judgement;
  /** Upstream's words; null when they could not be read. */
  readonly sourceStatus: string | null;
  readonly targetStatus: string | null;
}

@Injectable()
export class LookForImport {
  constructor(
    private readonly migrations: MigrationStore,
    private readonly clock: Clock,
  ) {}

  /** `fromMs` is the earliest time the import may have begun. */
  async look(migration: Migration, session: UpstreamSession, fromMs: number): Promise<Look> {
    const { sourceInstanceId, targetInstanceId, engine } = migration;
    const window = { fromMs, toMs: this.clock.now() + LISTING_MARGIN_MS };
    const [source, target, listed] = await Promise.all([
      session.instance(sourceInstanceId),
      session.instance(targetInstanceId),
      session.imports(engine, targetInstanceId, window),
    ]);
    const listing = listed.ok ? listed.value : null;
    const owners = await this.migrations.owners(
      targetInstanceId,
      listing?.map((record) => record.importId) ?? [],
    );
    const ownedByOthers = new Set(
      [...owners].filter(([, owner]) => owner !== migration.id).map(([importId]) => importId),
    );
    const sourceStatus = source.ok ? (source.value?.status ?? null) : null;
    const targetStatus = target.ok ? (target.value?.status ?? null) : null;
    const judgement = weighEvidence({
      listing,
      importsBefore: migration.intent?.importsBefore ?? null,
      ownedByOthers,
      databases: migration.databases,
      sourceStatus,
      targetStatus,
    });
    return { judgement, sourceStatus, targetStatus };
  }
}
