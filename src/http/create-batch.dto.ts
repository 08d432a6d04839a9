// The body of POST /v1/batches and of POST /v1/batches/plan: what holds for all, and the migrations.
import { ApiProperty, ApiPropertyOptional, PickType } from '@nestjs/swagger';
import { IsArray, IsIn, IsInt, IsObject, IsString, Matches, Max, Min } from 'class-validator';
import { ON_FAILURE, type OnFailure } from '../domain/batch.js';
import { MAX_BATCH_ITEMS, MAX_BATCH_NAME_LENGTH } from '../domain/policy.js';
import { BatchItemDto } from './batch-item.dto.js';
import { WindowDto } from './batch-window.dto.js';
import { CreateMigrationDto } from './create-migration.dto.js';
import { broken, Optional, OptionalOrNull, Required } from './rules.js';

const NAME = new RegExp(`^[^\\p{C}\\p{Zl}\\p{Zp}]{1,${MAX_BATCH_NAME_LENGTH}}$`, 'u');
const CONCURRENT = { message: `must be a whole number from 1 to ${MAX_BATCH_ITEMS}` };

/** The fields that are defaults for the migrations as well, with the same rules. */
const DEFAULTS = ['regionId', 'preflight', 'priority', 'notBefore', 'labels'] as const;

export class CreateBatchDto extends PickType(CreateMigrationDto, DEFAULTS) {
  /**
   * For people to tell batches apart: 1 to 200 printable characters
   * @example "Move the shops"
   */
  @OptionalOrNull()
  @Matches(NAME, { message: `must be 1 to ${MAX_BATCH_NAME_LENGTH} printable characters` })
  @ApiPropertyOptional({ minLength: 1, maxLength: MAX_BATCH_NAME_LENGTH, nullable: true })
  name?: string | null;

  /**
   * Credential of all migrations that do not name their own
   * @example "cred_01jdemoq4y7z8b9c0d1e2f3g4h"
   */
  @Optional()
  @IsString({ message: 'must be a string' })
  @Matches(/^cred_[0-9A-Za-z]{1,64}$/, broken('credential_not_found'))
  credentialId?: string;

  /** Hours in which submissions may start; at any hour when null or left out */
  @OptionalOrNull()
  @IsObject(broken('window_invalid', 'must be an object with start, end and timeZone'))
  window?: WindowDto | null;

  /** Most of its migrations that hold their instances at the same time; no limit when null or left out */
  @OptionalOrNull()
  @IsInt(CONCURRENT)
  @Min(1, CONCURRENT)
  @Max(MAX_BATCH_ITEMS, CONCURRENT)
  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: MAX_BATCH_ITEMS, nullable: true })
  maxConcurrent?: number | null;

  /** `continue`: a failure stops nothing else. `halt`: nothing more is submitted after the first failure */
  @Optional()
  @IsIn(ON_FAILURE, { message: 'must be "continue" or "halt"' })
  @ApiPropertyOptional({ enum: ON_FAILURE, default: 'continue' })
  onFailure?: OnFailure;

  /** 1 to 10,000 migrations. All are accepted, or none: an answer 422 names every broken rule of each */
  @Required()
  @IsArray({ message: 'must be a list of migrations' })
  @ApiProperty({ type: [BatchItemDto], minItems: 1, maxItems: MAX_BATCH_ITEMS })
  migrations!: BatchItemDto[];
}
