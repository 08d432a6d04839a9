// A caller's traceparent is believed when it keeps the rules of the W3C, and else it is as if it had sent none.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseTraceparent, writeTraceparent } from '../../src/domain/traceparent.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';
const HEX = '0123456789abcdef'.split('');
const place = { traceId: TRACE, spanId: SPAN, isSampled: true };

test.each([
  ['of the first version', `00-${TRACE}-${SPAN}-01`, place],
  ['that is not sampled', `00-${TRACE}-${SPAN}-00`, { ...place, isSampled: false }],
  ['with flags that are not known yet', `00-${TRACE}-${SPAN}-ff`, place],
  ['whose other flags alone are set', `00-${TRACE}-${SPAN}-02`, { ...place, isSampled: false }],
  ['of a later version', `cc-${TRACE}-${SPAN}-01`, place],
  ['of a later version that says more', `cc-${TRACE}-${SPAN}-01-what-ever`, place],
])('one %s is read', (_what, text, expected) => {
  expect(parseTraceparent(text)).toEqual(expected);
});

test.each([
  ['missing', undefined],
  ['null', null],
  ['empty', ''],
  ['of a version that is never given', `ff-${TRACE}-${SPAN}-01`],
  ['of the first version with more at its end', `00-${TRACE}-${SPAN}-01-more`],
  ['of a later version whose end is not set apart', `cc-${TRACE}-${SPAN}-01.more`],
  ['in upper case', `00-${TRACE.toUpperCase()}-${SPAN}-01`],
  ['with a trace id of zeros', `00-${'0'.repeat(32)}-${SPAN}-01`],
  ['with a span id of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
  ['with a short trace id', `00-${TRACE.slice(1)}-${SPAN}-01`],
  ['with a long span id', `00-${TRACE}-${SPAN}a-01`],
  ['with something that is not hex', `00-${TRACE.slice(1)}g-${SPAN}-01`],
  ['without flags', `00-${TRACE}-${SPAN}`],
  ['with one digit of flags', `00-${TRACE}-${SPAN}-1`],
  ['with blanks around it', ` 00-${TRACE}-${SPAN}-01 `],
  ['sent twice', `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`],
  ['with a line break', `00-${TRACE}-${SPAN}-01\n`],
  ['endless', `cc-${TRACE}-${SPAN}-01-${'x'.repeat(10_000)}`],
])('one that is %s is none', (_what, text) => {
  expect(parseTraceparent(text)).toBeNull();
});

test('whatever is written is read as it was', () => {
  const hex = (length: number) =>
    fc
      .string({
        unit: fc.constantFrom(...HEX),
        minLength: length,
        maxLength: length,
      })
      .filter((text) => !/^0+$/.test(text));
  const places = fc.record({ traceId: hex(32), spanId: hex(16), isSampled: fc.boolean() });
  fc.assert(
    fc.property(places, (one) => {
      expect(parseTraceparent(writeTraceparent(one))).toEqual(one);
    }),
  );
});

test('no text makes it fail', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (text) => {
      expect(() => parseTraceparent(text)).not.toThrow();
    }),
  );
});
