// Says where and why a text is not JSON, in words a person can act on.

export interface JsonFault {
  /** Offset into the text, in UTF-16 units, from 0. */
  readonly at: number;
  /** From 1. A line ends with LF, CR LF or CR. */
  readonly line: number;
  /** From 1, in characters (a surrogate pair is one). */
  readonly column: number;
  readonly message: string;
  readonly kind: 'syntax' | 'too_deep' | 'too_many_values' | 'curly_quotes';
  /** The typographic quote, for `curly_quotes`. */
  readonly character?: string;
}

/** Guillemets, curly and low quotes, CJK corner and prime quotes, full-width quotes. */
const TYPOGRAPHIC = '\u00AB\u00BB\u2018-\u201F\u2039\u203A\u300C-\u300F\u301D-\u301F\uFF02\uFF07';
const TYPOGRAPHIC_QUOTE = new RegExp(`[${TYPOGRAPHIC}]`);
/** One that somebody meant to close a string with: JSON's punctuation follows it. */
const TYPOGRAPHIC_CLOSE = new RegExp(`[${TYPOGRAPHIC}](?=[ \t\r\n]*[:,\\]}])`);

export function findTypographicQuote(text: string): string | null {
  return TYPOGRAPHIC_QUOTE.exec(text)?.[0] ?? null;
}

/** `U+201C` for `“`. */
export function codePointOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
}

function placeOf(text: string, at: number): { line: number; column: number } {
  let line = 1;
  let column = 1;
  for (let i = 0; i < at; i++) {
    const code = text.charCodeAt(i);
    const isLineEnd = code === 0x0a || (code === 0x0d && text.charCodeAt(i + 1) !== 0x0a);
    // The second half of a pair adds no column; an LF of CR LF ends the line that its CR was part of.
    const isSecondHalf = (text.codePointAt(i - 1) ?? 0) > 0xffff;
    if (isLineEnd) {
      line++;
      column = 1;
    } else if (!isSecondHalf) {
      column++;
    }
  }
  return { line, column };
}

function found(text: string, at: number): string {
  const code = text.codePointAt(at);
  if (code === undefined) return 'the end of the text';
  const character = String.fromCodePoint(code);
  // Control, format, surrogate and space characters would not be seen, or would garble the message.
  return /[\p{C}\p{Z}]/u.test(character)
    ? codePointOf(character)
    : `${character} (${codePointOf(character)})`;
}

function curlyFault(text: string, at: number): JsonFault {
  const { line, column } = placeOf(text, at);
  const character = text.charAt(at);
  const message =
    `Typographic quote ${character} (${codePointOf(character)}) at line ${line}, column ${column}: ` +
    'JSON wants the straight quote " (U+0022)';
  return { at, line, column, message, kind: 'curly_quotes', character };
}

export function limitFault(
  text: string,
  at: number,
  kind: 'too_deep' | 'too_many_values',
  limit: number,
): JsonFault {
  const { line, column } = placeOf(text, at);
  const what =
    kind === 'too_deep' ? `Nested deeper than ${limit} levels` : `More than ${limit} values`;
  return { at, line, column, message: `${what} at line ${line}, column ${column}`, kind };
}

/**
 * `expected` did not stand at `at`. `string` is the string token that the fault is inside of, or that
 * ends right there: in `{"a”: "b"}` the first fault is at `b`, but the mistake is the `”` before it.
 */
export function syntaxFault(
  text: string,
  at: number,
  expected: string,
  string: { readonly start: number; readonly end: number } | null,
): JsonFault {
  if (TYPOGRAPHIC_QUOTE.test(text.charAt(at))) return curlyFault(text, at);
  if (string !== null && text.charAt(at) !== '"') {
    const close = TYPOGRAPHIC_CLOSE.exec(text.slice(string.start, string.end));
    if (close !== null) return curlyFault(text, string.start + close.index);
  }
  const { line, column } = placeOf(text, at);
  const message = `Expected ${expected} at line ${line}, column ${column}, found ${found(text, at)}`;
  return { at, line, column, message, kind: 'syntax' };
}
