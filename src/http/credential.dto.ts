// The bodies that bring credentials in. No message here ever shows what was sent.
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsString, Matches } from 'class-validator';
import { CREDENTIAL_TYPES, type CredentialType } from '../domain/credential.js';
import { OidcProviderArn, PlainPath, RoleArn } from './credential-rules.js';
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
const SESSION_NAME = /^[\w.@-]{2,64}$/;
const SESSION_NAME_RULE = { message: 'must be 2 to 64 letters, digits and . _ @ -' };
const POLICY = /^(?=[^]{2,2048}$)\s*\{[\x20-\x7e\s]*\}\s*$/;
const POLICY_RULE = { message: 'must be a RAM policy, a JSON object of up to 2048 characters' };
const EXTERNAL_ID = /^[\w+=,.@:/-]{2,1224}$/;
const EXTERNAL_ID_RULE = { message: 'must be 2 to 1224 letters, digits and + = , . @ : / _ -' };
const ROLE_NAME = /^[\w.-]{1,64}$/;
const ROLE_NAME_RULE = { message: 'must be 1 to 64 letters, digits and . _ -' };
const TYPES_RULE = { message: `must be one of ${CREDENTIAL_TYPES.join(', ')}` };

export class CreateCredentialDto {
  /**
   * For people to tell credentials apart
   * @example "payments, production"
   */
  @Required()
  @IsString(STRING)
  @Matches(NAME, NAME_RULE)
  name!: string;

  /**
   * `access_key`: a lasting AccessKey pair. `sts`: a temporary one with its security token. `ram_role_arn`: an
   * AccessKey pair that assumes a role. `ecs_ram_role`: the role of the machine that this service runs on.
   * `oidc_role_arn`: a role that a token in a file of this machine assumes. The last two need scope `admin`
   */
  @Required()
  @IsIn(CREDENTIAL_TYPES, TYPES_RULE)
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
   * Needed with `access_key`, `sts` and `ram_role_arn`, and with no other. Shown masked ever after
   * @example "LTAI5tExampleKeyId01"
   */
  @Optional()
  @IsString(STRING)
  @Matches(KEY_ID, KEY_ID_RULE)
  accessKeyId?: string;

  /**
   * Needed together with `accessKeyId`. Write-only: no answer, log line or error ever holds it
   * @example "example-secret-30-characters-xx"
   */
  @Optional()
  @IsString(STRING)
  @Matches(KEY_SECRET, KEY_SECRET_RULE)
  @ApiPropertyOptional({ writeOnly: true })
  accessKeySecret?: string;

  /** Needed with `sts`, not allowed with any other. Write-only */
  @Optional()
  @IsString(STRING)
  @Matches(TOKEN, TOKEN_RULE)
  @ApiPropertyOptional({ writeOnly: true })
  securityToken?: string;

  /**
   * Needed with `ram_role_arn` and `oidc_role_arn`: the role that is assumed
   * @example "acs:ram::1234567890123456:role/rds-import"
   */
  @Optional()
  @IsString(STRING)
  @RoleArn()
  roleArn?: string;

  /**
   * With `ram_role_arn` and `oidc_role_arn`: what the sessions are called in ActionTrail
   * @example "rds-import"
   */
  @Optional()
  @IsString(STRING)
  @Matches(SESSION_NAME, SESSION_NAME_RULE)
  roleSessionName?: string;

  /** With `ram_role_arn`: a RAM policy that narrows what the sessions may do. Write-only */
  @Optional()
  @IsString(STRING)
  @Matches(POLICY, POLICY_RULE)
  @ApiPropertyOptional({ writeOnly: true })
  policy?: string;

  /** With `ram_role_arn`: what the role's trust policy asks for. Write-only */
  @Optional()
  @IsString(STRING)
  @Matches(EXTERNAL_ID, EXTERNAL_ID_RULE)
  @ApiPropertyOptional({ writeOnly: true })
  externalId?: string;

  /** With `ecs_ram_role`: the role of the machine; the one that it has when left out */
  @Optional()
  @IsString(STRING)
  @Matches(ROLE_NAME, ROLE_NAME_RULE)
  roleName?: string;

  /**
   * Needed with `oidc_role_arn`: who issued the token
   * @example "acs:ram::1234567890123456:oidc-provider/cluster"
   */
  @Optional()
  @IsString(STRING)
  @OidcProviderArn()
  oidcProviderArn?: string;

  /**
   * Needed with `oidc_role_arn`: where the platform keeps the token, on every host of this service
   * @example "/var/run/secrets/ack.alibabacloud.com/rrsa-tokens/token"
   */
  @Optional()
  @IsString(STRING)
  @PlainPath()
  oidcTokenFilePath?: string;
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
