// What DBInfo may say for each engine: the one reader of its JSON, which lets no database be named
// twice and none be lost, and the one writer.
import { kindOf, readNames, readPairs, type DatabasePair, type Draft } from './db-name-list.js';
import { shown } from './db-names.js';
import type { Violation, ViolationCode } from './errors.js';
import { escapePointer } from './json-pointer.js';
import {
  readJson,
  type JsonArray,
  type JsonMember,
  type JsonNode,
  type JsonObject,
} from './json-text.js';

export const ENGINES = ['MySQL', 'SQLServer'] as const;
export type Engine = (typeof ENGINES)[number];

export type { DatabasePair };

export interface DbInfoReading {
  /** What the shape of DBNames tells; null where it tells nothing. */
  readonly engine: Engine | null;
  /** In the order they are written. Empty as soon as anything is wrong: half a list is never used. */
  readonly databases: readonly DatabasePair[];
  /** Those of the engine first, then in the order of the text. */
  readonly violations: readonly Violation[];
}

/** DBInfo itself needs two levels; the others are for values that are reported as unknown. */
const MAX_DEPTH = 64;

/** Unknown properties are reported one by one up to this many: their number is the sender's choice. */
const MAX_UNKNOWN_REPORTED = 20;

/**
 * Reads `dbInfo`, an object or a string that holds one. `pointer` is its place in the request body;
 * `engine` beside it is undefined where it was left out. All violations are found at once.
 *
 * Pointers into a string go on as if the object stood in its place (`/dbInfo/DBNames/2`): RFC 6901
 * has no way into a string, and so the same mistake has the same pointer in both forms.
 */
export function readDbInfo(node: JsonNode, pointer: string, statedEngine: unknown): DbInfoReading {
  const draft: Draft = { pointer, databases: [], findings: [] };
  const info = openDbInfo(node, draft);
  const names = info === null ? null : findNames(info, draft);
  if (names?.kind === 'array') readNames(names, draft);
  if (names?.kind === 'object') readPairs(names, draft);

  const engine = names === null ? null : names.kind === 'array' ? 'MySQL' : 'SQLServer';
  const findings = draft.findings.sort((a, b) => a.at - b.at);
  const violations = [
    ...engineViolations(statedEngine, engine, pointer),
    ...findings.map(({ pointer: place, code, message }) => ({ pointer: place, code, message })),
  ];
  return { engine, databases: violations.length === 0 ? draft.databases : [], violations };
}

/**
 * DBInfo as upstream reads it, its pairs in the order given. Written pair by pair: an object of
 * ours would put number-like names first and could not hold `__proto__`.
 */
export function writeDbInfo(engine: Engine, databases: readonly DatabasePair[]): string {
  if (engine === 'MySQL') return JSON.stringify({ DBNames: databases.map((pair) => pair.source) });
  const pairs = databases.map(
    ({ source, target }) => `${JSON.stringify(source)}:${JSON.stringify(target)}`,
  );
  return `{"DBNames":{${pairs.join(',')}}}`;
}

function engineViolations(stated: unknown, engine: Engine | null, pointer: string): Violation[] {
  if (stated === undefined) return [];
  const place = `${pointer.slice(0, pointer.lastIndexOf('/'))}/engine`;
  if (typeof stated !== 'string') {
    const message = 'engine is not a string; it is "MySQL" or "SQLServer", or left out';
    return [{ pointer: place, code: 'wrong_type', message }];
  }
  if (!ENGINES.some((known) => known === stated)) {
    const message = `engine is ${shown(stated)}; it can only be "MySQL" or "SQLServer", in this spelling`;
    return [{ pointer: place, code: 'engine_unsupported', message }];
  }
  if (engine === null || engine === stated) return [];
  const shape =
    engine === 'MySQL' ? 'an array, the form for MySQL' : 'an object, the form for SQL Server';
  const message = `engine is "${stated}", but DBNames is ${shape}`;
  return [{ pointer: place, code: 'engine_shape_mismatch', message }];
}

function openDbInfo(node: JsonNode, { pointer, findings }: Draft): JsonObject | null {
  const refuse = (code: ViolationCode, message: string): null => {
    findings.push({ at: node.start, pointer, code, message });
    return null;
  };
  if (node.kind === 'object') return node;
  if (node.kind !== 'string') {
    return refuse(
      'wrong_type',
      `dbInfo is ${kindOf(node)}, not an object or a string that holds one`,
    );
  }
  const reading = readJson(node.value, { maxDepth: MAX_DEPTH });
  if (!reading.ok) {
    const { kind, message } = reading.fault;
    const code = kind === 'curly_quotes' ? 'db_info_curly_quotes' : 'db_info_not_json';
    return refuse(code, `The string in dbInfo cannot be read as JSON: ${message}`);
  }
  if (reading.node.kind === 'object') return reading.node;
  return refuse('wrong_type', `The string in dbInfo holds ${kindOf(reading.node)}, not an object`);
}

function findNames(info: JsonObject, draft: Draft): JsonArray | JsonObject | null {
  const { pointer, findings } = draft;
  reportUnknown(info, draft);
  const [first, second] = info.members.filter((member) => member.key === 'DBNames');
  if (first === undefined) {
    const message = 'dbInfo has no "DBNames", which names the databases';
    findings.push({ at: info.start, pointer, code: 'db_names_missing', message });
    return null;
  }
  const place = `${pointer}/DBNames`;
  if (second !== undefined) {
    // Either could be meant, so neither is looked into.
    const message = '"DBNames" is written more than once; a JSON parser would keep only the last';
    findings.push({ at: second.start, pointer: place, code: 'duplicate_property', message });
    return null;
  }
  const names = first.value;
  if (names.kind === 'array' || names.kind === 'object') return names;
  const message = `DBNames is ${kindOf(names)}; it is an array of names for MySQL, an object of source to target for SQL Server`;
  findings.push({ at: names.start, pointer: place, code: 'db_names_wrong_type', message });
  return null;
}

function reportUnknown(info: JsonObject, { pointer, findings }: Draft): void {
  const unknown = new Map<string, JsonMember>();
  for (const member of info.members) {
    if (member.key !== 'DBNames' && !unknown.has(member.key)) unknown.set(member.key, member);
    if (unknown.size === MAX_UNKNOWN_REPORTED) break;
  }
  for (const [key, { start }] of unknown) {
    const message = `dbInfo has no property ${shown(key)}; it knows only "DBNames", in this spelling`;
    const place = `${pointer}/${escapePointer(key)}`;
    findings.push({ at: start, pointer: place, code: 'unknown_property', message });
  }
}
