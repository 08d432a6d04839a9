// Runs every check of a migration that is not made: nothing is stored, nothing is submitted.
import { Injectable } from '@nestjs/common';
import type { Reach } from '../domain/access.js';
import { Problem } from '../domain/errors.js';
import type { MigrationRequest } from '../domain/migration.js';
import { FACT_CALLS, PREFLIGHT_PATIENCE_MS } from '../domain/policy.js';
import type { PreflightReport } from '../domain/preflight.js';
import { completeDraft, type AcceptRequest } from './accept-migrations.js';
import { OpenSession } from './open-session.js';
import { Clock } from './ports.js';
import { CredentialStore } from './ports-credentials.js';
import { notRead, preflightOf, readFacts, type InstanceReads } from './read-facts.js';
import { ReadReservations } from './read-reservations.js';

@Injectable()
export class PreflightMigration {
  constructor(
    private readonly credentials: CredentialStore,
    private readonly sessions: OpenSession,
    private readonly reservations: ReadReservations,
    private readonly clock: Clock,
  ) {}

  /**
   * What could not be read is skipped in the report, with its reason. Throws Problem: validation_failed, forbidden;
   * unavailable, with when to come back, while the quota of calls upstream has no room.
   */
  async preflight(
    request: Pick<AcceptRequest, keyof Reach | 'draft' | 'violations' | 'order'>,
  ): Promise<PreflightReport> {
    const { tenant } = request;
    const migration = await completeDraft(request, this.credentials);
    const [source, target] = await this.readBoth(tenant, migration);
    const standing = await this.reservations.read([migration], { tenant, migration: null });
    return preflightOf(migration, source, target, standing).report;
  }

  private async readBoth(
    tenant: string,
    { credentialId, regionId, sourceInstanceId, targetInstanceId }: MigrationRequest,
  ): Promise<readonly [InstanceReads, InstanceReads]> {
    const account = { tenant, credentialId, regionId };
    const untilMs = this.clock.now() + PREFLIGHT_PATIENCE_MS;
    const opened = await this.sessions.open(account, 2 * FACT_CALLS, untilMs);
    const now = this.clock.now();
    switch (opened.kind) {
      case 'open':
        return Promise.all([
          readFacts(opened.session, sourceInstanceId, now),
          readFacts(opened.session, targetInstanceId, now),
        ]);
      case 'no_credential': {
        const reads = notRead('no_credential', opened.message, now);
        return [reads, reads];
      }
      case 'wait':
        throw new Problem(
          'unavailable',
          'The quota of calls upstream has no room for a preflight now.',
          { retryAfterSeconds: Math.max(1, Math.ceil((opened.untilMs - now) / 1_000)) },
        );
    }
  }
}
