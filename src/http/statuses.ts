// The one table from a kind of problem to its HTTP status.
import { PROBLEMS, type ProblemCode, type ProblemKind } from '../domain/errors.js';

const STATUS_OF_KIND: Readonly<Record<ProblemKind, number>> = {
  malformed: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  gone: 410,
  too_large: 413,
  media_type: 415,
  invalid: 422,
  internal: 500,
  too_many: 429,
  unavailable: 503,
};

export const statusOf = (code: ProblemCode): number => STATUS_OF_KIND[PROBLEMS[code].kind];

/** Stable and dereferenceable: the documentation lists every code. */
export const problemType = (code: ProblemCode): string => `/docs#${code}`;
