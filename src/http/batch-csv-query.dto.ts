// The query parameters of a batch in CSV: what holds for all of its migrations, as the outer fields do in JSON.
import { ApiPropertyOptional, PickType } from '@nestjs/swagger';
import { IsIn, IsString, Matches, ValidateBy } from 'class-validator';
import { MAX_LABELS } from '../domain/policy.js';
import { DAYS, isTimeZone, parseClock } from '../domain/window.js';
import { CLOCK_RULE, DAYS_RULE, ZONE_RULE } from './batch-window.js';
import { CreateBatchDto } from './create-batch.dto.js';
import { broken, Optional } from './rules.js';

const OUTER = [
  ...(['name', 'credentialId', 'regionId', 'preflight', 'priority', 'notBefore'] as const),
  ...(['maxConcurrent', 'onFailure'] as const),
] as const;

const LABEL = broken('label_invalid', 'must be key:value, the key without a colon');

const InWindow = (
  name: string,
  isRight: (text: string) => boolean,
  rule: string,
): PropertyDecorator =>
  ValidateBy(
    {
      name,
      validator: { validate: (value: unknown) => typeof value === 'string' && isRight(value) },
    },
    broken('window_invalid', rule),
  );

const isClock = (text: string): boolean => parseClock(text) !== null;

const areDays = (text: string): boolean => {
  const days = text.split(',');
  return (
    days.every((day) => DAYS.some((each) => each === day)) && new Set(days).size === days.length
  );
};

export class BatchCsvQueryDto extends PickType(CreateBatchDto, OUTER) {
  /**
   * A label of all its migrations, as `key:value`. May be given up to 16 times
   * @example ["team:payments"]
   */
  @Optional()
  @IsString({ ...LABEL, each: true })
  @Matches(/^[^:]+:/, { ...LABEL, each: true })
  @ApiPropertyOptional({ type: [String], maxItems: MAX_LABELS })
  label?: string[];

  /**
   * When the window opens, as `HH:MM`
   * @example "22:00"
   */
  @Optional()
  @InWindow('windowStart', isClock, CLOCK_RULE)
  windowStart?: string;

  /**
   * When the window closes, as `HH:MM`
   * @example "06:00"
   */
  @Optional()
  @InWindow('windowEnd', isClock, CLOCK_RULE)
  windowEnd?: string;

  /**
   * IANA name of the window's time zone
   * @example "Asia/Shanghai"
   */
  @Optional()
  @InWindow('windowTimeZone', isTimeZone, ZONE_RULE)
  windowTimeZone?: string;

  /**
   * Days on which the window opens, separated by commas; every day when left out
   * @example "mon,tue"
   */
  @Optional()
  @InWindow('windowDays', areDays, DAYS_RULE)
  windowDays?: string;

  /** `true`: a submission whose estimated end lies outside of the window waits for the next one; else `false` */
  @Optional()
  @IsIn(['true', 'false'], broken('window_invalid', 'must be true or false'))
  @ApiPropertyOptional({ enum: ['true', 'false'], default: 'false' })
  windowFit?: string;
}
