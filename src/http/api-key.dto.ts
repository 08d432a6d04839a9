// The body that makes an API key.
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsArray, IsString, Matches } from 'class-validator';
import { SCOPES, type Scope } from '../domain/access.js';
import { MAX_INSTANCE_PATTERNS, TENANT } from '../domain/api-key.js';
import { Optional, OptionalOrNull, Required, Timestamp } from './rules.js';

const STRING = { message: 'must be a string' };
const NAME = /^(?=.*\S)[^\p{C}\p{Zl}\p{Zp}]{1,100}$/u;
const TENANT_RULE = {
  message: 'must be 1 to 63 of a-z, 0-9 and hyphens, not beginning with a hyphen',
};

export const SCOPES_RULE = `must be different ones of ${SCOPES.join(', ')}, at least one`;
export const PATTERNS_RULE = `must be 1 to ${MAX_INSTANCE_PATTERNS} patterns of instance ids`;
export const PATTERN_RULE =
  'must be 1 to 64 letters, digits, hyphens and *, beginning with a letter or *';

export class CreateApiKeyDto {
  /**
   * For people to tell keys apart
   * @example "nightly runs of payments"
   */
  @Required()
  @IsString(STRING)
  @Matches(NAME, { message: 'must be 1 to 100 printable characters' })
  name!: string;

  /**
   * Whose credentials, migrations and batches it is for. Another one than the caller's own only with a
   * key of the tenant `default`
   * @example "payments"
   */
  @Required()
  @IsString(STRING)
  @Matches(TENANT, TENANT_RULE)
  @ApiProperty({ pattern: TENANT.source })
  tenant!: string;

  /**
   * What it may do; `admin` includes all others
   * @example ["migrations:read", "migrations:write"]
   */
  @Required()
  @IsArray({ message: SCOPES_RULE })
  @ApiProperty({ enum: SCOPES, isArray: true, minItems: 1, maxItems: SCOPES.length })
  scopes!: Scope[];

  /** From when on it is valid no more, at most 10 years away; until it is revoked when left out or null */
  @OptionalOrNull()
  @Timestamp({ message: 'must be an RFC 3339 time with an offset' })
  @ApiPropertyOptional({ type: String, nullable: true })
  expiresAt?: string | null;

  /**
   * The instances between which it may import: source and target must each match one of these. `*` stands
   * for any characters. Reading is not limited, and steering whole batches is not allowed with it. Any
   * instances when left out
   * @example ["rm-pay*", "rm-uf6wjk5xxxxxxx"]
   */
  @Optional()
  @IsArray({ message: PATTERNS_RULE })
  @ApiPropertyOptional({
    type: 'array',
    minItems: 1,
    maxItems: MAX_INSTANCE_PATTERNS,
    items: { type: 'string', pattern: '^[A-Za-z*][A-Za-z0-9*-]{0,63}$' },
  })
  instancePatterns?: string[];
}

export const API_KEY_EXAMPLES = {
  nightly: {
    summary: 'Moves the databases of one tenant between instances of one kind',
    value: {
      name: 'nightly runs of payments',
      tenant: 'default',
      scopes: ['migrations:read', 'migrations:write'],
      instancePatterns: ['rm-pay*'],
    },
  },
  scraper: {
    summary: 'Reads the metrics and nothing else',
    value: { name: 'prometheus', tenant: 'default', scopes: ['metrics:read'] },
  },
};
