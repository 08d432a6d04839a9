// The query parameters of GET /v1/migrations. All conditions hold at once.
import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsIn, IsString, Matches } from 'class-validator';
import { STATUSES, type MigrationStatus } from '../domain/migration.js';
import type { MigrationQuery } from '../use-cases/ports.js';
import { IsCursor, ListDto, pageOf } from './list.dto.js';
import { InstanceId, Optional, Timestamp } from './rules.js';
import { parseTimestamp } from './timestamps.js';

const LABEL = /^([^\p{C}\p{Zl}\p{Zp}:]{1,63}):([^\p{C}\p{Zl}\p{Zp}]{0,63})$/u;
const TIME = {
  message: 'must be an existing RFC 3339 time with an offset, e.g. 2026-12-01T14:00:00Z',
};
const ONCE = { message: 'must be given once' };

/** `a,b` and a repeated parameter mean the same. */
const words = ({ value }: { value: unknown }): unknown =>
  [value].flat().flatMap((text) => (typeof text === 'string' ? text.split(',') : [text]));

export class ListMigrationsDto extends ListDto {
  /**
   * The `nextCursor` of the page before; the newest items when left out
   * @example "bWlnXzAxamRlbW9xNHk3ejhiOWMwZDFlMmYzZzRo"
   */
  @Optional()
  @IsCursor('mig')
  cursor?: string;

  /**
   * Only these statuses, separated by commas
   * @example ["queued", "importing"]
   */
  @Optional()
  @Transform(words)
  @IsIn(STATUSES, { each: true, message: `must be a comma list of ${STATUSES.join(', ')}` })
  @ApiPropertyOptional({ enum: STATUSES, isArray: true })
  status?: MigrationStatus[];

  /**
   * Only migrations that this instance is the source or the target of
   * @example "rm-uf6wjk5xxxxxxx"
   */
  @Optional()
  @IsString(ONCE)
  @InstanceId()
  instanceId?: string;

  /**
   * Only migrations of this batch
   * @example "bat_01jdemoq4y7z8b9c0d1e2f3g4h"
   */
  @Optional()
  @IsString(ONCE)
  @Matches(/^bat_[0-9A-Za-z]{1,64}$/, { message: 'must be the id of a batch' })
  batchId?: string;

  /**
   * Only migrations with this label, as `key:value`
   * @example "team:payments"
   */
  @Optional()
  @IsString(ONCE)
  @Matches(LABEL, { message: 'must be key:value, the key without a colon' })
  label?: string;

  /**
   * Only migrations accepted after this instant
   * @example "2026-12-01T14:00:00.000Z"
   */
  @Optional()
  @Timestamp(TIME)
  @ApiPropertyOptional({ type: String, format: 'date-time' })
  createdAfter?: string;

  /**
   * Only migrations accepted before this instant
   * @example "2026-12-02T14:00:00.000Z"
   */
  @Optional()
  @Timestamp(TIME)
  @ApiPropertyOptional({ type: String, format: 'date-time' })
  createdBefore?: string;
}

export function migrationQueryOf(tenant: string, query: ListMigrationsDto): MigrationQuery {
  const [, key, value] = LABEL.exec(query.label ?? '') ?? [];
  return {
    tenant,
    ...pageOf(query, 'mig'),
    statuses: [...new Set(query.status ?? [])],
    instanceId: query.instanceId?.toLowerCase() ?? null,
    batchId: query.batchId ?? null,
    label: key === undefined || value === undefined ? null : { key, value },
    createdAfter: instantOf(query.createdAfter),
    createdBefore: instantOf(query.createdBefore),
  };
}

const instantOf = (text: string | undefined): number | null =>
  text === undefined ? null : parseTimestamp(text);
