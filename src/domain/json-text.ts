// Reads JSON (RFC 8259, strictly) into a tree that keeps what JSON.parse loses: the place of every
// value, the order of number-like keys, repeated keys, and numbers as they were written.
import { limitFault, type JsonFault } from './json-fault.js';
import {
  Abandoned,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  isDigit,
  JsonScanner,
  MINUS,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
} from './json-scanner.js';

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

export interface JsonLimits {
  /** Arrays and objects around a value: `[[1]]` needs 2. */
  readonly maxDepth: number;
}

/** No tree is deeper, whatever the caller's limit: so every walk over a tree may recurse. */
const DEEPEST = 1_000;

/**
 * Ten megabytes of the shortest values would take a gigabyte as a tree. Ten megabytes of database
 * names, five bytes each with quotes and comma, stay below this.
 */
const MAX_VALUES = 2_100_000;

/**
 * Within the limits it accepts what JSON.parse accepts. Time is linear in the text.
 */
export function readJson(text: string, limits: JsonLimits): JsonReading {
  // A single step: the steps of a million small values would take half as long again.
  const step = steps(text, limits, 0).next();
  if (step.done === true) return step.value;
  throw new Error('a reading without steps paused');
}

/**
 * As `readJson`. Yields after every few members or items of the outermost value and of the arrays and
 * objects right in it, so that whoever reads a long list of small things can let others have their turn.
 */
export function readJsonInSteps(text: string, limits: JsonLimits): Generator<void, JsonReading> {
  return steps(text, limits, STEPPED_DEPTH);
}

function* steps(
  text: string,
  limits: JsonLimits,
  steppedDepth: number,
): Generator<void, JsonReading> {
  try {
    const reader = new Reader(text, Math.min(limits.maxDepth, DEEPEST), steppedDepth);
    return { ok: true, node: yield* reader.document() };
  } catch (error) {
    if (error instanceof Abandoned) return { ok: false, fault: error.fault };
    throw error;
  }
}

/** One for all that are empty: a body full of them takes half the memory. */
const NOTHING: readonly never[] = Object.freeze([]);

/** Arrays and objects up to this depth are read in steps. */
const STEPPED_DEPTH = 2;

/** Members or items read in one step: a step for each would take a tenth longer. */
const STEP = 8;

class Reader extends JsonScanner {
  private values = 0;
  /**
   * What the arrays and objects read so far and not yet closed hold. Each is cut off in its exact
   * size when it closes; grown one by one, a million small ones would take several times the memory.
   */
  private readonly openMembers: JsonMember[] = [];
  private readonly openItems: JsonNode[] = [];

  constructor(
    text: string,
    private readonly maxDepth: number,
    private readonly steppedDepth: number,
  ) {
    super(text);
  }

  *document(): Generator<void, JsonNode> {
    const node = this.isStepped(0) ? yield* this.stepped(0) : this.value(0);
    if (!Number.isNaN(this.peek())) this.abandon('the end of the text');
    return node;
  }

  /** Asked first, because a generator for each small value would take a tenth longer. */
  private isStepped(depth: number): boolean {
    if (depth >= this.steppedDepth) return false;
    const first = this.peek();
    return first === OPEN_BRACE || first === OPEN_BRACKET;
  }

  /** As `value`. */
  private *stepped(depth: number): Generator<void, JsonNode> {
    const first = this.peek();
    const start = this.at;
    this.count(start);
    this.enter(depth + 1);
    if (first === OPEN_BRACKET) {
      const items = this.skip(CLOSE_BRACKET) ? NOTHING : yield* this.steppedItems(depth + 1);
      return { kind: 'array', items, start, end: this.at };
    }
    const members = this.skip(CLOSE_BRACE) ? NOTHING : yield* this.steppedMembers(depth + 1);
    return { kind: 'object', members, start, end: this.at };
  }

  private *steppedMembers(depth: number): Generator<void, readonly JsonMember[]> {
    const members: JsonMember[] = [];
    do {
      const start = this.keyStart();
      const key = this.key();
      const value = this.isStepped(depth) ? yield* this.stepped(depth) : this.value(depth);
      members.push({ key, value, start });
      if (members.length % STEP === 0) yield;
    } while (this.skip(COMMA));
    if (!this.skip(CLOSE_BRACE)) this.abandon('"," or "}"');
    return members;
  }

  private *steppedItems(depth: number): Generator<void, readonly JsonNode[]> {
    const items: JsonNode[] = [];
    do {
      items.push(this.isStepped(depth) ? yield* this.stepped(depth) : this.value(depth));
      if (items.length % STEP === 0) yield;
    } while (this.skip(COMMA));
    if (!this.skip(CLOSE_BRACKET)) this.abandon('"," or "]"');
    return items;
  }

  private value(depth: number): JsonNode {
    const first = this.peek();
    const start = this.at;
    this.count(start);
    switch (first) {
      case OPEN_BRACE:
        return { kind: 'object', members: this.members(depth + 1), start, end: this.at };
      case OPEN_BRACKET:
        return { kind: 'array', items: this.items(depth + 1), start, end: this.at };
      case QUOTE:
        return { kind: 'string', value: this.string(), start, end: this.at };
      case 0x74: // t
        return { kind: 'boolean', value: this.word('true', true), start, end: this.at };
      case 0x66: // f
        return { kind: 'boolean', value: this.word('false', false), start, end: this.at };
      case 0x6e: // n
        this.word('null', null);
        return { kind: 'null', start, end: this.at };
      default:
        if (first !== MINUS && !isDigit(first)) this.abandon('a value');
        return { kind: 'number', raw: this.number(), start, end: this.at };
    }
  }

  private members(depth: number): readonly JsonMember[] {
    this.enter(depth);
    if (this.skip(CLOSE_BRACE)) return NOTHING;
    const { openMembers } = this;
    const outer = openMembers.length;
    do {
      const start = this.keyStart();
      const key = this.key();
      openMembers.push({ key, value: this.value(depth), start });
    } while (this.skip(COMMA));
    if (!this.skip(CLOSE_BRACE)) this.abandon('"," or "}"');
    return openMembers.splice(outer);
  }

  private items(depth: number): readonly JsonNode[] {
    this.enter(depth);
    if (this.skip(CLOSE_BRACKET)) return NOTHING;
    const { openItems } = this;
    const outer = openItems.length;
    do {
      openItems.push(this.value(depth));
    } while (this.skip(COMMA));
    if (!this.skip(CLOSE_BRACKET)) this.abandon('"," or "]"');
    return openItems.splice(outer);
  }

  private keyStart(): number {
    if (this.peek() !== QUOTE) this.abandon('a property name in straight quotes');
    return this.at;
  }

  private key(): string {
    const key = this.string();
    if (!this.skip(COLON)) this.abandon('":"');
    return key;
  }

  private count(start: number): void {
    if (++this.values > MAX_VALUES) {
      throw new Abandoned(limitFault(this.text, start, 'too_many_values', MAX_VALUES));
    }
  }

  private enter(depth: number): void {
    if (depth > this.maxDepth) {
      throw new Abandoned(limitFault(this.text, this.at, 'too_deep', this.maxDepth));
    }
    this.at++;
  }
}
