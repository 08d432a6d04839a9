// What this service asks of the storage when what ended long ago is dropped.
import type { Batch } from '../domain/batch.js';
import type { Migration } from '../domain/migration.js';

export abstract class Retention {
  /** Ids of batches, and of migrations on their own, that ended by then; the first ended first. */
  abstract endedBy(timeMs: number, from: number, limit: number): Promise<readonly string[]>;
  /**
   * Drops one that has ended, with all that leads to it; as it was read, and a member of a batch only
   * while its batch ended by then. False when it is wanted again, or was when it was looked at.
   */
  abstract dropMigration(ended: Migration, byMs: number): Promise<boolean>;
  /** Drops a batch that ended by then and has no member left; else false. */
  abstract dropBatch(batch: Pick<Batch, 'id' | 'tenant'>, byMs: number): Promise<boolean>;
  /**
   * Drops some of what was learned and that no record needs any more, and goes on behind it the next time:
   * whose an import was, once every migration to its target is younger than its end; the size of a source
   * that none names; a tenant that has neither records nor events.
   */
  abstract dropUnused(nowMs: number): Promise<void>;
}
