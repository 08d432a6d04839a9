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

export function draftOf(body: CheckedBody<CreateMigrationDto>): DraftReading {
  const { fields } = body;
  const info = dbInfoOf(body);
  const { labels, violations } = labelsOf(body);
  const { credentialId, regionId, sourceInstanceId, targetInstanceId } = fields;
  const draft: MigrationDraft = {
    ...(credentialId !== undefined && { credentialId }),
    ...(regionId !== undefined && { regionId }),
    ...(sourceInstanceId !== undefined && { sourceInstanceId: sourceInstanceId.toLowerCase() }),
    ...(targetInstanceId !== undefined && { targetInstanceId: targetInstanceId.toLowerCase() }),
    ...(info !== null &&
      info.engine !== null && { engine: info.engine, databases: info.databases }),
    preflight: fields.preflight ?? 'enforce',
    priority: fields.priority ?? 0,
    notBefore: fields.notBefore == null ? null : parseTimestamp(fields.notBefore),
    labels,
    allowDuplicate: fields.allowDuplicate ?? false,
  };
  return { draft, violations: [...body.violations, ...(info?.violations ?? []), ...violations] };
}

/** Null when it is missing, which the body's own check has said already. */
function dbInfoOf({ fields, node }: CheckedBody<CreateMigrationDto>): DbInfoReading | null {
  const dbInfo = member(node, 'dbInfo');
  if (dbInfo === undefined || dbInfo.kind === 'null') return null;
  return readDbInfo(dbInfo, '/dbInfo', fields.engine);
}

function labelsOf({ node }: CheckedBody<CreateMigrationDto>): LabelsReading {
  const labels = member(node, 'labels');
  return labels?.kind === 'object' ? readLabels(labels) : { labels: {}, violations: [] };
}

/** The last of a repeated key, as for JSON.parse. */
function member(node: JsonNode, key: string): JsonNode | undefined {
  return node.kind === 'object'
    ? node.members.findLast((candidate) => candidate.key === key)?.value
    : undefined;
}
