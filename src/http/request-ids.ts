// Every request has one id that is safe to print anywhere: the caller's when its form is right, else a fresh one.
import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

export const REQUEST_ID_HEADER = 'x-request-id';

/** No character that could break a log line, a header or a URL. */
const ACCEPTABLE = /^[A-Za-z0-9._-]{1,128}$/;

export function requestIdOf(request: { readonly headers: IncomingHttpHeaders }): string {
  const given = request.headers[REQUEST_ID_HEADER];
  return typeof given === 'string' && ACCEPTABLE.test(given) ? given : `req_${randomUUID()}`;
}
