// The bodies that bring credentials in. No message here ever shows what was sent.
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsString, Matches } from 'class-validator';
import type { CredentialType } from '../use-cases/ports-credentials.js';
import { Optional, RegionId, Required } from './rules.js';

const STRING = { message: 'must be a string' };
const NAME = /^(?=.*\S)[^\p{C}\p{Zl}\p{Zp}]{1,100}$/u;
const NAME_RULE = { message: 'must be 1 to 100 printable characters' };
const KEY_ID = /^[\x21-\x7e]{1,128}$/;
const KEY_ID_RULE = { message: 'must be 1 to 128 visible ASCII characters' };
const KEY_SECRET = /^[\x21-\x7e]{1,256}$/;
const KEY_SECRET_RULE = { message: 'must be 1 to 256 visible ASCII characters' };
const TOKEN = /^[\x21-\x7e]{1,8192}$/;
const TOKEN_RULE = { message: 'must be 1 to 8192 visible ASCII characters' };

export const CREDENTIAL_TYPES = ['access_key', 'sts'] as const satisfies readonly CredentialType[];

export class CreateCredentialDto {
  /**
   * For people to tell credentials apart
   * @example "payments, production"
   */
  @Required()
  @IsString(STRING)
  @Matches(NAME, NAME_RULE)
  name!: string;

  /** `access_key`: a lasting AccessKey pair. `sts`: a temporary one with its security token */
  @Required()
  @IsIn(CREDENTIAL_TYPES, { message: 'must be "access_key" or "sts"' })
  @ApiProperty({ enum: CREDENTIAL_TYPES })
  type!: CredentialType;

  /**
   * Region of the instances, for migrations that name none
   * @example "cn-hangzhou"
   */
  @Required()
  @IsString(STRING)
  @RegionId()
  regionId!: string;

  /**
   * Shown masked ever after
   * @example "LTAI5tExampleKeyId01"
   */
  @Required()
  @IsString(STRING)
  @Matches(KEY_ID, KEY_ID_RULE)
  accessKeyId!: string;

  /**
   * Write-only: no answer, log line or error ever holds it
   * @example "example-secret-30-characters-xx"
   */
  @Required()
  @IsString(STRING)
  @Matches(KEY_SECRET, KEY_SECRET_RULE)
  @ApiProperty({ writeOnly: true })
  accessKeySecret!: string;

  /** Needed with `sts`, not allowed with `access_key`. Write-only */
  @Optional()
  @IsString(STRING)
  @Matches(TOKEN, TOKEN_RULE)
  @ApiPropertyOptional({ writeOnly: true })
  securityToken?: string;
}

/** What is left out stays. A new secret is used from the next call on, also by migrations in flight. */
export class PatchCredentialDto {
  /** A new name */
  @Optional()
  @IsString(STRING)
  @Matches(NAME, NAME_RULE)
  name?: string;

  /** A new AccessKeyId, together with its secret; the old one stays when left out */
  @Optional()
  @IsString(STRING)
  @Matches(KEY_ID, KEY_ID_RULE)
  accessKeyId?: string;

  /** A new secret. Write-only */
  @Optional()
  @IsString(STRING)
  @Matches(KEY_SECRET, KEY_SECRET_RULE)
  @ApiPropertyOptional({ writeOnly: true })
  accessKeySecret?: string;

  /** The token of the new secret, with `sts` only. Write-only */
  @Optional()
  @IsString(STRING)
  @Matches(TOKEN, TOKEN_RULE)
  @ApiPropertyOptional({ writeOnly: true })
  securityToken?: string;
}
