// Accepts a migration: every broken rule named at once, or a record that survives any crash.
import { Injectable } from '@nestjs/common';
import { Problem, VIOLATIONS, type Violation } from '../domain/errors.js';
import type { HistoryEntry, Migration, MigrationRequest } from '../domain/migration.js';
import { startMigration } from '../domain/migration-step.js';
import { Clock, Ids, Journal, MigrationStore } from './ports.js';
import { CredentialStore } from './ports-credentials.js';

/** What could be read of a request; parts that break a rule may be missing. */
export type MigrationDraft = Partial<MigrationRequest> & { readonly credentialId?: string };

export interface AcceptRequest {
  readonly tenant: string;
  readonly requestId: string;
  readonly draft: MigrationDraft;
  /** The rules found broken so far. */
  readonly violations: readonly Violation[];
  /** Sorts violations into body order. */
  readonly order: (violations: readonly Violation[]) => readonly Violation[];
  readonly idempotency: { readonly key: string; readonly hash: string } | null;
}

export interface AcceptedMigration {
  readonly migration: Migration;
  readonly history: readonly HistoryEntry[];
  /** An earlier request with the same idempotency key made it. */
  readonly replayed: boolean;
}

@Injectable()
export class AcceptMigrations {
  constructor(
    private readonly migrations: MigrationStore,
    private readonly credentials: CredentialStore,
    private readonly clock: Clock,
    private readonly ids: Ids,
    private readonly journal: Journal,
  ) {}

  /** Throws Problem: validation_failed, duplicate_active, idempotency_key_reused. */
  async accept(request: AcceptRequest): Promise<AcceptedMigration> {
    const { tenant, requestId, idempotency } = request;
    const complete = await this.complete(request);
    const now = this.clock.now();
    const identity = { id: this.ids.make('mig', now), tenant, requestId };
    const { migration, entry } = startMigration(complete, identity, now);
    const outcome = await this.migrations.accept({ migration, entry, idempotency });
    switch (outcome.kind) {
      case 'accepted':
        this.journal.transition({ name: null, before: migration, after: migration, entry });
        return { migration, history: [entry], replayed: false };
      case 'replayed':
        return { migration: outcome.migration, history: [outcome.entry], replayed: true };
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
        throw invalid([credentialNotFound()]);
    }
  }

  private async complete(request: AcceptRequest): Promise<MigrationRequest> {
    const { draft, tenant } = request;
    const violations = [...request.violations];
    const credential =
      draft.credentialId === undefined
        ? null
        : await this.credentials.find(tenant, draft.credentialId);
    if (draft.credentialId !== undefined && credential === null) {
      violations.push(credentialNotFound());
    }
    if (violations.length > 0) throw invalid(request.order(violations));
    return {
      ...(draft as MigrationRequest),
      regionId: draft.regionId ?? credential?.regionId ?? '',
    };
  }
}

const credentialNotFound = (): Violation => ({
  pointer: '/credentialId',
  code: 'credential_not_found',
  message: VIOLATIONS.credential_not_found,
});

const invalid = (violations: readonly Violation[]): Problem =>
  new Problem('validation_failed', `${violations.length} rule(s) of the request are broken.`, {
    violations,
  });
