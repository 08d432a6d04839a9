// Accepts a batch: every broken rule of every item named at once, or all of them on record together.
import { Injectable } from '@nestjs/common';
import { NO_COUNTS, type Batch } from '../domain/batch.js';
import { invalidRequest, Problem } from '../domain/errors.js';
import type { HistoryEntry, Migration, MigrationRequest } from '../domain/migration.js';
import { startMigration } from '../domain/migration-step.js';
import { opensAt } from '../domain/window.js';
import type { AcceptBatchRequest } from './batch-request.js';
import { CompleteItems, missingCredentials } from './complete-items.js';
import { Clock, Ids, Journal, Pause } from './ports.js';
import { BatchStore, type AcceptBatchOutcome } from './ports-batches.js';
import { Tracing } from './ports-tracing.js';
import { refuseOutOfReach } from './refuse-out-of-reach.js';

interface Member {
  readonly migration: Migration;
  readonly entry: HistoryEntry;
}

export interface AcceptedBatch {
  readonly batch: Batch;
  /** An earlier request with the same idempotency key made it. */
  readonly replayed: boolean;
}

/** Members made or told of before others get their turn. */
const SLICE = 250;

@Injectable()
export class AcceptBatch {
  constructor(
    private readonly batches: BatchStore,
    private readonly completing: CompleteItems,
    private readonly clock: Clock,
    private readonly ids: Ids,
    private readonly journal: Journal,
    private readonly pause: Pause,
    private readonly tracing: Tracing,
  ) {}

  /** Throws Problem: validation_failed, duplicate_active, idempotency_key_reused. */
  async accept(request: AcceptBatchRequest): Promise<AcceptedBatch> {
    return this.tracing.span('batch accept', {}, async (span) => {
      const accepted = await this.put(request, span.traceparent);
      const { id, total } = accepted.batch;
      span.set({ 'batch.id': id, 'batch.migrations': total });
      return accepted;
    });
  }

  private async put(
    request: AcceptBatchRequest,
    traceparent: string | null,
  ): Promise<AcceptedBatch> {
    const first = await this.repeated(request);
    if (first !== null) return { batch: first, replayed: true };
    const complete = await this.completing.complete(request);
    const now = this.clock.now();
    const id = this.ids.make('bat', now);
    const members = await this.start(request, complete, { id, now, traceparent });
    const counts = { ...NO_COUNTS };
    for (const { migration } of members) counts[migration.status] += 1;
    const { tenant, requestId, idempotency } = request;
    const batch: Batch = {
      ...request.batch,
      ...{ id, tenant, requestId, total: members.length, gate: 'open', version: 1, counts },
      ...{ createdAt: now, finishedAt: null },
    };
    const outcome = await this.batches.accept({ batch, members, idempotency });
    if (outcome.kind === 'replayed') return { batch: outcome.batch, replayed: true };
    if (outcome.kind !== 'accepted') throw refusal(outcome, request);
    await this.tell(members);
    return { batch, replayed: false };
  }

  /** Asked before anything is looked up: what the first request named may be gone by now. Throws Problem forbidden. */
  private async repeated(request: AcceptBatchRequest): Promise<Batch | null> {
    const { tenant, idempotency, items, order } = request;
    if (idempotency === null) return null;
    const first = await this.batches.acceptedAs(tenant, idempotency);
    // The key that asks now need not be the one that asked then.
    if (first !== null) {
      const drafts = items.map(({ draft }) => draft as MigrationRequest);
      refuseOutOfReach(request, drafts, {
        pointerOf: (index) => items[index]?.pointer ?? '',
        order,
      });
    }
    return first;
  }

  private async start(
    { tenant, requestId, items, batch }: AcceptBatchRequest,
    complete: readonly MigrationRequest[],
    made: { readonly id: string; readonly now: number; readonly traceparent: string | null },
  ): Promise<readonly Member[]> {
    const ids = items.map(() => this.ids.make('mig', made.now));
    const opens = batch.window === null ? made.now : opensAt(batch.window, made.now);
    const members: Member[] = [];
    for (const [index, item] of complete.entries()) {
      const { key = null, dependsOn: places = [] } = items[index] ?? {};
      const dependsOn = places.map((place) => ids[place] ?? '');
      const dependsOnKeys = places.flatMap((place) => items[place]?.key ?? []);
      const { id: batchId, traceparent } = made;
      const own = { id: ids[index] ?? '', batchId, row: index, key, dependsOn, dependsOnKeys };
      const identity = { ...own, tenant, requestId, traceparent };
      const dueAt = Math.max(item.notBefore ?? made.now, opens);
      members.push(startMigration(item, identity, made.now, dueAt));
      if (members.length % SLICE === 0) await this.pause.wait(0);
    }
    return members;
  }

  private async tell(members: readonly Member[]): Promise<void> {
    for (const [index, { migration, entry }] of members.entries()) {
      this.journal.transition({ name: null, before: migration, after: migration, entry });
      if (index % SLICE === SLICE - 1) await this.pause.wait(0);
    }
  }
}

function refusal(
  outcome: Exclude<AcceptBatchOutcome, { kind: 'accepted' | 'replayed' }>,
  { items }: AcceptBatchRequest,
): Problem {
  switch (outcome.kind) {
    case 'key_reused':
      return new Problem(
        'idempotency_key_reused',
        'This Idempotency-Key was used with another body within the last 24 hours.',
      );
    case 'duplicate': {
      const pointer = items[outcome.index]?.pointer ?? '';
      return new Problem(
        'duplicate_active',
        `${outcome.migrationId} moves the same databases between the same instances as ${pointer} and has not ended. Set allowDuplicate to queue it all the same. Nothing of the batch was queued.`,
        { conflictsWith: `/v1/migrations/${outcome.migrationId}` },
      );
    }
    case 'credential_gone':
      // Deleted since it was looked up.
      return invalidRequest(missingCredentials(items, (id) => id === outcome.credentialId));
  }
}
