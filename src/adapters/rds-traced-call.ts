// A call upstream as a span: what was asked and how it was answered, nothing of what stands in either.
import type { SubmissionOutcome } from '../use-cases/ports-upstream.js';
import type { Attributes, Span, Tracing } from '../use-cases/ports-tracing.js';
import type { Reading } from './rds-answers.js';
import type { Delivery } from './rds-transport.js';

export interface TracedCall {
  readonly action: string;
  readonly regionId: string;
  /** Of the migration that is submitted; left out for what may be asked twice. */
  readonly attempt?: number;
}

export async function tracedCall<T extends Reading | SubmissionOutcome>(
  tracing: Tracing,
  call: TracedCall,
  deliver: () => Promise<Delivery>,
  understand: (delivery: Delivery) => T,
): Promise<T> {
  const { action, regionId, attempt } = call;
  const attributes = {
    'upstream.action': action,
    'cloud.region': regionId,
    ...(attempt !== undefined && { 'migration.attempt': attempt }),
  };
  return tracing.span(`upstream ${action}`, { kind: 'client', attributes }, async (span) => {
    const delivery = await deliver();
    const answer = understand(delivery);
    tell(span, delivery, answer);
    return answer;
  });
}

function tell(span: Span, delivery: Delivery, answer: Reading | SubmissionOutcome): void {
  const { code, requestId } = saidBy(answer);
  const attributes: Attributes = {
    ...(delivery.kind === 'answered' && { 'http.response.status_code': delivery.status }),
    ...(requestId !== null && { 'upstream.request_id': requestId }),
    ...(code !== null && { 'upstream.code': code }),
  };
  span.set(attributes);
  if (code !== null) span.fail(code);
}

interface Said {
  readonly code: string | null;
  readonly requestId: string | null;
}

function saidBy(answer: Reading | SubmissionOutcome): Said {
  if ('ok' in answer) return answer.ok ? { code: null, requestId: answer.requestId } : answer.fault;
  switch (answer.kind) {
    case 'accepted':
      return { code: null, requestId: answer.requestId };
    case 'refused':
      return answer.fault;
    case 'unknown':
      return answer;
    case 'not_sent':
      return { code: 'not_sent', requestId: null };
  }
}
