// The bodies that make and change a webhook. No message here ever shows the URL: it may hold a secret.
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsArray, IsBoolean, IsString, Matches, ValidateBy } from 'class-validator';
import { MAX_DESCRIPTION_LENGTH, MAX_URL_LENGTH } from '../domain/webhook-policy.js';
import { readUrl } from '../domain/webhook-url.js';
import { DEFAULT_TYPES, WEBHOOK_TYPES, type WebhookType } from '../domain/webhook.js';
import { Optional, OptionalOrNull, Required } from './rules.js';

const STRING = { message: 'must be a string' };
const DESCRIPTION = new RegExp(`^[^\\p{C}\\p{Zl}\\p{Zp}]{0,${MAX_DESCRIPTION_LENGTH}}$`, 'u');
const DESCRIPTION_RULE = {
  message: `must be up to ${MAX_DESCRIPTION_LENGTH} printable characters`,
};

export const TYPES_RULE = 'must be a list of different types of events, at least one';

const URL_SHAPE = {
  ...{
    format: 'uri',
    minLength: 1,
    maxLength: MAX_URL_LENGTH,
    pattern: '^[Hh][Tt][Tt][Pp][Ss]?://',
  },
} as const;

const TYPES_SHAPE = {
  ...{ enum: WEBHOOK_TYPES, isArray: true, minItems: 1, maxItems: WEBHOOK_TYPES.length },
  uniqueItems: true,
} as const;

function WebhookUrl(): PropertyDecorator {
  const faultOf = (value: unknown): string | null => {
    const reading = typeof value === 'string' ? readUrl(value) : null;
    return reading?.kind === 'fault' ? reading.message : null;
  };
  return ValidateBy(
    { name: 'webhookUrl', validator: { validate: (value: unknown) => faultOf(value) === null } },
    { message: ({ value }) => faultOf(value) ?? '', context: { code: 'webhook_url_invalid' } },
  );
}

export class CreateWebhookDto {
  /**
   * Where events are sent: https:// (or http:// where the operator allows the network), without user name
   * and fragment. Refused where it leads to an address that is not of the public internet
   * @example "https://example.com/hooks/rds-import"
   */
  @Required()
  @IsString(STRING)
  @WebhookUrl()
  @ApiProperty(URL_SHAPE)
  url!: string;

  /**
   * Which events it is told of; `migration.*` and `batch.*` stand for all that begin so. All but
   * `batch.progress` when left out
   * @example ["migration.*", "batch.succeeded", "batch.partially_failed", "batch.failed"]
   */
  @Optional()
  @IsArray({ message: TYPES_RULE })
  @ApiPropertyOptional({ ...TYPES_SHAPE, default: DEFAULT_TYPES })
  types?: WebhookType[];

  /**
   * For people to tell webhooks apart
   * @example "paging of the platform team"
   */
  @OptionalOrNull()
  @IsString(STRING)
  @Matches(DESCRIPTION, DESCRIPTION_RULE)
  @ApiPropertyOptional({ type: String, nullable: true, maxLength: MAX_DESCRIPTION_LENGTH })
  description?: string | null;
}

/** What is left out stays. */
export class PatchWebhookDto {
  /**
   * Another place; pending deliveries go there, too
   * @example "https://example.com/hooks/rds-import"
   */
  @Optional()
  @IsString(STRING)
  @WebhookUrl()
  @ApiPropertyOptional(URL_SHAPE)
  url?: string;

  /**
   * Other events, from the next one on
   * @example ["migration.failed", "migration.outcome_unknown", "batch.*"]
   */
  @Optional()
  @IsArray({ message: TYPES_RULE })
  @ApiPropertyOptional(TYPES_SHAPE)
  types?: WebhookType[];

  /**
   * Another description; null for none
   * @example "paging of the platform team"
   */
  @OptionalOrNull()
  @IsString(STRING)
  @Matches(DESCRIPTION, DESCRIPTION_RULE)
  @ApiPropertyOptional({ type: String, nullable: true, maxLength: MAX_DESCRIPTION_LENGTH })
  description?: string | null;

  /**
   * `false`: it is told nothing, and what is pending waits. `true`: what is pending goes on; what happened
   * meanwhile is not made up for
   */
  @Optional()
  @IsBoolean({ message: 'must be true or false' })
  enabled?: boolean;
}

export const CREATE_WEBHOOK_EXAMPLES = {
  endings: {
    summary: 'Is told how migrations and batches end',
    value: {
      url: 'https://example.com/hooks/rds-import',
      types: ['migration.succeeded', 'migration.failed', 'migration.outcome_unknown', 'batch.*'],
      description: 'paging of the platform team',
    },
  },
  everything: {
    summary: 'Is told of everything but progress',
    value: { url: 'https://example.com/hooks/rds-import' },
  },
};

export const PATCH_WEBHOOK_EXAMPLES = {
  enable: { summary: 'Goes on with what is pending', value: { enabled: true } },
  narrow: {
    summary: 'Is told of failures only',
    value: { types: ['migration.failed', 'batch.failed'] },
  },
};
