// Tells an error that says "the storage is away" from a defect of ours.

const CONNECTION_CODES: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/** What the client library says when it has no usable connection. */
const CLIENT_WORDS =
  /^(?:Connection is closed|Command timed out|Stream isn't writeable|Reached the max retries per request)/;

/** Redis is there but takes no command now: starting, failing over, full, or without enough replicas. */
const SERVER_WORDS =
  /^(?:LOADING|MASTERDOWN|READONLY|CLUSTERDOWN|TRYAGAIN|NOREPLICAS|MISCONF|OOM|UNKILLABLE|BUSY) /;

export function isStoreAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('code' in error && typeof error.code === 'string' && CONNECTION_CODES.has(error.code)) {
    return true;
  }
  if (error.name === 'MaxRetriesPerRequestError' || error.name === 'ClusterAllFailedError') {
    return true;
  }
  return CLIENT_WORDS.test(error.message) || SERVER_WORDS.test(error.message);
}
