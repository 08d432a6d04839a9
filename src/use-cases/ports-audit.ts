// What this service asks of the place that keeps the audit log: to add to it and to read it, and nothing else.
import type { AuditEntry, AuditNote } from '../domain/audit.js';

export interface AuditQuery {
  /** Null: those of all tenants, in the order in which they came to be on record. */
  readonly tenant: string | null;
  readonly keyId: string | null;
  readonly action: string | null;
  readonly limit: number;
  /** Place after which to go on: the `nextAfter` of an earlier page of the same tenant, or of all. */
  readonly after: number | null;
}

export interface AuditPage {
  /** Newest first. May be fewer than asked for, even none, with more to come: little fits a narrow filter. */
  readonly items: readonly AuditEntry[];
  /** Null at the end. */
  readonly nextAfter: number | null;
}

/** Everything is kept: there is no way to change or drop an entry. About 500 bytes each, two for each act. */
export abstract class AuditLog {
  /**
   * Resolves when the note is on record, as the next of its tenant's chain, whoever else writes. Rejects
   * when it may not be.
   */
  abstract append(note: AuditNote): Promise<AuditEntry>;
  abstract list(query: AuditQuery): Promise<AuditPage>;
}
