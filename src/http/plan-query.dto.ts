// The query parameters of a plan: whether to look at the instances too, and what holds for all rows of a CSV.
import { ApiPropertyOptional, OmitType } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { invalidRequest, type Violation } from '../domain/errors.js';
import { PREFLIGHT_MODES } from '../domain/migration.js';
import type { Query } from './batch-body.js';
import { BatchCsvQueryDto } from './batch-csv-query.dto.js';
import { isCsv } from './json-body.js';

export class PlanQueryDto extends OmitType(BatchCsvQueryDto, ['preflight'] as const) {
  /**
   * `true`: every instance is looked at live and the answer has what the checks of each migration found; nothing is
   * submitted. With a CSV also `enforce`, `warn` or `skip`, which holds for all its migrations; both may be given
   * @example "true"
   */
  @ApiPropertyOptional({ enum: ['true', 'false', ...PREFLIGHT_MODES], default: 'false' })
  preflight?: string;
}

export interface PlanQuery {
  readonly withPreflight: boolean;
  /** What speaks of the batch. */
  readonly query: Query;
}

const isAnswer = (value: unknown): boolean => value === 'true' || value === 'false';

/** Throws Problem validation_failed. */
export function planQueryOf(request: FastifyRequest): PlanQuery {
  const { preflight, ...query } = request.query as Query;
  const values = preflight === undefined ? [] : [preflight].flat();
  const answers = values.filter(isAnswer);
  const [mode, ...more] = values.filter((value) => !isAnswer(value));
  const isReadable = isCsv(request) || mode === undefined;
  if (answers.length > 1 || more.length > 0 || !isReadable) throw invalidRequest([NOT_AN_ANSWER]);
  return {
    withPreflight: answers[0] === 'true',
    query: mode === undefined ? query : { ...query, preflight: mode },
  };
}

const NOT_AN_ANSWER: Violation = {
  pointer: '/preflight',
  code: 'wrong_type',
  message: 'preflight must be true or false',
};
