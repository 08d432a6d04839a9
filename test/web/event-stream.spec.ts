// The page reads server-sent events as the HTML standard says, however the bytes are cut into pieces.
import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { EventStreamParser, type Block } from '../../src/web/event-stream.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function read(...pieces: readonly (string | Uint8Array)[]): readonly Block[] {
  const parser = new EventStreamParser();
  return pieces.flatMap((piece) => parser.push(typeof piece === 'string' ? bytes(piece) : piece));
}

describe('the stream of events', () => {
  it.each([
    [
      'a whole event',
      'id: evt_1\nevent: a\ndata: {}\n\n',
      [{ type: 'a', id: 'evt_1', data: '{}' }],
    ],
    ['a place alone', 'id: evt_1\n\n', [{ type: 'message', id: 'evt_1', data: null }]],
    ['a comment', ': still here\n\n', []],
    ['data of two lines', 'data: a\ndata:b\n\n', [{ type: 'message', id: null, data: 'a\nb' }]],
    ['lines that end with CR', 'data: a\r\rdata: b\r\r.', ['a', 'b'].map(plain)],
    ['lines that end with CRLF', 'data: a\r\n\r\ndata: b\r\n\r\n', ['a', 'b'].map(plain)],
    ['an event that is not ended', 'data: a\n', []],
    ['fields of no meaning', 'retry: 5\nfoo\ndata: a\n\n', [plain('a')]],
    ['no more than one space is cut off', 'data:  a\n\n', [plain(' a')]],
    ['an id with a NUL', 'id: a\0b\ndata: a\n\n', [plain('a')]],
  ])('%s', (_, text, blocks) => {
    expect(read(text)).toEqual(blocks);
  });

  it('the type and the id of one event are not those of the next', () => {
    const [, second] = read('event: a\nid: 1\ndata: x\n\ndata: y\n\n');
    expect(second).toEqual(plain('y'));
  });

  it('is the same wherever it is cut, also within a letter and within a CRLF', () => {
    const text = 'id: evt_1\r\nevent: ä\r\ndata: {"name":"Zürich 🚚"}\r\n\r\n:x\n\ndata: b\n\n';
    const whole = read(text);
    expect(whole).toHaveLength(2);
    fc.assert(
      fc.property(fc.array(fc.nat(bytes(text).length), { maxLength: 6 }), (cuts) => {
        const all = bytes(text);
        const places = [0, ...cuts.toSorted((a, b) => a - b), all.length];
        const pieces = places.slice(1).map((to, index) => all.slice(places[index], to));
        expect(read(...pieces)).toEqual(whole);
      }),
    );
  });
});

function plain(data: string): Block {
  return { type: 'message', id: null, data };
}
