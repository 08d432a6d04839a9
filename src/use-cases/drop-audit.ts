// Drops audit entries that are older than AUDIT_RETENTION_DAYS, a few at a time; of each chain its anchor stays.
import { Injectable } from '@nestjs/common';
import { Clock, Settings, Shutdown } from './ports.js';
import { AuditLog } from './ports-audit.js';

const DAY_MS = 86_400_000;

/** Of one round: the next goes on where this one stopped. */
const MOST_AT_ONCE = 100_000;

@Injectable()
export class DropAudit {
  constructor(
    private readonly log: AuditLog,
    private readonly settings: Settings,
    private readonly clock: Clock,
    private readonly shutdown: Shutdown,
  ) {}

  async drop(): Promise<void> {
    const nowMs = this.clock.now();
    const byMs = nowMs - this.settings.auditRetentionDays * DAY_MS;
    for (let count = 0; count < MOST_AT_ONCE && !this.shutdown.isUnderWay;) {
      const dropped = await this.log.dropBefore(byMs, nowMs);
      if (dropped === 0) return;
      count += dropped;
    }
  }
}
