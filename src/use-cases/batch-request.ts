// What a caller asks for with a batch, as far as it could be read.
import type { Reach } from '../domain/access.js';
import type { BatchRequest } from '../domain/batch.js';
import type { Violation } from '../domain/errors.js';
import type { MigrationDraft } from './accept-migrations.js';

/** One item as far as it could be read, with the batch's defaults in it. */
export interface BatchItem {
  readonly draft: MigrationDraft;
  readonly key: string | null;
  /** Places in the list of those that must succeed before. */
  readonly dependsOn: readonly number[];
  /** Pointer to the item (`/migrations/17`). */
  readonly pointer: string;
  /** The item names its credential itself; else the pointer of a missing one is `/credentialId`. */
  readonly hasOwnCredential: boolean;
}

export interface AcceptBatchRequest extends Reach {
  readonly requestId: string;
  readonly batch: BatchRequest;
  readonly items: readonly BatchItem[];
  /** The rules found broken so far. */
  readonly violations: readonly Violation[];
  /** Sorts violations into body order. */
  readonly order: (violations: readonly Violation[]) => readonly Violation[];
  readonly idempotency: { readonly key: string; readonly hash: string } | null;
}
