// The body of POST /v1/migrations: its fields, and for each the rules that hold within the field.
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsInt, IsObject, IsString, Matches, Max, Min } from 'class-validator';
import { ENGINES, type Engine } from '../domain/db-info.js';
import { PREFLIGHT_MODES, type PreflightMode } from '../domain/migration.js';
import { PRIORITY_MAX, PRIORITY_MIN } from '../domain/policy.js';
import {
  broken,
  DiffersFrom,
  InstanceId,
  Optional,
  OptionalOrNull,
  RegionId,
  Required,
  Timestamp,
} from './rules.js';

const STRING = { message: 'must be a string' };
const PRIORITY = { message: `must be a whole number from ${PRIORITY_MIN} to ${PRIORITY_MAX}` };

/** DBInfo in the upstream's own format, as an object or as a string that holds the same JSON. At most 500 databases. */
export const DB_INFO_SCHEMA = {
  oneOf: [
    {
      title: 'MySQL',
      type: 'object',
      required: ['DBNames'],
      additionalProperties: false,
      properties: {
        DBNames: { type: 'array', items: { type: 'string' }, minItems: 1, maxItems: 500 },
      },
    },
    {
      title: 'SQLServer',
      type: 'object',
      required: ['DBNames'],
      additionalProperties: false,
      properties: {
        DBNames: {
          type: 'object',
          additionalProperties: { type: 'string' },
          minProperties: 1,
          maxProperties: 500,
        },
      },
    },
  ],
};

export class CreateMigrationDto {
  /**
   * Credential that both instances are reached with
   * @example "cred_01jdemoq4y7z8b9c0d1e2f3g4h"
   */
  @Required()
  @IsString(STRING)
  @Matches(/^cred_[0-9A-Za-z]{1,64}$/, broken('credential_not_found'))
  credentialId!: string;

  /**
   * Instance the data comes from (upstream: SourceDBInstanceId). Letter case makes no difference
   * @example "rm-g4a1jk8xxxxxxx"
   */
  @Required()
  @IsString(STRING)
  @InstanceId()
  @ApiProperty({ pattern: '^[A-Za-z][A-Za-z0-9-]{2,63}$' })
  sourceInstanceId!: string;

  /**
   * Instance the data goes to (upstream: DBInstanceId); another one than the source. Letter case makes no difference
   * @example "rm-uf6wjk5xxxxxxx"
   */
  @Required()
  @IsString(STRING)
  @InstanceId()
  @ApiProperty({ pattern: '^[A-Za-z][A-Za-z0-9-]{2,63}$' })
  @DiffersFrom('sourceInstanceId', broken('same_instance'))
  targetInstanceId!: string;

  /** Follows from the shape of DBNames when left out; contradicting it is an error */
  @Optional()
  @IsString(STRING)
  @IsIn(
    ENGINES,
    broken('engine_unsupported', 'engine can only be "MySQL" or "SQLServer", in this spelling'),
  )
  @ApiPropertyOptional({ enum: ENGINES })
  engine?: Engine;

  /**
   * Which databases, in the upstream's own format: an object, or a string that holds the same JSON.
   * MySQL: an array of names, the same on both sides. SQL Server: an object from source name to
   * target name; number-like names keep the order they are written in. At most 500 databases
   */
  @Required()
  @ApiProperty({
    oneOf: [...DB_INFO_SCHEMA.oneOf, { title: 'Text', type: 'string' }],
    example: { DBNames: ['mydb', 'mydb2'] },
  })
  dbInfo!: unknown;

  /**
   * Region of both instances; the credential's when left out
   * @example "cn-hangzhou"
   */
  @Optional()
  @IsString(STRING)
  @RegionId()
  regionId?: string;

  /**
   * `enforce`: a failed check fails the migration before anything is submitted. `warn`: it is
   * reported only. `skip`: nothing is checked
   */
  @Optional()
  @IsIn(PREFLIGHT_MODES, { message: 'must be "enforce", "warn" or "skip"' })
  @ApiPropertyOptional({ enum: PREFLIGHT_MODES, default: 'enforce' })
  preflight?: PreflightMode;

  /** Higher goes first among migrations that wait for the same instances */
  @Optional()
  @IsInt(PRIORITY)
  @Min(PRIORITY_MIN, PRIORITY)
  @Max(PRIORITY_MAX, PRIORITY)
  @ApiPropertyOptional({
    type: 'integer',
    minimum: PRIORITY_MIN,
    maximum: PRIORITY_MAX,
    default: 0,
  })
  priority?: number;

  /** Not submitted before this instant (RFC 3339 with an offset); at once when null, past or left out */
  @OptionalOrNull()
  @IsString(STRING)
  @Timestamp(
    broken(
      'not_before_invalid',
      'must be an existing RFC 3339 time with an offset, e.g. 2026-12-01T14:00:00Z',
    ),
  )
  @ApiPropertyOptional({
    type: String,
    format: 'date-time',
    nullable: true,
    example: '2026-12-01T14:00:00.000Z',
  })
  notBefore?: string | null;

  /** Up to 16 texts to find migrations by. Keys: 1 to 63 characters, no colon. Values: up to 63 characters */
  @Optional()
  @IsObject({ message: 'must be an object of texts' })
  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: { type: 'string', maxLength: 63 },
    maxProperties: 16,
    example: { team: 'payments' },
  })
  labels?: object;

  /** Accept it although the same migration has not ended yet */
  @Optional()
  @IsBoolean({ message: 'must be true or false' })
  @ApiPropertyOptional({ type: Boolean, default: false })
  allowDuplicate?: boolean;
}
