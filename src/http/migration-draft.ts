// From a checked body to what the use case accepts: the fields that need a look at the text itself are read here.
import type { Violation } from '../domain/errors.js';
import { readDbInfo, type DbInfoReading } from '../domain/db-info.js';
import type { JsonNode } from '../domain/json-text.js';
import type { MigrationDraft } from '../use-cases/accept-migrations.js';
import type { CheckedBody } from './checked-body.js';
import type { CreateMigrationDto } from './create-migration.dto.js';
import { readLabels, type LabelsReading } from './labels.js';
import { parseTimestamp } from './timestamps.js';

export interface DraftReading {
  readonly draft: MigrationDraft;
  readonly violations: readonly Violation[];
}

/** What a batch says for those of its migrations that do not say otherwise. */
export type Defaults = Partial<
  Pick<MigrationDraft, 'credentialId' | 'regionId' | 'preflight' | 'priority' | 'notBefore'>
> & { readonly labels?: Readonly<Record<string, string>> };

/** A checked migration: fields that keep their rules, the broken rules so far, and the text's tree. */
export type CheckedMigration = Pick<
  CheckedBody<CreateMigrationDto>,
  'fields' | 'violations' | 'node'
>;

export function draftOf(checked: CheckedMigration, defaults: Defaults = {}): DraftReading {
  const { fields } = checked;
  const info = dbInfoOf(checked);
  const { labels, violations } = labelsIn(checked.node, defaults.labels);
  const { sourceInstanceId, targetInstanceId } = fields;
  const credentialId = fields.credentialId ?? defaults.credentialId;
  const regionId = fields.regionId ?? defaults.regionId;
  const draft: MigrationDraft = {
    ...(credentialId !== undefined && { credentialId }),
    ...(regionId !== undefined && { regionId }),
    ...(sourceInstanceId !== undefined && { sourceInstanceId: sourceInstanceId.toLowerCase() }),
    ...(targetInstanceId !== undefined && { targetInstanceId: targetInstanceId.toLowerCase() }),
    ...(info !== null &&
      info.engine !== null && { engine: info.engine, databases: info.databases }),
    preflight: fields.preflight ?? defaults.preflight ?? 'enforce',
    priority: fields.priority ?? defaults.priority ?? 0,
    notBefore: instantOf(fields.notBefore, defaults.notBefore ?? null),
    labels,
    allowDuplicate: fields.allowDuplicate ?? false,
  };
  return { draft, violations: [...checked.violations, ...(info?.violations ?? []), ...violations] };
}

/** An explicit null means at once, whatever the batch says. */
export function instantOf(
  text: string | null | undefined,
  byDefault: number | null,
): number | null {
  if (text === undefined) return byDefault;
  return text === null ? null : parseTimestamp(text);
}

/** Null when it is missing, which the body's own check has said already. */
function dbInfoOf({ fields, node }: CheckedMigration): DbInfoReading | null {
  const dbInfo = member(node, 'dbInfo');
  if (dbInfo === undefined || dbInfo.kind === 'null') return null;
  return readDbInfo(dbInfo, '/dbInfo', fields.engine);
}

export function labelsIn(
  node: JsonNode,
  byDefault: Readonly<Record<string, string>> = {},
): LabelsReading {
  const labels = member(node, 'labels');
  return labels?.kind === 'object'
    ? readLabels(labels, byDefault)
    : { labels: byDefault, violations: [] };
}

/** The last of a repeated key, as for JSON.parse. */
export function member(node: JsonNode, key: string): JsonNode | undefined {
  return node.kind === 'object'
    ? node.members.findLast((candidate) => candidate.key === key)?.value
    : undefined;
}
