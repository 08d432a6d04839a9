// Looks at what upstream shows of a migration whose import has no known id, and weighs it.
import { Injectable } from '@nestjs/common';
import { weighEvidence, type Judgement } from '../domain/evidence.js';
import type { Migration } from '../domain/migration.js';
import { LISTING_MARGIN_MS } from '../domain/policy.js';
import { Clock, Durability, MigrationStore } from './ports.js';
import { isPassing, type UpstreamFault, type UpstreamSession } from './ports-upstream.js';

/** Two instances and one page of the target's listing. */
export const LOOK_CALLS = 3;

export interface Look {
  readonly judgement: Judgement;
  /** Upstream's words; null when they could not be read. */
  readonly sourceStatus: string | null;
  readonly targetStatus: string | null;
  /** The listing could not be read this time; null when it was, or is not to be had at all. */
  readonly missed: UpstreamFault | null;
}

@Injectable()
export class LookForImport {
  constructor(
    private readonly migrations: MigrationStore,
    private readonly durability: Durability,
    private readonly clock: Clock,
  ) {}

  /**
   * An intent counts only while Redis has lost nothing since it was written. Else an earlier request
   * may be missing from the record: its import can be older than the intent, and can be among those
   * that were listed before it.
   */
  async look(migration: Migration, session: UpstreamSession): Promise<Look> {
    const { sourceInstanceId, targetInstanceId, engine } = migration;
    const { epoch } = await this.durability.rollback();
    const intent = migration.intent?.rollbackEpoch === epoch ? migration.intent : null;
    const fromMs = (intent?.listedAt ?? intent?.at ?? migration.createdAt) - LISTING_MARGIN_MS;
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
    // Of its own imports those of earlier attempts are as foreign as others': they have ended.
    const ownedByOthers = new Set([
      ...[...owners].filter(([, owner]) => owner !== migration.id).map(([importId]) => importId),
      ...migration.pastImports,
    ]);
    const sourceStatus = source.ok ? (source.value?.status ?? null) : null;
    const targetStatus = target.ok ? (target.value?.status ?? null) : null;
    const judgement = weighEvidence({
      listing,
      importsBefore: intent?.importsBefore ?? null,
      ownedByOthers,
      databases: migration.databases,
      isAfterRollback: intent === null,
      sourceStatus,
      targetStatus,
    });
    const missed = !listed.ok && isPassing(listed.fault) ? listed.fault : null;
    return { judgement, sourceStatus, targetStatus, missed };
  }
}
