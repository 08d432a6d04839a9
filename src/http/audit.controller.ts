// The audit log over HTTP: read, never written.
import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiQuery } from '@nestjs/swagger';
import type { Caller } from '../domain/access.js';
import { ReadAudit } from '../use-cases/read-audit.js';
import { CallerOf, NeedsScope } from './access.js';
import { ApiProblems } from './api-problems.js';
import { AuditListView } from './audit-view.dto.js';
import { QueryAs } from './checked-query.js';
import { auditQueryOf, ListAuditDto } from './list-audit.dto.js';

@Controller('v1/audit')
export class AuditController {
  constructor(private readonly readAudit: ReadAudit) {}

  /**
   * List who did what, newest first
   * @remarks Every call that may change something is noted before it is carried out, and is not carried out when it
   * cannot be; then its outcome is noted. Each tenant has a chain of its own: the hash of each entry covers that of
   * the one before it, so whoever kept one `seq` and `hash` can tell later whether anything up to it was changed,
   * removed or put in. Entries older than AUDIT_RETENTION_DAYS are dropped; `anchor` is then the last of those, from which
   * on the chain can be checked
   */
  @Get()
  @NeedsScope('admin')
  @ApiQuery({ type: ListAuditDto })
  @ApiOkResponse({ type: AuditListView, description: 'One page' })
  @ApiProblems('validation_failed')
  async list(
    @CallerOf() caller: Caller,
    @QueryAs(ListAuditDto) query: ListAuditDto,
  ): Promise<AuditListView> {
    return AuditListView.of(await this.readAudit.list(caller, auditQueryOf(query)));
  }
}
