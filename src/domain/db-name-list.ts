// Reads what DBNames lists: every database once, or a violation that points at the one in the way.
import {
  mysqlNameFault,
  sameOnSqlServer,
  shown,
  sqlServerSourceFault,
  sqlServerTargetFault,
} from './db-names.js';
import type { Violation, ViolationCode } from './errors.js';
import { escapePointer } from './json-pointer.js';
import type { JsonArray, JsonNode, JsonObject } from './json-text.js';
import { MAX_DATABASES } from './policy.js';

export interface DatabasePair {
  readonly source: string;
  readonly target: string;
}

export interface Finding extends Violation {
  /** Offset of what is wrong, in the text that DBNames stands in. */
  readonly at: number;
}

/** What is read so far, and what was wrong with it. */
export interface Draft {
  readonly pointer: string;
  readonly databases: DatabasePair[];
  readonly findings: Finding[];
}

/**
 * Says so when there are none or too many, and gives those to look at: the first MAX_DATABASES.
 * What comes after must go anyway, and a hostile list would else get an answer larger than itself.
 */
function counted<T>(all: readonly T[], start: number, { pointer, findings }: Draft): readonly T[] {
  const place = { at: start, pointer: `${pointer}/DBNames` };
  if (all.length === 0) {
    findings.push({ ...place, code: 'db_names_empty', message: 'DBNames names no database' });
  }
  if (all.length > MAX_DATABASES) {
    const message = `DBNames names ${all.length} databases; at most ${MAX_DATABASES} are allowed`;
    findings.push({ ...place, code: 'too_many_databases', message });
  }
  return all.slice(0, MAX_DATABASES);
}

/** MySQL's form: an array of names, each the same on both sides. */
export function readNames(names: JsonArray, draft: Draft): void {
  const seen = new Map<string, number>();
  counted(names.items, names.start, draft).forEach((item, index) => {
    const refuse = refuser(draft, item.start, String(index));
    if (item.kind !== 'string') {
      refuse('wrong_type', `A database name is a string, not ${kindOf(item)}`);
      return;
    }
    const name = item.value;
    const fault = mysqlNameFault(name);
    if (fault !== null) refuse('db_name_invalid', fault);
    // Compared exactly: whether MySQL tells `A` from `a` depends on the instance.
    const first = seen.get(name);
    if (first === undefined) seen.set(name, index);
    else refuse('db_name_duplicate', `${shown(name)} is named at index ${first} already`);
    draft.databases.push({ source: name, target: name });
  });
}

/** SQL Server's form: an object of source to target. */
export function readPairs(names: JsonObject, draft: Draft): void {
  const sources = new Map<string, string>();
  const targets = new Map<string, string>();
  for (const { key: source, value, start } of counted(names.members, names.start, draft)) {
    const refuse = refuser(draft, start, source);
    const sourceFault = sqlServerSourceFault(source);
    if (sourceFault !== null) refuse('db_name_invalid', sourceFault);

    const sourceKey = sameOnSqlServer(source);
    const first = sources.get(sourceKey);
    if (first === undefined) sources.set(sourceKey, source);
    else refuse('source_db_duplicate', alreadyNamed(source, first));

    if (value.kind !== 'string') {
      refuse('wrong_type', `A target name is a string, not ${kindOf(value)}`);
      continue;
    }
    const target = value.value;
    const targetFault = sqlServerTargetFault(target);
    if (targetFault !== null) refuse('db_name_invalid', targetFault);

    // A source that is written twice brings its target twice; only two sources make it a second mistake.
    const targetKey = sameOnSqlServer(target);
    const taker = targets.get(targetKey);
    if (taker === undefined) targets.set(targetKey, source);
    else if (sameOnSqlServer(taker) !== sourceKey) {
      refuse(
        'target_db_duplicate',
        `The target ${shown(target)} is taken by the source ${shown(taker)}`,
      );
    }
    draft.databases.push({ source, target });
  }
}

function alreadyNamed(source: string, first: string): string {
  return source === first
    ? `The source ${shown(source)} is written more than once; a JSON parser would keep only the last`
    : `The source ${shown(source)} is the same database as ${shown(first)}: SQL Server ignores case and spaces at the end`;
}

function refuser(draft: Draft, at: number, segment: string) {
  const pointer = `${draft.pointer}/DBNames/${escapePointer(segment)}`;
  return (code: ViolationCode, message: string): void => {
    draft.findings.push({ at, pointer, code, message });
  };
}

/** With its article: `an array`. */
export function kindOf(node: JsonNode): string {
  if (node.kind === 'null') return 'null';
  return `${/^[ao]/.test(node.kind) ? 'an' : 'a'} ${node.kind}`;
}
