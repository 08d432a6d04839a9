// The reader accepts what JSON.parse accepts, gives the same values, and loses neither place nor order.
import { deepStrictEqual } from 'node:assert/strict';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plain } from '../support/json-plain.js';
import {
  readJson,
  readJsonInSteps,
  type JsonNode,
  type JsonReading,
} from '../../src/domain/json-text.js';
import { jsonText, mutatedText } from './json-texts.js';

const read = (text: string): JsonReading => readJson(text, { maxDepth: 500 });

function nodeOf(text: string): JsonNode {
  const reading = read(text);
  if (!reading.ok) throw new Error(reading.fault.message);
  return reading.node;
}

function parse(text: string): { readonly value: unknown } | null {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return null;
  }
}

function expectAgreement(text: string): void {
  const parsed = parse(text);
  const reading = read(text);
  expect(reading.ok).toBe(parsed !== null);
  if (!reading.ok || parsed === null) return;
  // Vitest's own strict equality takes a property named `constructor` for the class of the object.
  deepStrictEqual(plain(reading.node), parsed.value);
  expect(JSON.stringify(plain(reading.node))).toBe(JSON.stringify(parsed.value));
}

function everyNode(node: JsonNode): JsonNode[] {
  if (node.kind === 'array') return [node, ...node.items.flatMap(everyNode)];
  if (node.kind === 'object') return [node, ...node.members.flatMap((m) => everyNode(m.value))];
  return [node];
}

const ACCEPTED = [
  ...['0', '-0', '-1', '1.5', '0.0', '0e0', '1E+2', '1e-2', '123456789012345678901234567890'],
  ...[
    '""',
    '"\\u0000"',
    '"\\ud83d\\ude00"',
    '"\\ud800"',
    '"\ud800"',
    '"\u007f"',
    '"\u2028"',
    '"\uFEFF"',
  ],
  ...['"\\"\\\\\\/\\b\\f\\n\\r\\t"', '"\\uABCD\\uabcd"', '"“mydb”"', 'true', 'false', 'null'],
  ...['[]', '[ ]', '{}', '{ }', '[[]]', '[null,1]', ' \t\r\n[1]\n', '{"":0}', '{"a":1,"a":2}'],
  ...['{"__proto__":{"a":1}}', '{"b":1,"2":1,"1":1}', '{"a":{"__proto__":null,"__proto__":7}}'],
];

const REFUSED = [
  ...[
    '',
    ' ',
    '\uFEFF1',
    '1 2',
    '[',
    ']',
    '{',
    '}',
    '[1',
    '[1,',
    '[1,]',
    '[,1]',
    '[1,,2]',
    '[1 2]',
  ],
  ...[
    '{"a"}',
    '{"a":}',
    '{"a":1,}',
    '{,}',
    '{a:1}',
    "{'a':1}",
    '{1:1}',
    '{"a":1 "b":2}',
    '{"a"::1}',
  ],
  ...[
    '01',
    '-',
    '-01',
    '+1',
    '.5',
    '1.',
    '1.e1',
    '1e',
    '1e+',
    '0x1',
    'NaN',
    'Infinity',
    '1_0',
    '--1',
  ],
  ...[
    '"',
    '"a',
    "'a'",
    '"\\x"',
    '"\\"',
    '"\\u"',
    '"\\u00"',
    '"\\u00g0"',
    '"\n"',
    '"\t"',
    '"\0"',
    '"\\',
  ],
  ...[
    'tru',
    'True',
    'nul',
    'truex',
    'nullnull',
    '// a\n1',
    '1 /* a */',
    '[1]\u00a0',
    '\v1',
    '\f1',
    '\u20281',
  ],
];

describe('reading JSON', () => {
  it.each(ACCEPTED)('accepts %j as JSON.parse does', (text) => {
    expect(parse(text)).not.toBeNull();
    expectAgreement(text);
  });

  it.each(REFUSED)('refuses %j as JSON.parse does', (text) => {
    expect(parse(text)).toBeNull();
    expectAgreement(text);
  });

  it('accepts every valid text and gives the values JSON.parse gives', () => {
    fc.assert(fc.property(jsonText, expectAgreement), { numRuns: 500 });
  });

  it('agrees with JSON.parse on every text that is one slip away from valid', () => {
    fc.assert(fc.property(mutatedText, expectAgreement), { numRuns: 2_000 });
  });

  it('agrees with JSON.parse on any text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), expectAgreement), { numRuns: 500 });
  });

  it('gives for every value the very piece of the text that it was read from', () => {
    const holds = (text: string): void => {
      for (const node of everyNode(nodeOf(text))) {
        const piece = text.slice(node.start, node.end);
        expect(piece).toBe(piece.trim());
        deepStrictEqual(plain(node), JSON.parse(piece));
      }
    };
    fc.assert(fc.property(jsonText, holds), { numRuns: 300 });
  });

  it('keeps repeated keys, the order of number-like keys and their places', () => {
    const node = nodeOf('{"10":1, "9":2, "\\u0039":3}');
    expect(node.kind === 'object' && node.members.map((m) => [m.key, m.start])).toEqual([
      ['10', 1],
      ['9', 9],
      ['9', 16],
    ]);
  });

  it('keeps numbers as they were written', () => {
    const node = nodeOf('85265475235123456789.0');
    expect(node).toMatchObject({ kind: 'number', raw: '85265475235123456789.0' });
  });
});

describe('reading in steps', () => {
  const stepsOf = (text: string): number => {
    const reading = readJsonInSteps(text, { maxDepth: 500 });
    let steps = 0;
    for (let step = reading.next(); step.done !== true; step = reading.next()) steps += 1;
    return steps;
  };

  it('lets go every few items of a list in the body, but not inside of them', () => {
    const item = '{"a":[1,2,3,4,5,6,7,8,9]}';
    const list = (count: number): string => `[${Array(count).fill(item).join(',')}]`;
    expect(stepsOf(`{"name":"x","migrations":${list(80)}}`)).toBe(10);
    expect(stepsOf(list(80))).toBe(10);
    expect(stepsOf(`{"one":${item}}`)).toBe(0);
  });

  it('tells a fault behind the first steps as it tells one before them', () => {
    const text = `{"migrations":[${'1,'.repeat(100)}]}`;
    expect(read(text)).toMatchObject({ ok: false, fault: { at: text.length - 2, kind: 'syntax' } });
  });
});

describe('plain values', () => {
  it('hold __proto__ as a property that changes no prototype', () => {
    const value = plain(nodeOf('{"__proto__": {"isAdmin": true}, "constructor": 1}'));
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(Object.keys(value as object)).toEqual(['__proto__', 'constructor']);
    expect((value as { isAdmin?: boolean }).isAdmin).toBeUndefined();
    expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined();
  });
});
