// What this service asks of the place that keeps the audit log: to add to it, to read it, and to drop what is old.
import type { AuditEntry, AuditNote, ChainLink } from '../domain/audit.js';

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
  /** Of one tenant: the last entry that was dropped, to which the oldest one kept is chained; null for none. */
  readonly anchor: ChainLink | null;
}

/** There is no way to change an entry, or to drop any but the oldest. About 500 bytes each, two for each act. */
export abstract class AuditLog {
  /**
   * Resolves when the note is on record, as the next of its tenant's chain, whoever else writes. Rejects
   * when it may not be.
   */
  abstract append(note: AuditNote): Promise<AuditEntry>;
  /** Places stay what they were when older entries are dropped: pages go on, and end sooner. */
  abstract list(query: AuditQuery): Promise<AuditPage>;
  /**
   * Drops some of the oldest entries of all tenants: none that was noted after `byMs`, as it was noted, nor any
   * behind one of those. How many went; 0 when there was nothing to do, or somebody else did it.
   */
  abstract dropBefore(byMs: number, nowMs: number): Promise<number>;
}
