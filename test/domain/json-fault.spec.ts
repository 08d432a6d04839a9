// A text that is refused is refused with the place and the reason.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonFault } from '../../src/domain/json-fault.js';
import { readJson } from '../../src/domain/json-text.js';
import { jsonText, mutatedText } from './json-texts.js';

function faultOf(text: string, maxDepth = 500): JsonFault {
  const reading = readJson(text, { maxDepth });
  if (reading.ok) throw new Error('it was accepted');
  return reading.fault;
}

describe('a fault', () => {
  it.each([
    ['', 0, 'Expected a value at line 1, column 1, found the end of the text'],
    ['[1,\n 2,\n x]', 9, 'Expected a value at line 3, column 2, found x (U+0078)'],
    ['[1,\r\n 2,\r x]', 10, 'Expected a value at line 3, column 2, found x (U+0078)'],
    ['["😀", x]', 7, 'Expected a value at line 1, column 7, found x (U+0078)'],
    ['[1,]', 3, 'Expected a value at line 1, column 4, found ] (U+005D)'],
    ['[1 2]', 3, 'Expected "," or "]" at line 1, column 4, found 2 (U+0032)'],
    ['{"a":1 2}', 7, 'Expected "," or "}" at line 1, column 8, found 2 (U+0032)'],
    ['{"a" 1}', 5, 'Expected ":" at line 1, column 6, found 1 (U+0031)'],
    [
      "{'a':1}",
      1,
      "Expected a property name in straight quotes at line 1, column 2, found ' (U+0027)",
    ],
    ['{} {}', 3, 'Expected the end of the text at line 1, column 4, found { (U+007B)'],
    ['\uFEFF{}', 0, 'Expected a value at line 1, column 1, found U+FEFF'],
    ['"a\nb"', 2, 'Expected the closing quote of the string at line 1, column 3, found U+000A'],
    [
      '"\\u12x4"',
      5,
      'Expected four hexadecimal digits after \\u at line 1, column 6, found x (U+0078)',
    ],
    ['-x', 1, 'Expected a digit at line 1, column 2, found x (U+0078)'],
  ])('in %j is at offset %i', (text, at, message) => {
    expect(faultOf(text)).toMatchObject({ kind: 'syntax', at, message });
  });

  it.each([
    ['{“DBNames”:[“mydb”,”mydb2”]}', 1, '“', 'U+201C'],
    ['{"DBNames":[”mydb"]}', 12, '”', 'U+201D'],
    ['{"DBNames”: ["mydb"]}', 9, '”', 'U+201D'],
    ['{"DBNames":["mydb”]}', 17, '”', 'U+201D'],
    ['{"a":"b",\n‘c’:1}', 10, '‘', 'U+2018'],
    ['[«a»]', 1, '«', 'U+00AB'],
    ['[＂a＂]', 1, '＂', 'U+FF02'],
    ['„a“', 0, '„', 'U+201E'],
    ['["a"”]', 4, '”', 'U+201D'],
  ])('in %j is the typographic quote at offset %i', (text, at, character, code) => {
    const fault = faultOf(text);
    expect(fault).toMatchObject({ kind: 'curly_quotes', at, character });
    expect(fault.message).toContain(
      `${character} (${code}) at line ${fault.line}, column ${fault.column}`,
    );
  });

  it('is not blamed on typographic quotes that are part of a string', () => {
    expect(faultOf('{"a": "say “hi”" x}')).toMatchObject({ kind: 'syntax', at: 17 });
    expect(faultOf('{"a": "“b”, he said", x}')).toMatchObject({ kind: 'syntax', at: 22 });
    expect(faultOf('{"a": "“b”, he said""c": 1}')).toMatchObject({ kind: 'syntax', at: 20 });
  });

  it('is the first quote wherever a text has typographic quotes for all its straight ones', () => {
    const withQuotes = jsonText.filter((text) => text.includes('"'));
    const holds = (text: string): void => {
      const curly = text.replaceAll('"', '”');
      expect(faultOf(curly)).toMatchObject({ kind: 'curly_quotes', at: curly.indexOf('”') });
    };
    fc.assert(fc.property(withQuotes, holds));
  });

  it('has the line and column of its offset', () => {
    const holds = (text: string): void => {
      const reading = readJson(text, { maxDepth: 500 });
      if (reading.ok) return;
      const { at, line, column } = reading.fault;
      const lines = text.slice(0, at).split(/\r\n|\r(?!$)|\n/);
      // A CR at the very end of what came before ends the line only when no LF follows it.
      if (lines.at(-1)?.endsWith('\r') && text.charAt(at) !== '\n') lines.push('');
      expect([line, column]).toEqual([lines.length, [...(lines.at(-1) ?? '')].length + 1]);
    };
    fc.assert(fc.property(mutatedText, holds), { numRuns: 1_000 });
  });
});

describe('the limit of values', () => {
  it('is 2,100,000, whatever they are', () => {
    const most = `[${'0,'.repeat(2_099_998)}0]`;
    expect(readJson(most, { maxDepth: 1 }).ok).toBe(true);
    expect(faultOf(`[${most}]`)).toMatchObject({
      kind: 'too_many_values',
      at: 4_199_998,
      message: 'More than 2100000 values at line 1, column 4199999',
    });
  });
});

describe('the depth limit', () => {
  it('allows as many levels as it says and names the first bracket beyond', () => {
    expect(readJson('[{"a":[1]}]', { maxDepth: 3 }).ok).toBe(true);
    expect(faultOf('[{"a":[1]}]', 2)).toMatchObject({
      kind: 'too_deep',
      at: 6,
      message: 'Nested deeper than 2 levels at line 1, column 7',
    });
    expect(readJson('1', { maxDepth: 0 }).ok).toBe(true);
    expect(faultOf('[]', 0)).toMatchObject({ kind: 'too_deep', at: 0 });
  });

  it('protects the stack even when the caller sets none', () => {
    const depth = 100_000;
    const text = '['.repeat(depth) + ']'.repeat(depth);
    expect(faultOf(text, Number.POSITIVE_INFINITY)).toMatchObject({ kind: 'too_deep', at: 1_000 });
  });
});
