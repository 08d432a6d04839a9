// What a caller sees of an API key: the key itself once, when it was made.
import { ApiProperty } from '@nestjs/swagger';
import { SCOPES, type Scope } from '../domain/access.js';
import type { ApiKey } from '../domain/api-key.js';
import type { CreatedApiKey } from '../use-cases/manage-api-keys.js';
import type { Page } from '../use-cases/ports.js';
import { nextCursorOf } from './list.dto.js';
import { timestamp, timestampOrNull } from './timestamps.js';

export class ApiKeyView {
  /**
   * Id of the key; a part of the key itself, and no secret
   * @example "key_01jdemoq4y7z8b9c0d1e2f3g4h"
   */
  id!: string;

  /**
   * For people to tell keys apart
   * @example "nightly runs of payments"
   */
  name!: string;

  /**
   * Whose credentials, migrations and batches it is for
   * @example "payments"
   */
  tenant!: string;

  /**
   * What it may do
   * @example ["migrations:read", "migrations:write"]
   */
  @ApiProperty({ enum: SCOPES, isArray: true })
  scopes!: readonly Scope[];

  /**
   * The instances between which it may import, in lower case; null for any
   * @example ["rm-pay*"]
   */
  @ApiProperty({ type: String, isArray: true, nullable: true })
  instancePatterns!: readonly string[] | null;

  /** When it was made */
  createdAt!: string;

  /** From when on it is valid no more; null without an end */
  expiresAt!: string | null;

  /** When it was revoked; null until then */
  revokedAt!: string | null;

  /** When it was last used, to the minute; null until then */
  lastUsedAt!: string | null;

  static of(record: ApiKey): ApiKeyView {
    const { id, name, tenant, scopes, instancePatterns } = record;
    return {
      ...{ id, name, tenant, scopes, instancePatterns },
      createdAt: timestamp(record.createdAt),
      expiresAt: timestampOrNull(record.expiresAt),
      revokedAt: timestampOrNull(record.revokedAt),
      lastUsedAt: timestampOrNull(record.lastUsedAt),
    };
  }
}

export class CreatedApiKeyView extends ApiKeyView {
  /**
   * The key itself: keep it well, it is not shown again
   * @example "rdsi_01jdemoq4y7z8b9c0d1e2f3g4h_AnExampleSecretOf43CharactersOfBase64Url_____"
   */
  key!: string;

  static ofCreated({ record, key }: CreatedApiKey): CreatedApiKeyView {
    const view = ApiKeyView.of(record);
    return Object.assign(view, { key: key.open() });
  }
}

export class ApiKeyListView {
  /** Newest first */
  items!: ApiKeyView[];

  /**
   * For the next page; null on the last one
   * @example "a2V5XzAxamRlbW9xNHk3ejhiOWMwZDFlMmYzZzRo"
   */
  nextCursor!: string | null;

  static of({ items, nextAfterId }: Page<ApiKey>): ApiKeyListView {
    return {
      items: items.map((record) => ApiKeyView.of(record)),
      nextCursor: nextCursorOf(nextAfterId),
    };
  }
}
