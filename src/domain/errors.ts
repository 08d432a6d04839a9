// The only list of errors: what may go wrong for a caller, for a field, and for a migration.

/** What sort of problem it is; the HTTP floor maps each kind to one status. */
export type ProblemKind =
  | 'malformed'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'gone'
  | 'too_large'
  | 'media_type'
  | 'invalid'
  | 'too_many'
  | 'unavailable'
  | 'internal';

export const PROBLEMS = {
  malformed_json: { kind: 'malformed', title: 'The body is not valid JSON' },
  malformed_request: { kind: 'malformed', title: 'The request is malformed' },
  last_event_id_invalid: { kind: 'malformed', title: 'This is not the id of an event' },
  unauthenticated: { kind: 'unauthenticated', title: 'A valid API key is required' },
  forbidden: { kind: 'forbidden', title: 'The API key may not do this' },
  not_found: { kind: 'not_found', title: 'No such resource' },
  duplicate_active: { kind: 'conflict', title: 'The same migration has not ended yet' },
  cancel_not_supported: { kind: 'conflict', title: 'Upstream cannot cancel it' },
  not_retryable: { kind: 'conflict', title: 'Only what failed or was canceled can be tried again' },
  not_parked: { kind: 'conflict', title: 'It is not parked' },
  outcome_known: { kind: 'conflict', title: 'Its outcome is known' },
  import_bound: { kind: 'conflict', title: 'The import belongs to another migration' },
  credential_gone: { kind: 'conflict', title: 'Its credential no longer exists' },
  batch_closed: { kind: 'conflict', title: 'Its batch lets nothing start any more' },
  already_ended: { kind: 'conflict', title: 'It has ended already' },
  nothing_to_retry: { kind: 'conflict', title: 'There is nothing that could be tried again' },
  credential_in_use: { kind: 'conflict', title: 'A migration that has not ended uses it' },
  webhook_limit_reached: { kind: 'conflict', title: 'There are as many webhooks as there may be' },
  webhook_disabled: { kind: 'conflict', title: 'Nothing is sent to the webhook now' },
  events_dropped: { kind: 'gone', title: 'Some of the events asked for are kept no more' },
  body_too_large: { kind: 'too_large', title: 'The body is too large' },
  unsupported_media_type: { kind: 'media_type', title: 'The media type is not supported' },
  validation_failed: { kind: 'invalid', title: 'The request breaks one or more rules' },
  idempotency_key_reused: { kind: 'invalid', title: 'The idempotency key was used otherwise' },
  rate_limited: { kind: 'too_many', title: 'Too many requests' },
  too_many_streams: { kind: 'too_many', title: 'Too many streams of events are open' },
  unavailable: { kind: 'unavailable', title: 'The service cannot do this now' },
  internal_error: { kind: 'internal', title: 'The service failed' },
} as const satisfies Record<string, { kind: ProblemKind; title: string }>;

export type ProblemCode = keyof typeof PROBLEMS;

/** Codes of `errors[]`: one broken rule of one field. */
export const VIOLATIONS = {
  same_instance: 'Source and target are the same instance',
  instance_id_invalid: 'The instance id has the wrong form',
  instance_not_allowed: 'The API key is not for this instance',
  credential_not_found: 'There is no such credential',
  engine_unsupported: 'The engine is not supported',
  engine_shape_mismatch: 'The engine contradicts the shape of DBNames',
  db_info_not_json: 'The string is not JSON',
  db_info_curly_quotes: 'Typographic quotes stand where JSON wants straight ones',
  db_names_missing: 'DBNames is missing',
  db_names_empty: 'DBNames names no database',
  db_names_wrong_type: 'DBNames is neither an array nor an object',
  db_name_invalid: 'The database name is not allowed',
  db_name_duplicate: 'The database is named twice',
  source_db_duplicate: 'The source database is named twice',
  target_db_duplicate: 'The target database is named twice',
  too_many_databases: 'There are too many databases',
  not_before_invalid: 'The time is not valid',
  label_invalid: 'The label is not allowed',
  window_invalid: 'The window is not valid',
  batch_empty: 'The batch has no migration',
  too_many_migrations: 'There are too many migrations',
  key_duplicate: 'The key is given to two migrations',
  dependency_unknown: 'No migration of the batch has this key',
  dependency_cycle: 'Migrations wait for each other',
  too_many_dependencies: 'There are too many dependencies',
  migration_duplicate: 'The batch has the same migration twice',
  webhook_url_invalid: 'The URL is not one that a webhook can have',
  webhook_url_refused: 'The URL leads to an address that webhooks may not reach',
  webhook_type_unknown: 'There is no such type of event',
  unknown_property: 'The property is not known',
  duplicate_property: 'The property is given twice',
  required: 'The property is required',
  wrong_type: 'The value has the wrong type or form',
} as const;

export type ViolationCode = keyof typeof VIOLATIONS;

/** One broken rule. `pointer` is an RFC 6901 JSON pointer into the request body. */
export interface Violation {
  readonly pointer: string;
  readonly code: ViolationCode;
  readonly message: string;
}

/** Why a migration ended or stands still, and what a person can do about it. */
export const REASONS = {
  preflight_failed: {
    retryable: true,
    remedy: 'Mend what the failed checks of the preflight report name, then retry.',
  },
  upstream_rejected: {
    retryable: true,
    remedy: 'Read the upstream code, mend the instances or the request, then retry.',
  },
  upstream_auth_failed: {
    retryable: true,
    remedy: 'Replace the secret of the credential or extend its RAM policy, then retry.',
  },
  upstream_operation_gone: {
    retryable: false,
    remedy:
      'Alibaba Cloud no longer offers this action to the account. Use DTS, or ask Alibaba Cloud support to enable it.',
  },
  upstream_import_failed: {
    retryable: true,
    remedy: 'Look at the import in the RDS console of the target instance, then retry.',
  },
  result_not_confirmed: {
    retryable: true,
    remedy:
      'Upstream shows the import ended but not all databases are running on the target: compare them, then retry.',
  },
  upstream_canceled: {
    retryable: true,
    remedy: 'The import was canceled outside of this service. Retry when it is wanted after all.',
  },
  retries_exhausted: {
    retryable: true,
    remedy:
      'The instances stayed busy or upstream unreachable for too long. Retry when they are free.',
  },
  parked: {
    retryable: false,
    remedy:
      'Look for its id in the logs of the workers to see what failed, correct the cause, then let it go on with POST /v1/migrations/{id}/resume. Until then it keeps its status and its instances.',
  },
  dependency_failed: {
    retryable: true,
    remedy: 'Mend and retry the migration that it depends on, then retry this one.',
  },
  batch_halted: {
    retryable: true,
    remedy: 'Mend the failure that halted the batch, then retry the batch (retry-failed).',
  },
  canceled_by_user: {
    retryable: true,
    remedy: 'It was canceled on request. Retry when it is wanted after all.',
  },
  cancel_refused: {
    retryable: false,
    remedy:
      'The import goes on to its end. Look at it in the RDS console; cancel again later if it still runs.',
  },
  outcome_unknown: {
    retryable: false,
    remedy:
      'Look at the imports of the target instance in the RDS console and resolve the migration with what you see.',
  },
} as const satisfies Record<string, { retryable: boolean; remedy: string }>;

export type ReasonCode = keyof typeof REASONS;

/** Thrown to abandon a request; the HTTP floor turns it into application/problem+json. */
export class Problem extends Error {
  constructor(
    readonly code: ProblemCode,
    detail: string,
    readonly more: {
      readonly violations?: readonly Violation[];
      readonly retryAfterSeconds?: number;
      /** Path of the resource that stands in the way, e.g. `/v1/migrations/mig_…`. */
      readonly conflictsWith?: string;
      readonly cause?: unknown;
    } = {},
  ) {
    super(detail, { cause: more.cause });
    this.name = 'Problem';
  }
}

/** What a request is answered with when rules are broken; `violations` in body order. */
export const invalidRequest = (violations: readonly Violation[]): Problem =>
  new Problem('validation_failed', `${violations.length} rule(s) of the request are broken.`, {
    violations,
  });
