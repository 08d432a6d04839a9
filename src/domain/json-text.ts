// Reads JSON (RFC 8259, strictly) into a tree that keeps what JSON.parse loses: the place of every
// value, the order of number-like keys, repeated keys, and numbers as they were written.
import { limitFault, syntaxFault, type JsonFault } from './json-fault.js';

interface Span {
  /** Offsets into the text in UTF-16 units; `end` is the first one after the value. */
  readonly start: number;
  readonly end: number;
}

export interface JsonMember {
  /** Decoded: `"\u0061"` is `a`. */
  readonly key: string;
  readonly value: JsonNode;
  /** Offset of the key's opening quote. */
  readonly start: number;
}

export type JsonObject = Span & {
  readonly kind: 'object';
  readonly members: readonly JsonMember[];
};
export type JsonArray = Span & { readonly kind: 'array'; readonly items: readonly JsonNode[] };
export type JsonNode =
  | JsonObject
  | JsonArray
  | (Span & { readonly kind: 'string'; readonly value: string })
  | (Span & { readonly kind: 'number'; readonly raw: string })
  | (Span & { readonly kind: 'boolean'; readonly value: boolean })
  | (Span & { readonly kind: 'null' });

export type JsonReading =
  | { readonly ok: true; readonly node: JsonNode }
  | { readonly ok: false; readonly fault: JsonFault };

/** No tree is deeper, whatever the caller's limit: so every walk over a tree may recurse. */
const DEEPEST = 1_000;

/**
 * Ten megabytes of the shortest values would take a gigabyte as a tree. Ten megabytes of database
 * names, five bytes each with quotes and comma, stay below this.
 */
const MAX_VALUES = 2_100_000;

/**
 * `maxDepth` counts arrays and objects around a value: `[[1]]` needs 2. Within the limits it accepts
 * what JSON.parse accepts. Time is linear in the text.
 */
export function readJson(text: string, limits: { readonly maxDepth: number }): JsonReading {
  try {
    return { ok: true, node: new Reader(text, Math.min(limits.maxDepth, DEEPEST)).document() };
  } catch (error) {
    if (error instanceof Abandoned) return { ok: false, fault: error.fault };
    throw error;
  }
}

class Abandoned extends Error {
  constructor(readonly fault: JsonFault) {
    super(fault.message);
  }
}

/** One for all that are empty: a body full of them takes half the memory. */
const NOTHING: readonly never[] = Object.freeze([]);

const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;

class Reader {
  private at = 0;
  private values = 0;
  private lastString = { start: 0, end: -1 };
  /**
   * What the arrays and objects read so far and not yet closed hold. Each is cut off in its exact
   * size when it closes; grown one by one, a million small ones would take several times the memory.
   */
  private readonly openMembers: JsonMember[] = [];
  private readonly openItems: JsonNode[] = [];

  constructor(
    private readonly text: string,
    private readonly maxDepth: number,
  ) {}

  document(): JsonNode {
    const node = this.value(0);
    if (this.peek() !== '') this.abandon('the end of the text');
    return node;
  }

  private value(depth: number): JsonNode {
    const first = this.peek();
    const start = this.at;
    if (++this.values > MAX_VALUES) {
      throw new Abandoned(limitFault(this.text, start, 'too_many_values', MAX_VALUES));
    }
    switch (first) {
      case '{':
        return { kind: 'object', members: this.members(depth + 1), start, end: this.at };
      case '[':
        return { kind: 'array', items: this.items(depth + 1), start, end: this.at };
      case '"':
        return { kind: 'string', value: this.string(), start, end: this.at };
      case 't':
        return { kind: 'boolean', value: this.word('true', true), start, end: this.at };
      case 'f':
        return { kind: 'boolean', value: this.word('false', false), start, end: this.at };
      case 'n':
        this.word('null', null);
        return { kind: 'null', start, end: this.at };
      default:
        if (first !== '-' && !isDigit(first.charCodeAt(0))) this.abandon('a value');
        return { kind: 'number', raw: this.number(), start, end: this.at };
    }
  }

  private members(depth: number): readonly JsonMember[] {
    this.enter(depth);
    if (this.skip('}')) return NOTHING;
    const { openMembers } = this;
    const outer = openMembers.length;
    do {
      if (this.peek() !== '"') this.abandon('a property name in straight quotes');
      const start = this.at;
      const key = this.string();
      if (!this.skip(':')) this.abandon('":"');
      openMembers.push({ key, value: this.value(depth), start });
    } while (this.skip(','));
    if (!this.skip('}')) this.abandon('"," or "}"');
    return openMembers.splice(outer);
  }

  private items(depth: number): readonly JsonNode[] {
    this.enter(depth);
    if (this.skip(']')) return NOTHING;
    const { openItems } = this;
    const outer = openItems.length;
    do {
      openItems.push(this.value(depth));
    } while (this.skip(','));
    if (!this.skip(']')) this.abandon('"," or "]"');
    return openItems.splice(outer);
  }

  private enter(depth: number): void {
    if (depth > this.maxDepth) {
      throw new Abandoned(limitFault(this.text, this.at, 'too_deep', this.maxDepth));
    }
    this.at++;
  }

  private string(): string {
    const { text } = this;
    const start = this.at++;
    let isEscaped = false;
    for (let code = text.charCodeAt(this.at); code !== 0x22; code = text.charCodeAt(this.at)) {
      // Past the end the code is NaN, which is not at least a space either.
      if (!(code >= 0x20)) this.abandon('the closing quote of the string', start);
      this.at++;
      if (code === 0x5c) {
        isEscaped = true;
        this.escape(start);
      }
    }
    this.at++;
    this.lastString.start = start;
    this.lastString.end = this.at;
    // The token is known to be good here: the platform decodes its escapes in linear time.
    return isEscaped
      ? (JSON.parse(text.slice(start, this.at)) as string)
      : text.slice(start + 1, this.at - 1);
  }

  private escape(stringStart: number): void {
    const letter = this.text.charAt(this.at);
    if (letter === 'u') {
      for (let i = 0; i < 4; i++) {
        this.at++;
        if (!/^[0-9a-fA-F]$/.test(this.text.charAt(this.at))) {
          this.abandon('four hexadecimal digits after \\u', stringStart);
        }
      }
    } else if (letter === '' || !'"\\/bfnrt'.includes(letter)) {
      this.abandon('an escape (one of " \\ / b f n r t u)', stringStart);
    }
    this.at++;
  }

  private number(): string {
    const start = this.at;
    this.take('-');
    if (!this.take('0')) this.digits();
    if (this.take('.')) this.digits();
    if (this.take('eE')) {
      this.take('+-');
      this.digits();
    }
    return this.text.slice(start, this.at);
  }

  /** Consumes one of the characters if it stands right here. */
  private take(characters: string): boolean {
    const character = this.text.charAt(this.at);
    if (character === '' || !characters.includes(character)) return false;
    this.at++;
    return true;
  }

  private digits(): void {
    if (!isDigit(this.text.charCodeAt(this.at))) this.abandon('a digit');
    while (isDigit(this.text.charCodeAt(this.at))) this.at++;
  }

  private word<T>(word: string, value: T): T {
    if (!this.text.startsWith(word, this.at)) this.abandon('a value');
    this.at += word.length;
    return value;
  }

  /** The next character that is no white space, not consumed; '' at the end. */
  private peek(): string {
    let code = this.text.charCodeAt(this.at);
    while (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) {
      code = this.text.charCodeAt(++this.at);
    }
    return this.text.charAt(this.at);
  }

  private skip(character: string): boolean {
    if (this.peek() !== character) return false;
    this.at++;
    return true;
  }

  /** `stringStart` is given inside of a string. */
  private abandon(expected: string, stringStart?: number): never {
    const { at, lastString } = this;
    const endsHere = lastString.end === at ? lastString : null;
    const string = stringStart === undefined ? endsHere : { start: stringStart, end: at };
    throw new Abandoned(syntaxFault(this.text, at, expected, string));
  }
}
