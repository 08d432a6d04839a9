// The query parameters of GET /v1/audit.
import { Matches, ValidateBy } from 'class-validator';
import type { AuditQuery } from '../use-cases/ports-audit.js';
import { LIMIT_DEFAULT, ListDto } from './list.dto.js';
import { Optional } from './rules.js';

/** Opaque to callers: a place, which stays that of its entry whatever is added or dropped. */
export const auditCursor = (place: number): string =>
  Buffer.from(`audit ${place}`, 'latin1').toString('base64url');

function placeOf(cursor: string): number | null {
  const text = Buffer.from(cursor, 'base64url').toString('latin1');
  const place = Number(/^audit ([1-9]\d{0,14})$/.exec(text)?.[1] ?? Number.NaN);
  return Number.isNaN(place) || auditCursor(place) !== cursor ? null : place;
}

const IsAuditCursor = (): PropertyDecorator =>
  ValidateBy(
    {
      name: 'isAuditCursor',
      validator: {
        validate: (value: unknown) => typeof value === 'string' && placeOf(value) !== null,
      },
    },
    { message: 'must be the nextCursor of an earlier answer of this list' },
  );

export class ListAuditDto extends ListDto {
  /**
   * The `nextCursor` of the page before, asked for with the same filters; the newest entries when left out
   * @example "YXVkaXQgNDcxMQ"
   */
  @Optional()
  @IsAuditCursor()
  cursor?: string;

  /**
   * Only acts of callers of this tenant. For the operator (an admin of the tenant `default`); others see only
   * their own tenant in any case
   * @example "acme"
   */
  @Optional()
  @Matches(/^[\x21-\x7e]{1,128}$/, { message: 'must be the name of a tenant' })
  tenant?: string;

  /**
   * Only acts with this API key
   * @example "key_01jdemoq4y7z8b9c0d1e2f3g4h"
   */
  @Optional()
  @Matches(/^[\x21-\x7e]{1,128}$/, { message: 'must be the id of an API key' })
  keyId?: string;

  /**
   * Only acts of this kind
   * @example "migrations.cancel"
   */
  @Optional()
  @Matches(/^[a-z][a-z-]{0,31}\.[A-Za-z]{1,32}$/, { message: 'must be an action' })
  action?: string;
}

export const auditQueryOf = (query: ListAuditDto): AuditQuery => ({
  tenant: query.tenant ?? null,
  keyId: query.keyId ?? null,
  action: query.action ?? null,
  limit: query.limit ?? LIMIT_DEFAULT,
  after: query.cursor === undefined ? null : placeOf(query.cursor),
});
