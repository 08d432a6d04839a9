// The body of POST /v1/migrations/{id}/resolve: what a person found out about a call without an answer.
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, Matches } from 'class-validator';
import { invalidRequest, VIOLATIONS, type Violation } from '../domain/errors.js';
import type { Resolution } from '../use-cases/control-migration.js';
import type { CheckedBody } from './checked-body.js';
import { Optional, Required } from './rules.js';

const OUTCOMES = ['started', 'not_started'] as const;

export class ResolveMigrationDto {
  /**
   * `started`: the call started an import, and `importId` names it. `not_started`: it started none;
   * the migration is queued for another attempt, which comes once upstream can no longer accept the old call
   */
  @Required()
  @IsIn(OUTCOMES, { message: 'must be "started" or "not_started"' })
  @ApiProperty({ enum: OUTCOMES })
  outcome!: (typeof OUTCOMES)[number];

  /**
   * Upstream's id of the import, as the RDS console of the target instance shows it; with `started` only
   * @example "85265475235"
   */
  @Optional()
  @Matches(/^[1-9][0-9]{0,19}$/, {
    message: 'must be a text of 1 to 20 digits, not beginning with 0',
  })
  @ApiPropertyOptional({ pattern: '^[1-9][0-9]{0,19}$' })
  importId?: string;
}

/** Throws Problem validation_failed with every broken rule, in body order. */
export function resolutionOf({
  fields,
  violations,
  order,
}: CheckedBody<ResolveMigrationDto>): Resolution {
  const { outcome, importId } = fields;
  const broken: Violation[] = [...violations];
  const names = broken.some(({ pointer }) => pointer === '/importId');
  if (outcome === 'started' && importId === undefined && !names) {
    broken.push({ pointer: '/importId', code: 'required', message: VIOLATIONS.required });
  }
  if (outcome === 'not_started' && importId !== undefined) {
    const message = 'What was not started has no ImportId';
    broken.push({ pointer: '/importId', code: 'wrong_type', message });
  }
  if (broken.length > 0) throw invalidRequest(order(broken));
  return outcome === 'started' && importId !== undefined
    ? { outcome, importId }
    : { outcome: 'not_started' };
}

export const RESOLVE_EXAMPLES = {
  started: {
    summary: 'The console shows the import',
    value: { outcome: 'started', importId: '85265499999' },
  },
  notStarted: {
    summary: 'The console shows no import of these databases',
    value: { outcome: 'not_started' },
  },
};
