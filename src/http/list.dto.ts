// The query parameters of every list, and what a page of one looks like to use cases.
import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsInt, Max, Min, ValidateBy } from 'class-validator';
import { cursorAfter, idOfCursor } from './cursors.js';
import { Optional } from './rules.js';

export const LIMIT_DEFAULT = 50;
export const LIMIT_MAX = 200;
const LIMIT = { message: `must be a whole number from 1 to ${LIMIT_MAX}` };

/** Digits only: `Number` would also take `0x10`, `1e2` and blanks. */
const whole = ({ value }: { value: unknown }): unknown =>
  typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value;

const IsCursor = (): PropertyDecorator =>
  ValidateBy(
    {
      name: 'isCursor',
      validator: {
        validate: (value: unknown) => typeof value === 'string' && idOfCursor(value) !== null,
      },
    },
    { message: 'must be the nextCursor of an earlier answer' },
  );

export class ListDto {
  /** How many items at most */
  @Optional()
  @Transform(whole)
  @IsInt(LIMIT)
  @Min(1, LIMIT)
  @Max(LIMIT_MAX, LIMIT)
  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: LIMIT_MAX, default: LIMIT_DEFAULT })
  limit?: number;

  /** The `nextCursor` of the page before; the newest items when left out */
  @Optional()
  @IsCursor()
  cursor?: string;
}

export function pageOf({ limit, cursor }: ListDto): {
  readonly limit: number;
  readonly afterId: string | null;
} {
  return {
    limit: limit ?? LIMIT_DEFAULT,
    afterId: cursor === undefined ? null : idOfCursor(cursor),
  };
}

export const nextCursorOf = (nextAfterId: string | null): string | null =>
  nextAfterId === null ? null : cursorAfter(nextAfterId);
