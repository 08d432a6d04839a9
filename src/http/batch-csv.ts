// Reads a batch in CSV into the tree that the same batch has in JSON: from there on both are one. Places are those in the CSV.
import { isUtf8 } from 'node:buffer';
import type { FastifyRequest } from 'fastify';
import { invalidRequest, Problem, VIOLATIONS, type Violation } from '../domain/errors.js';
import { pointerTo } from '../domain/json-pointer.js';
import type { JsonMember, JsonNode } from '../domain/json-text.js';
import { MAX_BATCH_ITEMS } from '../domain/policy.js';
import type { Order } from './body-order.js';
import { readCsvQuery } from './batch-csv-query.js';
import { countIn, csvRows, type CsvCell, type CsvRow } from './csv-rows.js';
import type { JsonBody } from './json-body.js';
import type { Slices } from './slices.js';

const REQUIRED = ['sourceInstanceId', 'targetInstanceId', 'databases'];
const OPTIONAL = 'key dependsOn priority engine notBefore regionId credentialId preflight'.split(
  ' ',
);
export const CSV_COLUMNS: readonly string[] = [...REQUIRED, ...OPTIONAL];

/** As of a body in JSON: the shortest values by the million would take a gigabyte as a tree. */
const MAX_PARTS = 2_000_000;

export interface CsvBatch extends JsonBody {
  /** Of the query string. */
  readonly violations: readonly Violation[];
}

/** Throws Problem: malformed_request, validation_failed (for the header row). */
export async function csvBatchOf(
  request: FastifyRequest,
  query: Readonly<Record<string, unknown>>,
  slices: Slices,
): Promise<CsvBatch> {
  const text = textOf(request);
  const { members, violations } = readCsvQuery(query);
  const rows = csvRows(text);
  const header = rows.next();
  if (header.done === true) {
    throw new Problem(
      'malformed_request',
      'The CSV is empty: its first line must name the columns.',
    );
  }
  const columns = header.value.cells.map((cell) => cell.text);
  const faults = headerFaults(columns);
  if (faults.length > 0) throw invalidRequest([...violations, ...faults]);
  const items: JsonNode[] = [];
  let parts = 0;
  for (const row of rows) {
    parts += partsOf(row);
    if (parts > MAX_PARTS)
      throw new Problem('malformed_request', `The CSV has more than ${MAX_PARTS} values.`);
    if (row.cells.length !== columns.length) throw unevenRow(row, columns.length);
    items.push(itemOf(columns, row.cells));
    // One too many says that there are too many.
    if (items.length > MAX_BATCH_ITEMS) break;
    await slices.turn();
  }
  const end = text.length;
  const list: JsonMember = {
    ...{ key: 'migrations', start: 0, value: { kind: 'array', items, start: 0, end } },
  };
  const node: JsonNode = { kind: 'object', members: [...members, list], start: -1, end };
  return { node, text: `${request.url}\n${text}`, violations };
}

/**
 * What is wrong with the query comes first, as it is; then all else by its place. Places are named as
 * a reader of the CSV knows them: by column, and by parameter of the query.
 */
export function inCsvTerms(order: Order, ofQuery: readonly Violation[]): Order {
  const first = new Set(ofQuery);
  return (violations) => [
    ...ofQuery,
    ...order(violations.filter((each) => !first.has(each))).map((each) => ({
      ...each,
      pointer: csvPointer(each),
    })),
  ];
}

function csvPointer({ pointer }: Violation): string {
  return pointer
    .replace(/^(\/migrations\/\d+)\/dbInfo(?:\/.*)?$/s, '$1/databases')
    .replace(/^(\/migrations\/\d+\/dependsOn)\/.*$/s, '$1')
    .replace(/^\/labels(?:\/.*)?$/s, '/label')
    .replace(/^\/window\/([a-z])([^/]*).*$/s, (_, first: string, rest: string) => {
      return `/window${first.toUpperCase()}${rest}`;
    });
}

function textOf({ body }: FastifyRequest): string {
  if (!Buffer.isBuffer(body)) throw new Problem('malformed_request', 'A CSV body is needed.');
  if (!isUtf8(body)) throw new Problem('malformed_request', 'The CSV is not valid UTF-8.');
  const text = body.toString('utf8');
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}

function headerFaults(columns: readonly string[]): Violation[] {
  const faults: Violation[] = [];
  const add = (
    column: string,
    code: 'unknown_property' | 'duplicate_property' | 'required',
  ): void => {
    const message = `${VIOLATIONS[code]}: the column of the header row`;
    faults.push({ pointer: pointerTo(column), code, message });
  };
  const seen = new Set<string>();
  for (const column of columns) {
    if (!CSV_COLUMNS.includes(column)) add(column, 'unknown_property');
    else if (seen.has(column)) add(column, 'duplicate_property');
    seen.add(column);
  }
  for (const column of REQUIRED) if (!seen.has(column)) add(column, 'required');
  return faults;
}

const unevenRow = ({ cells, line }: CsvRow, columns: number): Problem =>
  new Problem(
    'malformed_request',
    `The CSV cannot be read: line ${line} has ${cells.length} fields, the header row ${columns} (line ${line}, column 1).`,
  );

const partsOf = ({ cells }: CsvRow): number =>
  cells.reduce((sum, { text }) => sum + countIn(text, ';') + 1, 0);

/** An empty cell is a field that was left out. */
function itemOf(columns: readonly string[], cells: readonly CsvCell[]): JsonNode {
  const members = cells.flatMap((cell, index): JsonMember[] => {
    const column = columns[index] ?? '';
    if (cell.text === '') return [];
    const key = column === 'databases' ? 'dbInfo' : column;
    return [{ key, value: nodeOf(column, cell), start: cell.start }];
  });
  const [start, end] = [cells[0]?.start ?? 0, cells.at(-1)?.end ?? 0];
  return { kind: 'object', members, start, end };
}

function nodeOf(column: string, cell: CsvCell): JsonNode {
  const { text, start, end } = cell;
  if (column === 'databases') {
    const names: JsonMember = { key: 'DBNames', value: namesNode(cell), start };
    return { kind: 'object', members: [names], start, end };
  }
  if (column === 'dependsOn') {
    const items = text.split(';').map((value) => ({ kind: 'string', value, start, end }) as const);
    return { kind: 'array', items, start, end };
  }
  return column === 'priority' ? numberNode(cell) : { kind: 'string', value: text, start, end };
}

/** `a;b` for MySQL, `a=b;c=d` for SQL Server. A part without a target gets an empty one, which is refused. */
function namesNode({ text, start, end }: CsvCell): JsonNode {
  const parts = text.split(';');
  if (!text.includes('=')) {
    const items = parts.map((value) => ({ kind: 'string', value, start, end }) as const);
    return { kind: 'array', items, start, end };
  }
  const members = parts.map((part): JsonMember => {
    const [key = '', ...rest] = part.split('=');
    return { key, value: { kind: 'string', value: rest.join('='), start, end }, start };
  });
  return { kind: 'object', members, start, end };
}

/** What is no number stays a text, and is refused as one. */
function numberNode({ text, start, end }: CsvCell): JsonNode {
  return /^-?\d{1,9}$/.test(text)
    ? { kind: 'number', raw: text, start, end }
    : { kind: 'string', value: text, start, end };
}
