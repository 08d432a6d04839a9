// The log: JSON lines, one for each transition, nothing secret. Warnings carry facts, never whole records.
import type { Logger } from 'pino';
import type { Step } from '../domain/migration-step.js';
import { Journal } from '../use-cases/ports.js';

export class PinoJournal extends Journal {
  constructor(private readonly logger: Logger) {
    super();
  }

  override transition({ after, entry }: Step): void {
    this.logger.info(
      {
        migrationId: after.id,
        tenant: after.tenant,
        requestId: after.requestId,
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
