// Reads DBInfo as upstream does: an array of names for MySQL, an object source → target for SQL Server.
import type { ImportEngine } from './import-run.js';
import { Refusal } from './refusals.js';

export interface NamePair {
  readonly source: string;
  readonly target: string;
}

const malformed = (why: string): Refusal => Refusal.of('InvalidDBInfo.Malformed', why);

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

/** JSON.parse keeps the last of two equal keys, so keys are counted in the text itself. */
function keyCount(json: string): number {
  const strings = json.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/g);
  return [...strings].filter(([, colon]) => colon !== undefined).length;
}

function distinct(names: readonly string[], isCaseIgnored: boolean): void {
  const keys = names.map((name) => (isCaseIgnored ? name.toLowerCase() : name));
  if (new Set(keys).size < names.length) throw malformed('a database name appears twice');
}

function mySqlPairs(names: unknown): readonly NamePair[] {
  if (!Array.isArray(names) || !names.every(isText))
    throw malformed('DBNames must be an array of names');
  distinct(names, false);
  return names.map((name) => ({ source: name, target: name }));
}

function sqlServerPairs(names: unknown, json: string): readonly NamePair[] {
  if (names === null || typeof names !== 'object' || Array.isArray(names)) {
    throw malformed('DBNames must be an object of source and target names');
  }
  const pairs = Object.entries(names).map(([source, target]: [string, unknown]) => {
    if (!isText(source) || !isText(target)) throw malformed('a database name is not a text');
    return { source, target };
  });
  if (keyCount(json) !== pairs.length + 1) throw malformed('a source name appears twice');
  distinct(
    pairs.map(({ source }) => source),
    true,
  );
  distinct(
    pairs.map(({ target }) => target),
    true,
  );
  return pairs;
}

export function readDbInfo(json: string, engine: ImportEngine): readonly NamePair[] {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw malformed('not JSON');
  }
  const fields = value !== null && typeof value === 'object' ? Object.entries(value) : [];
  const [name, names] = fields[0] ?? [];
  if (fields.length !== 1 || name !== 'DBNames') throw malformed('DBNames must be the only field');
  const pairs = engine === 'MySQL' ? mySqlPairs(names) : sqlServerPairs(names, json);
  if (pairs.length === 0) throw malformed('no database is named');
  return pairs;
}
