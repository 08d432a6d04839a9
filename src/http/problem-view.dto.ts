// What a caller sees of a problem: RFC 9457, whitelisted, never longer than a caller can read.
import { ApiProperty } from '@nestjs/swagger';
import {
  PROBLEMS,
  VIOLATIONS,
  type Problem,
  type ProblemCode,
  type Violation,
  type ViolationCode,
} from '../domain/errors.js';
import { problemType, statusOf } from './statuses.js';

/** Enough to see every kind of mistake; a body made of mistakes must not be answered with a longer one. */
export const MAX_VIOLATIONS = 1_000;

/** A text for people is for reading: what is longer is cut. */
export const MAX_TEXT_LENGTH = 4_096;

/** A name of megabytes is not sent back: the pointer then ends at what holds it. */
const MAX_POINTER_LENGTH = 1_000;

/** One broken rule of one field. */
export class ViolationView {
  /**
   * RFC 6901 JSON pointer into the request body, `""` for the whole of it; for a query parameter, `/` and its name
   * @example "/dbInfo/DBNames/1"
   */
  pointer!: string;

  /**
   * Stable name of the rule
   * @example "db_name_duplicate"
   */
  @ApiProperty({ enum: Object.keys(VIOLATIONS), enumName: 'ViolationCode' })
  code!: ViolationCode;

  /**
   * For a person to read; may change
   * @example "The property is required"
   */
  message!: string;
}

/** Problem details (RFC 9457). */
export class ProblemView {
  /**
   * Stable reference of the kind of problem, relative to this service
   * @example "/docs#validation_failed"
   */
  type!: string;

  /**
   * The kind of problem in a few words
   * @example "The request is malformed"
   */
  title!: string;

  /**
   * The HTTP status, repeated
   * @example 422
   */
  @ApiProperty({ type: 'integer' })
  status!: number;

  /** This occurrence, for a person to read; may change */
  detail!: string;

  /** Stable name of the kind of problem */
  @ApiProperty({ enum: Object.keys(PROBLEMS), enumName: 'ProblemCode' })
  code!: ProblemCode;

  /**
   * The request's id, also in the header X-Request-Id and in every log line of the request
   * @example "req_0c9d2c0e-5b0f-4d0e-8a53-5f3a4f7d6f11"
   */
  requestId!: string;

  /** Every broken rule in body order (at most 1000); only with 422 validation_failed, and with
   * 403 forbidden for instances that the key is not for */
  errors?: ViolationView[];

  /**
   * Path of the resource that stands in the way; only with 409 duplicate_active
   * @example "/v1/migrations/mig_01jdemoq4y7z8b9c0d1e2f3g4h"
   */
  conflictsWith?: string;

  static of(problem: Problem, requestId: string): ProblemView {
    const { code, more } = problem;
    const violations = more.violations ?? [];
    return {
      type: problemType(code),
      title: PROBLEMS[code].title,
      status: statusOf(code),
      detail: readable(detailOf(problem.message, violations)),
      code,
      requestId,
      ...(violations.length > 0 && {
        errors: violations.slice(0, MAX_VIOLATIONS).map(violationView),
      }),
      ...(more.conflictsWith !== undefined && { conflictsWith: more.conflictsWith }),
    };
  }
}

const violationView = ({ pointer, code, message }: Violation): ViolationView => ({
  pointer: shortened(pointer),
  code,
  message: readable(message),
});

const readable = (text: string): string =>
  text.length <= MAX_TEXT_LENGTH ? text : `${text.slice(0, MAX_TEXT_LENGTH - 1)}…`;

const shortened = (pointer: string): string =>
  pointer.length <= MAX_POINTER_LENGTH
    ? pointer
    : pointer.slice(0, Math.max(0, pointer.lastIndexOf('/', MAX_POINTER_LENGTH)));

const detailOf = (message: string, violations: readonly Violation[]): string =>
  violations.length > MAX_VIOLATIONS
    ? `${message} Only the first ${MAX_VIOLATIONS} are listed.`
    : message;
