// What an admin sees of the audit log: every entry as it was hashed, so that anybody can check the chain.
import { ApiProperty } from '@nestjs/swagger';
import type { AuditEntry } from '../domain/audit.js';
import type { ProblemCode } from '../domain/errors.js';
import type { AuditPage } from '../use-cases/ports-audit.js';
import { auditCursor } from './list-audit.dto.js';

export class AuditOutcomeView {
  /**
   * The HTTP status that was answered
   * @example 409
   */
  @ApiProperty({ type: 'integer' })
  status!: number;

  /**
   * The code of the problem that was answered; null where it was done
   * @example "already_ended"
   */
  code!: ProblemCode | null;
}

export class AuditEntryView {
  /**
   * Number in the chain of its tenant: 1, 2, 3 …
   * @example 4711
   */
  @ApiProperty({ type: 'integer' })
  seq!: number;

  /** When it was noted */
  at!: string;

  /**
   * Tenant of the caller
   * @example "acme"
   */
  tenant!: string;

  /**
   * Id of the API key it was done with
   * @example "key_01jdemoq4y7z8b9c0d1e2f3g4h"
   */
  keyId!: string;

  /**
   * What was asked for: collection and verb
   * @example "migrations.cancel"
   */
  action!: string;

  /**
   * Path of what it is about; of what was made, where something was
   * @example "/v1/migrations/mig_01jdemoq4y7z8b9c0d1e2f3g4h/cancel"
   */
  resource!: string;

  /**
   * The request's id, as in its answer and in the log
   * @example "req_0c9d2c0e-5b0f-4d0e-8a53-5f3a4f7d6f11"
   */
  requestId!: string;

  /**
   * Network address of the caller: of the connection, or what a proxy of the operator's said
   * @example "10.0.3.17"
   */
  source!: string;

  /**
   * `begun` before anything was done, `ended` with the outcome. A `begun` without an `ended` may have happened; a
   * call without the scope has only an `ended`
   */
  @ApiProperty({ enum: ['begun', 'ended'] })
  phase!: 'begun' | 'ended';

  /** What came of it; null with `begun` */
  outcome!: AuditOutcomeView | null;

  /**
   * `hash` of the entry before it in the chain; 64 zeros in the first
   * @example "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
   */
  previousHash!: string;

  /**
   * SHA-256 in hex of this entry without `hash`, as JSON without blanks and with its names in alphabetical order at
   * every level: `jq -cSj 'del(.hash)' | sha256sum`
   * @example "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752"
   */
  hash!: string;

  static of(entry: AuditEntry): AuditEntryView {
    const { seq, at, tenant, keyId, action, resource, requestId, source } = entry;
    const { phase, outcome, previousHash, hash } = entry;
    return {
      ...{ seq, at, tenant, keyId, action, resource, requestId, source, phase },
      outcome: outcome === null ? null : { status: outcome.status, code: outcome.code },
      ...{ previousHash, hash },
    };
  }
}

export class AuditAnchorView {
  /**
   * Its number in the chain
   * @example 4000
   */
  @ApiProperty({ type: 'integer' })
  seq!: number;

  /**
   * Its `hash`, which is the `previousHash` of the next one
   * @example "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
   */
  hash!: string;
}

export class AuditListView {
  /** Newest first */
  items!: AuditEntryView[];

  /**
   * For the next page; null on the last one. With filters a page may be short, even empty, and not be the last
   * @example "YXVkaXQgNDcxMQ"
   */
  nextCursor!: string | null;

  /**
   * The last entry that was dropped of the tenant's chain, to which the oldest one kept is chained. Null where none was,
   * and in a list of all tenants
   */
  anchor!: AuditAnchorView | null;

  static of({ items, nextAfter, anchor }: AuditPage): AuditListView {
    return {
      items: items.map((entry) => AuditEntryView.of(entry)),
      nextCursor: nextAfter === null ? null : auditCursor(nextAfter),
      anchor: anchor === null ? null : { seq: anchor.seq, hash: anchor.hash },
    };
  }
}
