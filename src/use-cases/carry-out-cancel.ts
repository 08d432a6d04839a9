/**
 * Tells upstream to cancel an import whose cancel was asked for.
 *
 * Repeating it is harmless, so a process that dies on the way only delays it. A refusal puts the
 * import back to `importing` with the reason, to be looked at at once: it may have ended, or be
 * canceled by somebody else already.
 */
import { Injectable } from '@nestjs/common';
import { canCancelImports } from '../domain/allowed-actions.js';
import type { Migration, Reason } from '../domain/migration.js';
import { note } from '../domain/migration-step.js';
import { EVIDENCE_DELAY_MIN_MS } from '../domain/policy.js';
import { Clock, MigrationStore } from './ports.js';
import { isPassing, type UpstreamSession } from './ports-upstream.js';
import { RecordOutcome } from './record-outcome.js';

@Injectable()
export class CarryOutCancel {
  constructor(
    private readonly migrations: MigrationStore,
    private readonly outcomes: RecordOutcome,
    private readonly clock: Clock,
  ) {}

  /** Of an import that began to run after its cancel was asked for. True when it was written. */
  async begin(importing: Migration): Promise<boolean> {
    if (importing.cancel === null) return false;
    if (importing.cancel.ifRunning === 'finish') {
      const wakeAt = this.outcomes.firstLookAt({ ...importing, cancel: null });
      await this.migrations.apply(note(importing, { cancel: null, wakeAt }));
      return true;
    }
    if (canCancelImports(importing)) {
      await this.outcomes.write(importing, 'cancel_asked', { wakeAt: this.clock.now() });
      return true;
    }
    const message =
      'The import was started before it could be canceled, and upstream has no cancel';
    const reason: Reason = { code: 'cancel_refused', message: `${message} for MySQL.` };
    const wakeAt = this.outcomes.firstLookAt({ ...importing, cancel: null });
    await this.migrations.apply(note(importing, { cancel: null, reason, wakeAt }));
    return true;
  }

  /** Is there a cancel that upstream was not told of? */
  isWaiting({ status, cancel, importId }: Migration): boolean {
    return status === 'canceling' && cancel?.sentAt === null && importId !== null;
  }

  /** True when something was written; false when upstream could not be asked now. */
  async send(canceling: Migration, session: UpstreamSession): Promise<boolean> {
    const { targetInstanceId, importId, cancel } = canceling;
    if (importId === null || cancel === null) return false;
    const told = await session.cancel(targetInstanceId, importId);
    const now = this.clock.now();
    if (told.ok) {
      const wakeAt = now + EVIDENCE_DELAY_MIN_MS;
      await this.migrations.apply(note(canceling, { cancel: { ...cancel, sentAt: now }, wakeAt }));
      return true;
    }
    const { fault } = told;
    if (isPassing(fault)) return false;
    await this.outcomes.write(canceling, 'cancel_refused', {
      cancel: null,
      reason: {
        code: 'cancel_refused',
        message: `Upstream does not cancel the import: ${fault.code}: ${fault.message}`,
        upstreamCode: fault.code,
        ...(fault.requestId === null ? {} : { upstreamRequestId: fault.requestId }),
      },
      wakeAt: now,
    });
    return true;
  }
}
