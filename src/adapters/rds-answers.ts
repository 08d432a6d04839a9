// What came back becomes a value: the answer's object, or a fault. Nothing here is ever thrown.
import type { IncomingHttpHeaders } from 'node:http';
import type { JsonObject } from '../domain/json-text.js';
import type { SubmissionOutcome, UpstreamFault } from '../use-cases/ports-upstream.js';
import { classifyCode, isCode } from './rds-faults.js';
import { importIdOf, readObject, word, type Scrub } from './rds-text.js';
import type { Answered, Delivery } from './rds-transport.js';

export type Reading =
  | { readonly ok: true; readonly answer: JsonObject; readonly requestId: string | null }
  | { readonly ok: false; readonly fault: UpstreamFault };

/** For a read: whatever is not a whole, faultless answer is a fault. */
export function readDelivery(delivery: Delivery, scrub: Scrub): Reading {
  if (delivery.kind === 'answered') return readAnswer(delivery, scrub);
  return { ok: false, fault: unclear(delivery.cause, scrub(delivery.message)) };
}

/**
 * For the one call that must not be made twice, read top to bottom:
 * nothing left → not_sent; no whole answer → unknown; a 2xx answer with an ImportId and no error →
 * accepted; a code that upstream only gives before it starts anything → refused; all else → unknown.
 */
export function submissionOutcome(delivery: Delivery, scrub: Scrub): SubmissionOutcome {
  if (delivery.kind === 'not_sent') return { kind: 'not_sent', message: scrub(delivery.message) };
  const reading = readDelivery(delivery, scrub);
  if (reading.ok) {
    const { requestId } = reading;
    const importId = importIdOf(reading.answer);
    if (importId !== null) return { kind: 'accepted', importId, requestId };
    const message = 'upstream answered without a usable ImportId';
    return { kind: 'unknown', code: 'import_id_missing', message, requestId };
  }
  const { fault } = reading;
  const { code, message, requestId } = fault;
  if (fault.class === 'unclear') return { kind: 'unknown', code, message, requestId };
  if (delivery.kind === 'answered' && namesAnImport(delivery)) {
    return {
      kind: 'unknown',
      code: 'contradictory',
      message: `${code} with an ImportId`,
      requestId,
    };
  }
  return { kind: 'refused', fault };
}

/** A fault of which upstream gave no code: a word of ours, in lower case. */
export function unclear(
  code: string,
  message: string,
  requestId: string | null = null,
): UpstreamFault {
  return { class: 'unclear', code, message, requestId, retryAfterMs: null };
}

function readAnswer({ status, headers, text }: Answered, scrub: Scrub): Reading {
  const answer = readObject(text);
  const requestId = requestIdOf(answer, headers, scrub);
  const refuse = (code: string, message: string): Reading => ({
    ok: false,
    fault: unclear(code, `HTTP ${status}: ${message}`, requestId),
  });
  // A redirect is not followed, and what stands in it is not upstream's word on the request.
  if (status >= 300 && status < 400) return refuse('redirected', 'upstream redirects the request');
  if (answer === null) return refuse('not_json', 'the answer is not a JSON object');

  const code = word(answer, 'Code');
  if (code !== null && isCode(code)) {
    const message = scrub(word(answer, 'Message') ?? `HTTP ${status}`);
    const retryAfterMs = retryAfterOf(headers);
    const faultClass = classifyCode(code, status);
    return {
      ok: false,
      fault: { class: faultClass, code: scrub(code), message, requestId, retryAfterMs },
    };
  }
  if (status < 200 || status >= 300) return refuse('no_code', 'the answer has no error code');
  return { ok: true, answer, requestId };
}

function namesAnImport({ text }: Answered): boolean {
  const answer = readObject(text);
  return answer !== null && importIdOf(answer) !== null;
}

function requestIdOf(
  answer: JsonObject | null,
  headers: IncomingHttpHeaders,
  scrub: Scrub,
): string | null {
  const header = headers['x-acs-request-id'];
  const id = word(answer, 'RequestId', 'RequestID') ?? (typeof header === 'string' ? header : null);
  return id === null ? null : scrub(id).slice(0, 128);
}

/** `x-acs-retry-after` counts milliseconds (as the official SDK reads it), the standard one seconds. */
function retryAfterOf(headers: IncomingHttpHeaders): number | null {
  const own = headers['x-acs-retry-after'];
  const standard = headers['retry-after'];
  if (typeof own === 'string' && /^\d{1,9}$/.test(own)) return Number(own);
  return standard !== undefined && /^\d{1,6}$/.test(standard) ? Number(standard) * 1_000 : null;
}
