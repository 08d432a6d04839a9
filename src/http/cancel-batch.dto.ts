// The body of POST /v1/batches/{id}/cancel: what the cancel means for imports that run.
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn } from 'class-validator';
import { RUNNING, type Running } from '../domain/batch.js';
import { invalidRequest } from '../domain/errors.js';
import type { CheckedBody } from './checked-body.js';
import { Optional } from './rules.js';

export class CancelBatchDto {
  /**
   * What becomes of imports that run: `finish` lets them go on to the end; `cancel` cancels those of SQL
   * Server. Alibaba Cloud has no cancel for imports of MySQL: these go on to the end in either case
   */
  @Optional()
  @IsIn(RUNNING, { message: 'must be "finish" or "cancel"' })
  @ApiPropertyOptional({ enum: RUNNING, default: 'finish' })
  running?: Running;
}

/** Throws Problem validation_failed with every broken rule, in body order. */
export function runningOf({ fields, violations, order }: CheckedBody<CancelBatchDto>): Running {
  if (violations.length > 0) throw invalidRequest(order(violations));
  return fields.running ?? 'finish';
}

export const CANCEL_BATCH_EXAMPLES = {
  finish: { summary: 'What runs goes on to the end', value: {} },
  cancel: { summary: 'Cancel what runs, too', value: { running: 'cancel' } },
};
