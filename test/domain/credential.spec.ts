// A masked AccessKeyId shows enough to recognise it and too little to use it.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { maskKeyId } from '../../src/domain/credential.js';

test.each([
  ['LTAI5tExampleKeyId9xYz', 'LTAI****9xYz'],
  ['ABCDEFGHIJKL', 'ABCD****IJKL'],
  ['ABCDEFGHIJK', 'AB****JK'],
  ['ABCD', 'A****D'],
  ['ABC', '****'],
  ['', '****'],
])('%j is shown as %j', (id, shown) => expect(maskKeyId(id)).toBe(shown));

test('a short id never shows more than half of itself, a long one never more than eight characters', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), (id) => {
      const visible = [...maskKeyId(id)].length - 4;
      const length = [...id].length;
      expect(visible).toBeLessThanOrEqual(length < 12 ? length / 2 : 8);
    }),
  );
});
