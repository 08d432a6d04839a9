// Walks over a JSON text token by token, strictly by RFC 8259, and says where and why it cannot go on.
import { syntaxFault, type JsonFault } from './json-fault.js';

/** Thrown where a text stops being JSON. */
export class Abandoned extends Error {
  constructor(readonly fault: JsonFault) {
    super(fault.message);
  }
}

/** Codes of the characters that JSON is made of. */
export const QUOTE = 0x22;
export const COMMA = 0x2c;
export const MINUS = 0x2d;
export const COLON = 0x3a;
export const OPEN_BRACKET = 0x5b;
export const CLOSE_BRACKET = 0x5d;
export const OPEN_BRACE = 0x7b;
export const CLOSE_BRACE = 0x7d;

export const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;

export class JsonScanner {
  /** The next character that is not consumed. */
  protected at = 0;
  private lastString = { start: 0, end: -1 };

  constructor(protected readonly text: string) {}

  protected string(): string {
    const { text } = this;
    const start = this.at++;
    let isEscaped = false;
    for (let code = text.charCodeAt(this.at); code !== QUOTE; code = text.charCodeAt(this.at)) {
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

  protected number(): string {
    const start = this.at;
    this.take(MINUS);
    if (!this.take(0x30)) this.digits();
    if (this.take(0x2e)) this.digits();
    if (this.take(0x65, 0x45)) {
      this.take(0x2b, MINUS);
      this.digits();
    }
    return this.text.slice(start, this.at);
  }

  /** Consumes one of the two characters if it stands right here. */
  private take(code: number, other = code): boolean {
    const next = this.text.charCodeAt(this.at);
    if (next !== code && next !== other) return false;
    this.at++;
    return true;
  }

  private digits(): void {
    if (!isDigit(this.text.charCodeAt(this.at))) this.abandon('a digit');
    while (isDigit(this.text.charCodeAt(this.at))) this.at++;
  }

  protected word<T>(word: string, value: T): T {
    if (!this.text.startsWith(word, this.at)) this.abandon('a value');
    this.at += word.length;
    return value;
  }

  /** The code of the next character that is no white space, not consumed; NaN at the end. */
  protected peek(): number {
    let code = this.text.charCodeAt(this.at);
    while (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) {
      code = this.text.charCodeAt(++this.at);
    }
    return code;
  }

  protected skip(code: number): boolean {
    if (this.peek() !== code) return false;
    this.at++;
    return true;
  }

  /** `stringStart` is given inside of a string. */
  protected abandon(expected: string, stringStart?: number): never {
    const { at, lastString } = this;
    const endsHere = lastString.end === at ? lastString : null;
    const string = stringStart === undefined ? endsHere : { start: stringStart, end: at };
    throw new Abandoned(syntaxFault(this.text, at, expected, string));
  }
}
