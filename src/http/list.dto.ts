// The query parameters that every list has, and what a page of one looks like to use cases.
import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsInt, Max, Min, ValidateBy } from 'class-validator';
import { cursorAfter, idOfCursor, type IdPrefix } from './cursors.js';
import { Optional } from './rules.js';

export const LIMIT_DEFAULT = 50;
export const LIMIT_MAX = 200;
const LIMIT = { message: `must be a whole number from 1 to ${LIMIT_MAX}` };

/** Digits only: `Number` would also take `0x10`, `1e2` and blanks. */
const whole = ({ value }: { value: unknown }): unknown =>
  typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value;

/** A cursor of another kind of list would start this one at a place that is none. */
export const IsCursor = (prefix: IdPrefix): PropertyDecorator =>
  ValidateBy(
    {
      name: 'isCursor',
      validator: {
        validate: (value: unknown) =>
          typeof value === 'string' && idOfCursor(value, prefix) !== null,
      },
    },
    { message: 'must be the nextCursor of an earlier answer of this list' },
  );

export class ListDto {
  /**
   * How many items at most
   * @example 50
   */
  @Optional()
  @Transform(whole)
  @IsInt(LIMIT)
  @Min(1, LIMIT)
  @Max(LIMIT_MAX, LIMIT)
  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: LIMIT_MAX, default: LIMIT_DEFAULT })
  limit?: number;
}

export function pageOf(
  { limit, cursor }: ListDto & { readonly cursor?: string },
  prefix: IdPrefix,
): { readonly limit: number; readonly afterId: string | null } {
  return {
    limit: limit ?? LIMIT_DEFAULT,
    afterId: cursor === undefined ? null : idOfCursor(cursor, prefix),
  };
}

export const nextCursorOf = (nextAfterId: string | null): string | null =>
  nextAfterId === null ? null : cursorAfter(nextAfterId);
