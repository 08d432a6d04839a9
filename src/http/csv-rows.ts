// Reads CSV by RFC 4180, or says in which line and column it is broken. Sixty lines of our own rather than a
// dependency: the places of all cells are needed for the order of what is wrong, and steps for long texts.
import { Problem } from '../domain/errors.js';

/** Offsets into the text; `end` is the first one after it. */
export interface CsvCell {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

export interface CsvRow {
  readonly cells: readonly CsvCell[];
  /** From 1; of a row over several lines the first. */
  readonly line: number;
}

/** Far more columns than anything here has; a row of megabytes of commas is given up early. */
const MAX_CELLS = 100;

/** Lines end with LF or CR LF; after the last one an empty line is none. Throws Problem malformed_request. */
export function* csvRows(text: string): Generator<CsvRow, void> {
  let at = 0;
  let line = 1;
  while (at < text.length) {
    const row = rowAt(text, at, line);
    yield row;
    for (const cell of row.cells) line += countIn(cell.text, LINE_END);
    line += 1;
    at = row.cells.at(-1)?.end ?? text.length;
    at += text[at] === '\r' ? 2 : 1;
  }
}

function rowAt(text: string, start: number, line: number): CsvRow {
  const cells: CsvCell[] = [];
  for (let at = start; ; at += 1) {
    const cell = text[at] === '"' ? quotedCell(text, at) : plainCell(text, at);
    cells.push(cell);
    at = cell.end;
    if (text[at] !== ',') return { cells, line };
    if (cells.length === MAX_CELLS) {
      throw brokenAt(text, at, `There are more than ${MAX_CELLS} fields`);
    }
  }
}

const LINE_END = '\n';
const PLAIN = /[^",\r\n]*/y;
const CELL_END = /,|\r?\n|$/y;

function plainCell(text: string, start: number): CsvCell {
  const found = matchAt(PLAIN, text, start) ?? '';
  const end = start + found.length;
  if (matchAt(CELL_END, text, end) !== null) return { text: found, start, end };
  const what =
    text[end] === '"'
      ? 'A quote stands inside of a field that does not begin with one'
      : 'A carriage return stands without a line feed';
  throw brokenAt(text, end, what);
}

/** A doubled quote stands for one. */
function quotedCell(text: string, start: number): CsvCell {
  let close = text.indexOf('"', start + 1);
  while (close !== -1 && text[close + 1] === '"') close = text.indexOf('"', close + 2);
  if (close === -1) throw brokenAt(text, start, 'The quote that begins here is never closed');
  const end = close + 1;
  if (matchAt(CELL_END, text, end) === null) {
    const what = 'A closing quote is followed by neither a comma nor the end of the line';
    throw brokenAt(text, end, what);
  }
  return { text: text.slice(start + 1, close).replaceAll('""', '"'), start, end };
}

function matchAt(pattern: RegExp, text: string, at: number): string | null {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? null;
}

export function countIn(text: string, character: string): number {
  let count = 0;
  for (let at = text.indexOf(character); at !== -1; at = text.indexOf(character, at + 1)) {
    count += 1;
  }
  return count;
}

/** Columns count characters. */
function brokenAt(text: string, at: number, what: string): Problem {
  const before = text.slice(0, at);
  let column = 1;
  for (const _ of before.slice(before.lastIndexOf(LINE_END) + 1)) column += 1;
  return new Problem(
    'malformed_request',
    `The CSV cannot be read: ${what} (line ${countIn(before, LINE_END) + 1}, column ${column}).`,
  );
}
