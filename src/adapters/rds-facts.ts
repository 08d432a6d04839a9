// Upstream's answers in our words: instances, databases, usage, imports. Null: not an answer of that kind.
import type { JsonNode, JsonObject } from '../domain/json-text.js';
import type { DatabaseFacts, InstanceFacts, UsageFacts } from '../domain/preflight.js';
import type { ImportRecord } from '../use-cases/ports-upstream.js';
import { importIdOf, member, quantity, rowsAt, scalar, word } from './rds-text.js';

/** Upstream says GB and means GiB as far as anybody knows; the larger one is what its console shows. */
const BYTES_PER_GB = 1024 ** 3;

/** `absent`: upstream answered with an empty list, its other way to say "not found". */
export function instanceFacts(
  answer: JsonObject,
  instanceId: string,
): InstanceFacts | 'absent' | null {
  const rows = rowsAt(answer, 'Items', 'DBInstanceAttribute');
  if (rows === null) return null;
  const wanted = instanceId.toLowerCase();
  const row = rows.find((each) => word(each, 'DBInstanceId')?.toLowerCase() === wanted);
  if (row === undefined) return rows.length === 0 ? 'absent' : null;
  const status = word(row, 'DBInstanceStatus');
  const engine = word(row, 'Engine');
  if (status === null || engine === null) return null;
  const storageGb = quantity(row, 'DBInstanceStorage');
  return {
    instanceId,
    status,
    engine,
    engineVersion: word(row, 'EngineVersion'),
    category: word(row, 'Category'),
    regionId: word(row, 'RegionId'),
    classType: word(row, 'DBInstanceClassType'),
    instanceClass: word(row, 'DBInstanceClass'),
    lockMode: word(row, 'LockMode'),
    instanceType: word(row, 'DBInstanceType'),
    storageBytes: storageGb === null ? null : storageGb * BYTES_PER_GB,
  };
}

export function databaseFacts(rows: readonly JsonNode[]): readonly DatabaseFacts[] | null {
  const facts: DatabaseFacts[] = [];
  for (const row of rows) {
    // Not trimmed: SQL Server takes nearly any name.
    const name = scalar(member(row, 'DBName'));
    if (name === null) return null;
    facts.push({ name, status: word(row, 'DBStatus') ?? '' });
  }
  return facts;
}

export function usageFacts(answer: JsonObject): UsageFacts | null {
  if (member(answer, 'DiskUsed') === null && member(answer, 'DataSize') === null) return null;
  return { diskUsedBytes: quantity(answer, 'DiskUsed'), dataBytes: quantity(answer, 'DataSize') };
}

/**
 * Rows folded by ImportId: one import of several databases has a row for each. A row without an id (the
 * published samples have none) belongs to the import that was asked for. When none was asked for, it
 * cannot be told whose it is, and a list without it would look complete: null.
 */
export function foldImports(
  rows: readonly JsonNode[],
  asked: string | undefined,
): readonly ImportRecord[] | null {
  const folded = new Map<string, { words: string[]; databases: string[] }>();
  for (const row of rows) {
    const hasId = member(row, 'ImportId', 'ImportID') !== null;
    const importId = hasId ? importIdOf(row) : (asked ?? null);
    if (importId === null) return null;
    if (asked !== undefined && importId !== asked) continue;
    const record = folded.get(importId) ?? { words: [], databases: [] };
    folded.set(importId, record);
    record.words.push(word(row, 'ImportStatus', 'ImportDataStatus') ?? '');
    const database = scalar(member(row, 'DBName'));
    if (database !== null) record.databases.push(database);
  }
  return [...folded].map(([importId, record]) => ({ importId, ...record }));
}
