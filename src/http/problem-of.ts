// Names the problem behind any error, so that nothing but what a caller may know ever leaves.
import { HttpException } from '@nestjs/common';
import { Problem, type ProblemCode } from '../domain/errors.js';
import { isAbortedUpload, isOutage } from './outages.js';

/** What the server itself refuses before a controller is asked. Any other 4xx is a malformed request. */
const REFUSALS: Readonly<Record<string, readonly [ProblemCode, string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ['body_too_large', 'The body is larger than this service takes.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [
    'unsupported_media_type',
    'Send the body as "Content-Type: application/json".',
  ],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: [
    'malformed_request',
    'The body does not have the length that Content-Length says.',
  ],
  FST_ERR_CTP_EMPTY_JSON_BODY: [
    'malformed_json',
    'A JSON body is needed, but the request has none.',
  ],
  FST_ERR_BAD_URL: ['malformed_request', 'The path is not validly percent-encoded.'],
  FST_ERR_MAX_PARAM_LENGTH: ['not_found', 'No resource has so long a name.'],
};

/** Long enough for a failover to have ended for most callers, short enough not to lose them. */
const RETRY_AFTER_SECONDS = 2;

export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const cause = error instanceof HttpException ? (error.cause ?? error) : error;
  const refusal = refusalOf(cause);
  if (refusal !== null) return refusal;
  if (isAbortedUpload(cause)) {
    return new Problem('malformed_request', 'The request ended before its body did.', { cause });
  }
  if (error instanceof HttpException) return problemOfStatus(error);
  if (isOutage(error)) {
    return new Problem('unavailable', 'The storage of this service cannot be reached now.', {
      retryAfterSeconds: RETRY_AFTER_SECONDS,
      cause: error,
    });
  }
  return new Problem('internal_error', 'Something went wrong inside of the service.', {
    cause: error,
  });
}

function refusalOf(error: unknown): Problem | null {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string')
    return null;
  const refusal = Object.hasOwn(REFUSALS, error.code) ? REFUSALS[error.code] : undefined;
  return refusal === undefined ? null : new Problem(refusal[0], refusal[1], { cause: error });
}

function problemOfStatus(error: HttpException): Problem {
  const status = error.getStatus();
  if (status === 404) return new Problem('not_found', 'Nothing answers this method and path.');
  return status >= 400 && status < 500
    ? new Problem('malformed_request', 'The server could not read the request.', { cause: error })
    : new Problem('internal_error', 'Something went wrong inside of the service.', {
        cause: error,
      });
}
