// What this service asks of the storage of batches. A batch's migrations are migrations like all others.
import type { Batch, Gate, Running } from '../domain/batch.js';
import type { HistoryEntry, Migration } from '../domain/migration.js';
import type { Page, UsedKey } from './ports.js';

export interface NewBatch {
  readonly batch: Batch;
  /** In the order of the request. Each was given its place by `startMigration`. */
  readonly members: readonly { readonly migration: Migration; readonly entry: HistoryEntry }[];
  readonly idempotency: UsedKey | null;
}

export type AcceptBatchOutcome =
  | { readonly kind: 'accepted' }
  /** The key was used before with the same body: the batch as it was then. */
  | { readonly kind: 'replayed'; readonly batch: Batch }
  | { readonly kind: 'key_reused' }
  /** Member `index` is the same as a migration that has not ended. */
  | { readonly kind: 'duplicate'; readonly index: number; readonly migrationId: string }
  | { readonly kind: 'credential_gone'; readonly credentialId: string };

export abstract class BatchStore {
  /**
   * All members and the batch, or nothing, also when the process dies on the way; nobody sees a part of
   * it. Never keeps the event loop for more than a few milliseconds at a time.
   */
  abstract accept(fresh: NewBatch): Promise<AcceptBatchOutcome>;
  /** The batch, as it was then, that was accepted under this key with this hash; null for none. */
  abstract acceptedAs(tenant: string, used: UsedKey): Promise<Batch | null>;
  abstract find(id: string): Promise<Batch | null>;
  abstract findAll(ids: readonly string[]): Promise<ReadonlyMap<string, Batch>>;
  /** Newest first. */
  abstract list(query: {
    readonly tenant: string;
    readonly limit: number;
    readonly afterId: string | null;
  }): Promise<Page<Batch>>;
  /**
   * Compare-and-set on the version; wakes who looks after the batch. `running`: with `canceled`, what that
   * means for its imports that run. Null: somebody else decided first, or all that shall be canceled has ended.
   */
  abstract setGate(
    batch: Batch,
    gate: Gate,
    nowMs: number,
    running?: Running,
  ): Promise<Batch | null>;
  /**
   * Writes that what failed of it is to be tried again, with a number of its own, and opens the gate of a
   * halted one; wakes who looks after the batch. Null: somebody else decided first.
   */
  abstract askRetry(batch: Batch, nowMs: number): Promise<Batch | null>;
  /** That decision is carried out; a later one stays. */
  abstract retryDone(batch: Pick<Batch, 'id' | 'retryRound'>): Promise<void>;
  /** Writes that it has ended, once. */
  abstract finish(batch: Batch, nowMs: number): Promise<void>;
  /** The look after which to come again (ms), for the sweep; null: none. */
  abstract lookAgainAt(id: string, atMs: number | null): Promise<void>;
  /** Ids of its migrations, in the order of their making. */
  abstract members(
    batch: Pick<Batch, 'id' | 'tenant'>,
    afterId: string | null,
    limit: number,
  ): Promise<readonly string[]>;
}
