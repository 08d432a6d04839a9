// Pointers name the right places, and no repeated key goes unseen.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  duplicateKeys,
  escapePointer,
  pointerTo,
  positionOf,
  positionsOf,
} from '../../src/domain/json-pointer.js';
import { readJson, type JsonNode } from '../../src/domain/json-text.js';
import { AWKWARD_KEYS, choices, modelsWith, textOf, type Model } from './json-texts.js';

function nodeOf(text: string): JsonNode {
  const reading = readJson(text, { maxDepth: 500 });
  if (!reading.ok) throw new Error(reading.fault.message);
  return reading.node;
}

const awkwardKey = fc.constantFrom(...AWKWARD_KEYS);

describe('pointers', () => {
  it('escape ~ and / as RFC 6901 wants it', () => {
    expect(pointerTo()).toBe('');
    expect(pointerTo('migrations', 17, 'dbInfo', 'a/b', 'm~n', '~1', '')).toBe(
      '/migrations/17/dbInfo/a~1b/m~0n/~01/',
    );
    expect(escapePointer('~/')).toBe('~0~1');
  });
});

describe('positions', () => {
  const text = '{"a": {"b/c": [10, {"~": true}]}, "x": 1, "x": 2}';
  const node = nodeOf(text);

  it.each([
    ['', 0],
    ['/a', 6],
    ['/a/b~1c', 14],
    ['/a/b~1c/0', 15],
    ['/a/b~1c/1/~0', 25],
    ['/x', 47],
    ['/missing', 0],
    ['/missing/deeper', 0],
    ['/a/missing', 6],
    ['/a/b~1c/2', 14],
    ['/a/b~1c/-', 14],
    ['/a/b~1c/00', 14],
    ['/a/b~1c/0/below', 15],
    ['/a/__proto__/x', 6],
    ['/a/constructor', 6],
    ['/a/b~1c/length', 14],
    ['no pointer', 0],
  ])('of %j is %i', (pointer, at) => {
    expect(positionOf(node, pointer)).toBe(at);
    expect(positionsOf(node)(pointer)).toBe(at);
  });

  it('are those of every value of a tree, and of the parent for what is not there', () => {
    const visit = (
      part: JsonNode,
      path: readonly (string | number)[],
      at: (p: string) => number,
    ): void => {
      expect(at(pointerTo(...path))).toBe(part.start);
      expect(at(pointerTo(...path, 'not there'))).toBe(part.start);
      if (part.kind === 'array') part.items.forEach((item, i) => visit(item, [...path, i], at));
      if (part.kind !== 'object') return;
      for (const { key, value } of part.members) visit(value, [...path, key], at);
    };
    const holds = (model: Model, picks: number[]): void => {
      const root = nodeOf(textOf(model, picks));
      visit(root, [], positionsOf(root));
    };
    fc.assert(fc.property(modelsWith(awkwardKey, true), choices, holds));
  });
});

describe('repeated keys', () => {
  it('are named with pointer, number and place, in the order of the text', () => {
    const text =
      '{"x": {"a":1, "\\u0061":1.0}, "y": [{"b/c":[{}], "b/c":[{}]}], "x": null, "x": 0}';
    expect(duplicateKeys(nodeOf(text))).toEqual([
      { pointer: '/x/a', key: 'a', count: 2, valuesEqual: false, at: 14 },
      { pointer: '/y/0/b~1c', key: 'b/c', count: 2, valuesEqual: true, at: 48 },
      { pointer: '/x', key: 'x', count: 3, valuesEqual: false, at: 62 },
    ]);
  });

  it.each([
    ['1', '1', true],
    ['"\\u0061"', '"a"', true],
    ['[1, {"a":null}]', '[1,{"a":null}]', true],
    ['[1]', '[1,2]', false],
    ['{"a":1}', '{"a":1,"b":2}', false],
    ['true', 'false', false],
    ['null', 'null', true],
    ['[]', '{}', false],
    ['12345678901234567890', '12345678901234567891', false],
  ])('with the values %s and %s are equal: %s', (first, second, valuesEqual) => {
    expect(duplicateKeys(nodeOf(`{"k":${first},"k":${second}}`))).toMatchObject([{ valuesEqual }]);
  });

  it('are found at every depth and in every spelling, and nothing else is', () => {
    const expected = (part: Model, path: readonly (string | number)[]): string[] => {
      if ('items' in part) return part.items.flatMap((item, i) => expected(item, [...path, i]));
      if (!('pairs' in part)) return [];
      const keys = part.pairs.map(([key]) => key);
      const repeated = [...new Set(keys)].filter(
        (key) => keys.indexOf(key) < keys.lastIndexOf(key),
      );
      const count = (key: string): number => keys.filter((other) => other === key).length;
      return [
        ...repeated.map((key) => `${pointerTo(...path, key)} ${count(key)}`),
        ...part.pairs.flatMap(([key, value]) => expected(value, [...path, key])),
      ];
    };
    const holds = (model: Model, picks: number[]): void => {
      const found = duplicateKeys(nodeOf(textOf(model, picks)));
      expect(found.map((each) => `${each.pointer} ${each.count}`).sort()).toEqual(
        expected(model, []).sort(),
      );
      expect(found.map((each) => each.at)).toEqual(
        found.map((each) => each.at).sort((a, b) => a - b),
      );
    };
    fc.assert(fc.property(modelsWith(awkwardKey), choices, holds), { numRuns: 500 });
  });
});
