/**
 * Reads text/event-stream: bytes in, in any pieces; blocks out, whole and in order.
 *
 * As the HTML standard says: lines end with LF, CR or CRLF, a line that begins with a colon is a comment,
 * `data` lines of a block are joined with LF, an `id` with a NUL in it is ignored. A block that is not
 * ended is not told.
 */

export interface Block {
  /** `message` where the block names none. */
  readonly type: string;
  /** The place after this block; null where the block has no id. */
  readonly id: string | null;
  /** Null for a block without data: it only moves the place. */
  readonly data: string | null;
}

export class EventStreamParser {
  private readonly decoder = new TextDecoder();
  private rest = '';
  private type = '';
  private id: string | null = null;
  private data: string[] = [];

  push(bytes: Uint8Array): readonly Block[] {
    this.rest += this.decoder.decode(bytes, { stream: true });
    const blocks: Block[] = [];
    for (let line = this.nextLine(); line !== null; line = this.nextLine()) {
      const block = line === '' ? this.endBlock() : this.takeLine(line);
      if (block !== null) blocks.push(block);
    }
    return blocks;
  }

  /** A CR at the very end may be the first half of a CRLF: it waits for the next piece. */
  private nextLine(): string | null {
    const found = /\r\n|\n|\r(?!$)/.exec(this.rest);
    if (found === null) return null;
    const line = this.rest.slice(0, found.index);
    this.rest = this.rest.slice(found.index + found[0].length);
    return line;
  }

  private takeLine(line: string): null {
    const colon = line.indexOf(':');
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'event') this.type = value;
    else if (name === 'data') this.data.push(value);
    else if (name === 'id' && !value.includes('\0')) this.id = value;
    return null;
  }

  private endBlock(): Block | null {
    const { type, id, data } = this;
    this.type = '';
    this.id = null;
    this.data = [];
    if (id === null && data.length === 0) return null;
    return {
      ...{ type: type === '' ? 'message' : type, id },
      data: data.length === 0 ? null : data.join('\n'),
    };
  }
}
