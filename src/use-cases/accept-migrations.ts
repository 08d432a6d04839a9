// Accepts a migration: every broken rule named at once, or a record that survives any crash.
import { Injectable } from '@nestjs/common';
import type { Reach } from '../domain/access.js';
import { allowedActions } from '../domain/allowed-actions.js';
import { invalidRequest, Problem, VIOLATIONS, type Violation } from '../domain/errors.js';
import type { HistoryEntry, Migration, MigrationRequest } from '../domain/migration.js';
import { startMigration } from '../domain/migration-step.js';
import { waitReasons } from '../domain/wait-reasons.js';
import { Clock, Ids, Journal, MigrationStore, type UsedKey } from './ports.js';
import type { MigrationDetail } from './read-migrations.js';
import { CredentialStore } from './ports-credentials.js';
import { Tracing } from './ports-tracing.js';
import { refuseOutOfReach } from './refuse-out-of-reach.js';

/** What could be read of a request; parts that break a rule may be missing. */
export type MigrationDraft = Partial<MigrationRequest> & { readonly credentialId?: string };

export interface AcceptRequest extends Reach {
  readonly requestId: string;
  readonly draft: MigrationDraft;
  /** The rules found broken so far. */
  readonly violations: readonly Violation[];
  /** Sorts violations into body order. */
  readonly order: (violations: readonly Violation[]) => readonly Violation[];
  readonly idempotency: UsedKey | null;
}

export interface AcceptedMigration extends MigrationDetail {
  /** An earlier request with the same idempotency key made it. */
  readonly replayed: boolean;
}

const acceptedAs = (
  migration: Migration,
  entry: HistoryEntry,
  replayed: boolean,
): AcceptedMigration => ({
  ...{ migration, history: [entry], replayed, blockedBy: [], estimate: null, batch: null },
  // As of its making, so that a repetition has the same bytes.
  waitingFor: waitReasons(migration, null, {
    ...{ nowMs: migration.createdAt, durationMs: null, gone: null, paused: null },
  }),
  allowedActions: allowedActions(migration, null),
});

@Injectable()
export class AcceptMigrations {
  constructor(
    private readonly migrations: MigrationStore,
    private readonly credentials: CredentialStore,
    private readonly clock: Clock,
    private readonly ids: Ids,
    private readonly journal: Journal,
    private readonly tracing: Tracing,
  ) {}

  /** Throws Problem: validation_failed, forbidden, duplicate_active, idempotency_key_reused. */
  async accept(request: AcceptRequest): Promise<AcceptedMigration> {
    return this.tracing.span('migration accept', {}, async (span) => {
      const accepted = await this.put(request, span.traceparent);
      span.set({ 'migration.id': accepted.migration.id });
      return accepted;
    });
  }

  private async put(
    request: AcceptRequest,
    traceparent: string | null,
  ): Promise<AcceptedMigration> {
    const { tenant, requestId, idempotency } = request;
    const first = await this.repeated(request);
    if (first !== null) return first;
    const complete = await completeDraft(request, this.credentials);
    const now = this.clock.now();
    const id = this.ids.make('mig', now);
    const identity = { id, tenant, requestId, traceparent, batchId: null, dependsOn: [] };
    const { migration, entry } = startMigration(complete, identity, now);
    const outcome = await this.migrations.accept({ migration, entry, idempotency });
    switch (outcome.kind) {
      case 'accepted':
        this.journal.transition({ name: null, before: migration, after: migration, entry });
        return acceptedAs(migration, entry, false);
      case 'replayed':
        return acceptedAs(outcome.migration, outcome.entry, true);
      case 'key_reused':
        throw new Problem(
          'idempotency_key_reused',
          'This Idempotency-Key was used with another body within the last 24 hours.',
        );
      case 'duplicate':
        throw new Problem(
          'duplicate_active',
          `${outcome.migrationId} moves the same databases between the same instances and has not ended. Set allowDuplicate to queue it all the same.`,
          { conflictsWith: `/v1/migrations/${outcome.migrationId}` },
        );
      case 'credential_gone':
        throw invalidRequest([credentialNotFound()]);
    }
  }

  /** Asked before anything is looked up: what the first request named may be gone by now. Throws Problem forbidden. */
  private async repeated(request: AcceptRequest): Promise<AcceptedMigration | null> {
    const { tenant, idempotency, order } = request;
    if (idempotency === null) return null;
    const first = await this.migrations.acceptedAs(tenant, idempotency);
    if (first === null) return null;
    // The key that asks now need not be the one that asked then.
    refuseOutOfReach(request, [first.migration], { pointerOf: () => '', order });
    return acceptedAs(first.migration, first.entry, true);
  }
}

/** Looks up the credential and fills in its region. Throws Problem: validation_failed, every broken rule named; forbidden. */
export async function completeDraft(
  request: Pick<AcceptRequest, keyof Reach | 'draft' | 'violations' | 'order'>,
  credentials: CredentialStore,
): Promise<MigrationRequest> {
  const { draft, tenant } = request;
  const violations = [...request.violations];
  const credential =
    draft.credentialId === undefined ? null : await credentials.find(tenant, draft.credentialId);
  if (draft.credentialId !== undefined && credential === null) {
    violations.push(credentialNotFound());
  }
  if (violations.length > 0) throw invalidRequest(request.order(violations));
  const complete = {
    ...(draft as MigrationRequest),
    regionId: draft.regionId ?? credential?.regionId ?? '',
  };
  refuseOutOfReach(request, [complete], { pointerOf: () => '', order: request.order });
  return complete;
}

const credentialNotFound = (): Violation => ({
  pointer: '/credentialId',
  code: 'credential_not_found',
  message: VIOLATIONS.credential_not_found,
});
