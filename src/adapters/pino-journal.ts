// The log: JSON lines, one for each transition, nothing secret. Warnings carry facts, never whole records.
import type { Logger } from 'pino';
import type { Step } from '../domain/migration-step.js';
import { parseTraceparent } from '../domain/traceparent.js';
import { Journal } from '../use-cases/ports.js';

export class PinoJournal extends Journal {
  constructor(private readonly logger: Logger) {
    super();
  }

  override transition({ after, entry }: Step): void {
    const traceId = parseTraceparent(after.traceparent)?.traceId;
    this.logger.info(
      {
        migrationId: after.id,
        batchId: after.batchId,
        tenant: after.tenant,
        requestId: after.requestId,
        ...(traceId !== undefined && { traceId }),
        from: entry?.from ?? null,
        to: after.status,
        attempt: after.attempt,
        importId: after.importId,
        code: entry?.code ?? null,
      },
      'transition',
    );
  }

  override warn(message: string, facts: Readonly<Record<string, unknown>>): void {
    this.logger.warn(facts, message);
  }
}
