// Nothing is changed that is not on record before; what came of it is put on record after it.
import { Injectable } from '@nestjs/common';
import type { Act, AuditOutcome } from '../domain/audit.js';
import { Problem } from '../domain/errors.js';
import { Clock, Journal } from './ports.js';
import { AuditLog } from './ports-audit.js';

/** As for all storage that is away. */
const RETRY_AFTER_SECONDS = 2;

@Injectable()
export class KeepAudit {
  constructor(
    private readonly log: AuditLog,
    private readonly clock: Clock,
    private readonly journal: Journal,
  ) {}

  /** Throws Problem unavailable when it cannot be put on record: then it must not be done. */
  async begin(act: Act): Promise<void> {
    try {
      await this.log.append({ ...act, at: this.clock.now(), phase: 'begun', outcome: null });
    } catch (cause) {
      const detail = 'The audit log cannot be written now: nothing was changed.';
      throw new Problem('unavailable', detail, { retryAfterSeconds: RETRY_AFTER_SECONDS, cause });
    }
  }

  /** Never rejects: what is done is done, and its `begun` stands. */
  async end(act: Act, outcome: AuditOutcome): Promise<void> {
    try {
      await this.log.append({ ...act, at: this.clock.now(), phase: 'ended', outcome });
    } catch (error) {
      const { tenant, keyId, action, resource, requestId } = act;
      const why = error instanceof Error ? error.message : String(error);
      const facts = { tenant, keyId, action, resource, requestId, ...outcome, why };
      this.journal.warn('an outcome is not in the audit log', facts);
    }
  }
}
