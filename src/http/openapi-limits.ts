/**
 * Says of every value how long, how large or how many it may be, by its name. Fields that bring a rule of
 * their own keep it. The live answers of the black-box tests are held against what is said here.
 */
import { ACTIONS } from '../domain/allowed-actions.js';
import { MAX_INSTANCE_PATTERNS, TENANT } from '../domain/api-key.js';
import { STATUSES } from '../domain/migration.js';
import {
  MAX_BATCH_ITEMS,
  MAX_BATCH_NAME_LENGTH,
  MAX_DATABASES,
  MAX_DEPENDENCIES,
  MAX_LABEL_LENGTH,
  MAX_LABELS,
  MAX_PLAN_REPORTS,
  PRIORITY_MAX,
  PRIORITY_MIN,
} from '../domain/policy.js';
import { CHECK_IDS } from '../domain/preflight.js';
import { WAIT_KINDS } from '../domain/waiting.js';
import { LIMIT_MAX } from './list.dto.js';
import { typesOf, type Schema } from './openapi-schemas.js';
import { MAX_TEXT_LENGTH, MAX_VIOLATIONS } from './problem-view.dto.js';

const ID: Schema = { pattern: '^[a-z]{2,5}_[0-9A-Za-z]{1,64}$', maxLength: 70 };
const TIME: Schema = { format: 'date-time', maxLength: 35 };
const CLOCK: Schema = { pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$', maxLength: 5 };
const HASH: Schema = { pattern: '^[0-9a-f]{64}$', maxLength: 64 };
const CURSOR: Schema = { pattern: '^[A-Za-z0-9_-]{1,128}$', maxLength: 128 };
const NAME: Schema = { minLength: 1, maxLength: 100 };
const INSTANCE: Schema = { pattern: '^[A-Za-z][A-Za-z0-9-]{2,63}$', maxLength: 64 };
const PATTERN: Schema = { pattern: '^[A-Za-z*][A-Za-z0-9*-]{0,63}$', maxLength: 64 };
const LABEL_PAIR: Schema = { pattern: '^[^:]{1,63}:.{0,63}$', maxLength: 2 * MAX_LABEL_LENGTH + 1 };
/** Of SQL Server; MySQL's names are shorter. */
const DATABASE: Schema = { minLength: 1, maxLength: 128 };
const BATCH_NAME: Schema = { minLength: 1, maxLength: MAX_BATCH_NAME_LENGTH };
const PATH: Schema = { pattern: '^/[!-~]*$', maxLength: 256 };
/** Upstream's own words and codes: one word each, of a length that only upstream knows. */
const WORD: Schema = { maxLength: 500 };

/** Texts for people, and whatever else has no rule of its own. */
const TEXT: Schema = { maxLength: MAX_TEXT_LENGTH };

const STRINGS: Readonly<Record<string, Schema>> = {
  ...{ id: ID, migrationId: ID, batchId: ID, credentialId: ID, keyId: ID },
  ...{ sourceInstanceId: INSTANCE, targetInstanceId: INSTANCE, instanceId: INSTANCE },
  instancePatterns: PATTERN,
  regionId: { pattern: '^[a-z]{2}-[a-z0-9-]{1,60}$', maxLength: 63 },
  importId: { pattern: '^[0-9]{1,20}$', maxLength: 20 },
  requestId: { pattern: '^[A-Za-z0-9._-]{1,128}$', maxLength: 128 },
  upstreamRequestId: { maxLength: 128 },
  tenant: { pattern: TENANT.source, maxLength: 63 },
  ...{ name: NAME, 'BatchView.name': BATCH_NAME, 'CreateBatchDto.name': BATCH_NAME },
  accessKeyId: { pattern: '^[!-~]{1,128}$', maxLength: 128 },
  accessKeySecret: { pattern: '^[!-~]{1,256}$', maxLength: 256 },
  securityToken: { pattern: '^[!-~]{1,8192}$', maxLength: 8_192 },
  roleArn: { pattern: '^acs:ram::[0-9]{1,32}:role/[A-Za-z0-9_.@-]{1,64}$', maxLength: 128 },
  roleSessionName: { pattern: '^[A-Za-z0-9_.@-]{2,64}$', maxLength: 64 },
  roleName: { pattern: '^[A-Za-z0-9_.-]{1,64}$', maxLength: 64 },
  policy: { pattern: '^\\s*[{][\\s\\S]*[}]\\s*$', minLength: 2, maxLength: 2_048 },
  externalId: { pattern: '^[A-Za-z0-9_+=,.@:/-]{2,1224}$', maxLength: 1_224 },
  oidcProviderArn: {
    pattern: '^acs:ram::[0-9]{1,32}:oidc-provider/[A-Za-z0-9_.-]{1,128}$',
    maxLength: 190,
  },
  oidcTokenFilePath: { pattern: '^/', maxLength: 1_024 },
  ...{ cursor: CURSOR, nextCursor: CURSOR },
  ...{ hash: HASH, previousHash: HASH },
  ...{ start: CLOCK, end: CLOCK, windowStart: CLOCK, windowEnd: CLOCK },
  ...{ timeZone: { maxLength: 64 }, windowTimeZone: { maxLength: 64 } },
  windowDays: { pattern: '^(mon|tue|wed|thu|fri|sat|sun)(,(mon|tue|wed|thu|fri|sat|sun)){0,6}$' },
  ...{ DBNames: DATABASE, source: DATABASE, target: DATABASE },
  'AuditEntryView.keyId': { pattern: '^[!-~]{1,128}$', maxLength: 128 },
  'AuditEntryView.source': { maxLength: 64 },
  /** As long as a body may be, when nobody sets another limit. */
  dbInfo: { minLength: 2, maxLength: 10_485_760 },
  labels: { maxLength: MAX_LABEL_LENGTH },
  label: LABEL_PAIR,
  ...{ key: { minLength: 1, maxLength: 128 }, dependsOn: { minLength: 1, maxLength: 128 } },
  basis: { enum: ['history'] },
  ...{
    pointer: { pattern: '^(/[\\s\\S]*)?$', maxLength: 1_000 },
    conflictsWith: PATH,
  },
  ...{ type: { pattern: '^/docs#[a-z_]+$', maxLength: 100 }, resource: PATH },
  action: { pattern: '^[a-z][a-z-]{0,31}[.][A-Za-z]{1,32}$', maxLength: 64 },
  ...{ upstreamCode: WORD, code: WORD },
  ...{ sourceStatus: WORD, targetStatus: WORD, importStatus: WORD },
};

const COUNT: Schema = { minimum: 0, maximum: MAX_BATCH_ITEMS };
const INTEGERS: Readonly<Record<string, Schema>> = {
  priority: { minimum: PRIORITY_MIN, maximum: PRIORITY_MAX },
  status: { minimum: 100, maximum: 599 },
  attempt: { minimum: 1 },
  seq: { format: 'int64', minimum: 1, maximum: Number.MAX_SAFE_INTEGER },
  ...{ total: COUNT, migrations: COUNT, lowerBoundSteps: COUNT, plannedSteps: COUNT },
  ...{ passed: COUNT, notPassed: COUNT, omitted: COUNT },
  index: { minimum: 0, maximum: MAX_BATCH_ITEMS - 1 },
  row: { minimum: 0, maximum: MAX_BATCH_ITEMS - 1 },
  instances: { minimum: 0, maximum: 2 * MAX_BATCH_ITEMS },
};
const ANY_INTEGER: Schema = { format: 'int32', minimum: 0, maximum: 2_147_483_647 };

const ARRAYS: Readonly<Record<string, number>> = {
  ...{ items: LIMIT_MAX, errors: MAX_VIOLATIONS, databases: MAX_DATABASES, DBNames: MAX_DATABASES },
  ...{ blockedBy: 2, waitingFor: WAIT_KINDS.length, allowedActions: ACTIONS.length },
  ...{ checks: CHECK_IDS.length, busiestInstances: 10, reports: MAX_PLAN_REPORTS },
  ...{ steps: MAX_BATCH_ITEMS, times: MAX_BATCH_ITEMS, migrations: MAX_BATCH_ITEMS },
  ...{ days: 7, status: STATUSES.length, label: MAX_LABELS, dependsOn: MAX_DEPENDENCIES },
  instancePatterns: MAX_INSTANCE_PATTERNS,
  /** Attempts are made by people and after hours: far fewer in a migration's life. */
  history: 100_000,
};
const ANY_ARRAY = MAX_BATCH_ITEMS;

/** Names tell instants: said once here and not at every field. */
const isTime = (name: string): boolean =>
  /^(at|until|since|notBefore|createdAfter|createdBefore)$|At$/.test(name);

export function limit(schema: Schema, name: string, place: string): void {
  const types = typesOf(schema);
  const isNamed = schema.enum !== undefined || schema.const !== undefined;
  const rule = (rules: Readonly<Record<string, Schema>>): Schema | undefined =>
    rules[`${place}.${name}`] ?? (Object.hasOwn(rules, name) ? rules[name] : undefined);
  if (types.includes('string') && !isNamed) {
    supply(schema, isTime(name) ? TIME : withLength(rule(STRINGS)));
  }
  if (types.includes('integer') && !isNamed) {
    supply(schema, { ...ANY_INTEGER, ...rule(INTEGERS) });
  }
  if (types.includes('array')) supply(schema, { maxItems: ARRAYS[name] ?? ANY_ARRAY });
  if (schema.properties !== undefined && schema.additionalProperties === undefined) {
    schema.additionalProperties = false;
  }
  if (typeof schema.additionalProperties === 'object') supply(schema, { maxProperties: 500 });
}

const withLength = (rule: Schema | undefined): Schema =>
  rule?.enum === undefined ? { ...TEXT, ...rule } : rule;

/** What the field says itself stays. */
function supply(schema: Schema, more: Schema): void {
  Object.assign(schema, { ...more, ...schema });
}
