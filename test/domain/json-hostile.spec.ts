// A body shaped to hurt is read or refused as any other, without overflowing the stack; how fast is for `npm run bench`.
import { describe, expect, it } from 'vitest';
import { plain } from '../support/json-plain.js';
import { lengthOf } from '../support/sampling.js';
import { duplicateKeys, positionsOf } from '../../src/domain/json-pointer.js';
import { readJson, type JsonNode } from '../../src/domain/json-text.js';

/** The largest body allowed, which an exhaustive run reads; a tenth of it has the same shapes. */
const LARGEST = 10 * 1024 * 1024;
const SIZE = lengthOf(LARGEST / 10, LARGEST);

const filled = (open: string, piece: string, close: string, size = SIZE): string =>
  open + piece.repeat(Math.floor(size / piece.length) - 1) + close;

function nodeOf(text: string): JsonNode {
  const reading = readJson(text, { maxDepth: 64 });
  if (!reading.ok) throw new Error(reading.fault.message);
  return reading.node;
}

describe('megabytes', () => {
  it.each([
    ['opening brackets', '['.repeat(SIZE), 'too_deep'],
    ['objects in objects', '{"a":'.repeat(SIZE / 5), 'too_deep'],
    ['a string without an end', filled('"', 'x', ''), 'syntax'],
    ['typographic quotes in a string without an end', filled('"', '”  ', ''), 'syntax'],
    ['white space after a typographic quote', filled('"”', ' ', ''), 'syntax'],
    ['empty lines', filled('[', '\n', 'x'), 'syntax'],
    ['short numbers', filled('[', '0,', '0]', LARGEST), 'too_many_values'],
    ['empty objects', filled('[', '{},', '0]', LARGEST), 'too_many_values'],
    ['short arrays', filled('[', '[0],', '0]', LARGEST), 'too_many_values'],
  ])('of %s are refused', (_, text, kind) => {
    const reading = readJson(text, { maxDepth: 64 });
    expect(reading).toMatchObject({ ok: false, fault: { kind } });
  });

  it.each([
    ['one string', filled('"', 'x', '"')],
    ['one string of escapes', filled('"', '\\u0061', '"')],
    ['one number', '1'.repeat(SIZE)],
    ['the shortest names', filled('[', '"db",', '0]')],
    ['small objects', filled('[', '{"key":1,"name":[2]},', '0]')],
    ['white space', filled('', ' ', '1')],
  ])('of %s are read', (_, text) => {
    const node = nodeOf(text);
    expect(node.end).toBe(text.length);
  });

  it('of one repeated key are counted and made plain', () => {
    const text = filled('{', '"a":1,', '"a":2}');
    const [only, ...others] = duplicateKeys(nodeOf(text));
    expect(only).toMatchObject({ pointer: '/a', count: Math.floor(SIZE / 6) });
    expect(others).toEqual([]);
    expect(plain(nodeOf(text))).toEqual({ a: 2 });
  });

  it('with each of many keys repeated do not overflow the stack', () => {
    const count = lengthOf(50_000, 300_000);
    const pairs = Array.from({ length: count }, (_, i) => `"${i}":1,"${i}":1`);
    expect(duplicateKeys(nodeOf(`{${pairs.join(',')}}`))).toHaveLength(count);
  });
});

describe('positions', () => {
  it('of every item of the largest batch are found, each after the one before', () => {
    const item =
      '{"sourceInstanceId":"rm-a","targetInstanceId":"rm-b","dbInfo":{"DBNames":["a","b"]}}';
    const node = nodeOf(`{"migrations":[${Array.from({ length: 10_000 }, () => item).join(',')}]}`);
    const at = positionsOf(node);
    const positions = Array.from({ length: 10_000 }, (_, i) =>
      at(`/migrations/${i}/dbInfo/DBNames/1`),
    );
    expect(positions).toEqual([...new Set(positions)].toSorted((a, b) => a - b));
  });

  it('of every member of one large object are found, each after the one before', () => {
    const count = lengthOf(20_000, 200_000);
    const members = Array.from({ length: count }, (_, i) => `"k${i}":${i}`);
    const node = nodeOf(`{${members.join(',')}}`);
    const at = positionsOf(node);
    const positions = Array.from({ length: count }, (_, i) => at(`/k${i}`));
    expect(positions).toEqual([...new Set(positions)].toSorted((a, b) => a - b));
  });
});
