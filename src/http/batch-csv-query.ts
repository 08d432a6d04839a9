// Turns the query string of a batch in CSV into the outer members of the tree that the same batch has in JSON.
import type { Violation } from '../domain/errors.js';
import type { JsonMember, JsonNode } from '../domain/json-text.js';
import { BatchCsvQueryDto } from './batch-csv-query.dto.js';
import { checkFields } from './check.js';

export interface CsvQuery {
  /** Of parameters that keep their rules. */
  readonly members: readonly JsonMember[];
  readonly violations: readonly Violation[];
}

/** Before all of the CSV. */
const PLACE = { start: -1, end: -1 } as const;

const PLAIN = ['name', 'credentialId', 'regionId', 'preflight', 'notBefore', 'onFailure'] as const;
const NUMBERS = ['priority', 'maxConcurrent'] as const;

export function readCsvQuery(query: Readonly<Record<string, unknown>>): CsvQuery {
  const entries = Object.entries(query).map(
    ([name, value]) => [name, valueOf(name, value)] as const,
  );
  const { fields, violations } = checkFields(BatchCsvQueryDto, entries);
  // Of a window with a broken part the rest tells nothing.
  const isWindowBroken = violations.some(({ pointer }) => pointer.startsWith('/window'));
  const members = [
    ...PLAIN.flatMap((name) => memberOf(name, textNode(fields[name]))),
    ...NUMBERS.flatMap((name) => memberOf(name, numberNode(fields[name]))),
    ...memberOf('labels', labelsNode(fields.label)),
    ...memberOf('window', isWindowBroken ? null : windowNode(fields)),
  ];
  return { members, violations };
}

/** Digits only: `Number` would also take `0x10`, `1e2` and blanks. */
function valueOf(name: string, value: unknown): unknown {
  if (name === 'label') return [value].flat();
  const isNumber = NUMBERS.some((each) => each === name) && typeof value === 'string';
  return isNumber && /^-?\d{1,9}$/.test(value) ? Number(value) : value;
}

const memberOf = (key: string, value: JsonNode | null): JsonMember[] =>
  value === null ? [] : [{ key, value, start: PLACE.start }];

const textNode = (value: string | null | undefined): JsonNode | null =>
  value == null ? null : { kind: 'string', value, ...PLACE };

const numberNode = (value: number | null | undefined): JsonNode | null =>
  value == null ? null : { kind: 'number', raw: String(value), ...PLACE };

/** The first colon ends the key. */
function labelsNode(labels: readonly string[] | undefined): JsonNode | null {
  if (labels === undefined) return null;
  const members = labels.flatMap((label) => {
    const colon = label.indexOf(':');
    return memberOf(label.slice(0, colon), textNode(label.slice(colon + 1)));
  });
  return { kind: 'object', members, ...PLACE };
}

/** What is missing from a window is said when it is read. */
function windowNode(fields: Partial<BatchCsvQueryDto>): JsonNode | null {
  const { windowDays, windowFit } = fields;
  const days = windowDays?.split(',').flatMap((day) => textNode(day) ?? []);
  const members = [
    ...memberOf('start', textNode(fields.windowStart)),
    ...memberOf('end', textNode(fields.windowEnd)),
    ...memberOf('timeZone', textNode(fields.windowTimeZone)),
    ...(days === undefined ? [] : memberOf('days', { kind: 'array', items: days, ...PLACE })),
    ...(windowFit === undefined
      ? []
      : memberOf('fit', { kind: 'boolean', value: windowFit === 'true', ...PLACE })),
  ];
  return members.length === 0 ? null : { kind: 'object', members, ...PLACE };
}
