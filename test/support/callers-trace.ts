// A trace as a caller of the service begins it, another one each time.
import { randomBytes } from 'node:crypto';

/** The caller's own span. */
export const CALLER = '00f067aa0ba902b7';

export interface CallersTrace {
  readonly traceId: string;
  readonly traceparent: string;
}

export function callersTrace(flags: '00' | '01' = '01'): CallersTrace {
  const traceId = randomBytes(16).toString('hex');
  return { traceId, traceparent: `00-${traceId}-${CALLER}-${flags}` };
}
