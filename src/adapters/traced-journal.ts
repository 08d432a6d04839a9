// Tells every transition to the trace of its migration too, beside the log line.
import type { Migration } from '../domain/migration.js';
import type { Step } from '../domain/migration-step.js';
import { Journal } from '../use-cases/ports.js';
import type { Tracing } from '../use-cases/ports-tracing.js';

export class TracedJournal extends Journal {
  constructor(
    private readonly journal: Journal,
    private readonly tracing: Tracing,
  ) {
    super();
  }

  override transition(step: Step): void {
    this.journal.transition(step);
    const { after, entry } = step;
    // That it was accepted is told by the span of that, for a whole batch once.
    if (entry === null || entry.from === null) return;
    this.tracing.moment(`migration ${after.status}`, {
      traceparent: after.traceparent,
      attributes: attributesOf(after, entry.from),
      failure: failureOf(after),
    });
  }

  override warn(message: string, facts: Readonly<Record<string, unknown>>): void {
    this.journal.warn(message, facts);
  }
}

const attributesOf = (after: Migration, from: string): Record<string, string | number> => ({
  'migration.id': after.id,
  'migration.from': from,
  'migration.to': after.status,
  'migration.attempt': after.attempt,
  ...(after.importId !== null && { 'migration.import_id': after.importId }),
  ...(after.upstreamRequestId !== null && { 'upstream.request_id': after.upstreamRequestId }),
});

/** A cancel that was asked for is what was wanted. */
function failureOf({ status, reason }: Migration): string | null {
  return status === 'failed' || status === 'outcome_unknown' ? (reason?.code ?? status) : null;
}
