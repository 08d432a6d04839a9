// Shows an admin the audit log of the own tenant; the operator, of every tenant.
import { Injectable } from '@nestjs/common';
import { isOperator, type Caller } from '../domain/access.js';
import { AuditLog, type AuditPage, type AuditQuery } from './ports-audit.js';

const NOTHING: AuditPage = { items: [], nextAfter: null, anchor: null };

@Injectable()
export class ReadAudit {
  constructor(private readonly log: AuditLog) {}

  /** Another tenant's log is as that of a tenant that does not exist: empty. */
  async list(caller: Caller, query: AuditQuery): Promise<AuditPage> {
    if (isOperator(caller)) return this.log.list(query);
    const { tenant } = caller;
    if (query.tenant !== null && query.tenant !== tenant) return NOTHING;
    return this.log.list({ ...query, tenant });
  }
}
