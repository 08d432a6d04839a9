// Every tunable number of webhooks: its unit, its value and the reason for it.

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/**
 * Waits after the first, second … failure of a delivery: a restart is over after the first, a night after
 * the last. Together 23 h 35 min; after that a delivery has failed.
 */
export const RETRY_DELAYS_MS = [
  5 * SECOND_MS,
  MINUTE_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  8 * HOUR_MS,
  8 * HOUR_MS,
] as const;

/** Each wait is up to this part longer: deliveries that failed together do not all come back together. */
export const RETRY_JITTER_PART = 0.1;

/** A longer Retry-After is not waited for: the schedule says when. */
export const MAX_RETRY_AFTER_MS = 2 * HOUR_MS;

/** The whole of one request: name, connection, TLS, answer. */
export const SEND_TIMEOUT_MS = 15 * SECOND_MS;

/** An attempt that was begun this long ago ended with its process: twice the timeout of its request. */
export const SEND_LEASE_MS = 30 * SECOND_MS;

/** Requests of one process to one endpoint at the same time: enough for a batch, too few to crowd a receiver. */
export const SENDS_AT_ONCE = 4;

/** A look at one endpoint ends after this much and comes again at the end of the line: others have their turn. */
export const LOOK_SLICE_MS = 2 * SECOND_MS;

/** How long secrets of before a rotation sign along. */
export const SECRET_OVERLAP_MS = 24 * HOUR_MS;

/** Secrets that may sign along besides the newest: a rotation whose answer was lost is made again. */
export const MAX_OLDER_SECRETS = 3;

/** Webhooks of one tenant; each event of it is sent to all of them. */
export const MAX_WEBHOOKS = 20;
export const MAX_URL_LENGTH = 2_048;
export const MAX_DESCRIPTION_LENGTH = 200;

/**
 * What may wait for all endpoints of a tenant together, in Redis: a night of ten thousand migrations (60,000
 * events) for one endpoint. Beyond it the deliveries of the oldest events are dropped, which is an event.
 */
export const MAX_BACKLOG_BYTES = 128 * 1_048_576;

/**
 * What a delivery that waits is counted for, with every failure that it can have, and a body besides its own
 * length: with the places that Redis keeps for them. webhook-backlog.lua counts the same.
 */
export const DELIVERY_BYTES = 1_600;
export const BODY_BYTES = 600;

/** Ended deliveries of one webhook that its log shows. About 500 bytes each. */
export const MAX_ENDED_DELIVERIES = 1_000;

/** Attempts of one delivery that its log shows, the newest. */
export const MAX_SHOWN_ATTEMPTS = 20;

/** Events that become deliveries with one script: a page of 20 webhooks is 2,000 rows, some 10 ms. */
export const FAN_OUT_PAGE = 100;
