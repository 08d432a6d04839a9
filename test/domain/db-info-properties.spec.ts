// Whatever is accepted survives being written and read again; whatever is not JSON, not DBInfo or
// named twice is never accepted; nothing crashes the reader.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readDbInfo, writeDbInfo, type DbInfoReading } from '../../src/domain/db-info.js';
import { sameOnSqlServer } from '../../src/domain/db-names.js';
import { readJson } from '../../src/domain/json-text.js';
import { choices, modelsWith, mutatedText, textOf } from './json-texts.js';

function read(text: string): DbInfoReading {
  const reading = readJson(text, { maxDepth: 64 });
  if (!reading.ok) throw new Error(reading.fault.message);
  return readDbInfo(reading.node, '/dbInfo', undefined);
}

/** What the reading says of the databases, without the wording. */
const gist = ({ engine, databases, violations }: DbInfoReading): unknown => ({
  engine,
  databases,
  violations: violations.map(({ code, pointer }) => [code, pointer]),
});

const traps = fc.constantFrom(
  '__proto__',
  'constructor',
  'toString',
  '10',
  '9',
  '0',
  '-1',
  'A',
  'a',
);
const anyName = fc.oneof(traps, fc.string({ unit: 'binary', maxLength: 10 }));
const target = fc.oneof(
  fc.constantFrom('aa', 'bb', 'Aa'),
  fc.stringMatching(/^[a-z][a-z0-9]{1,8}$/),
);

const nameList = fc.array(anyName, { minLength: 1, maxLength: 6 });
const pairList = fc.array(fc.tuple(anyName, target), { minLength: 1, maxLength: 6 });

const arrayText = (names: readonly string[]): string => JSON.stringify({ DBNames: names });
const objectText = (pairs: readonly (readonly [string, string])[]): string =>
  `{"DBNames":{${pairs.map((pair) => pair.map((name) => JSON.stringify(name)).join(':')).join(',')}}}`;

/** Near misses: texts about DBNames of every type, and repeated, beside other keys. */
const nearText = fc
  .tuple(modelsWith(fc.oneof(fc.constantFrom('DBNames', 'DBNames', 'x'), anyName)), choices)
  .map(([model, picks]) => textOf(model, picks));
const dbInfoText = fc.oneof(nameList.map(arrayText), pairList.map(objectText), nearText);

describe('reading DBInfo', () => {
  it('gives back, in the same order, what was written of anything it accepted', () => {
    const holds = (text: string): void => {
      const { engine, databases, violations } = read(text);
      if (violations.length > 0 || engine === null) return;
      const written = writeDbInfo(engine, databases);
      expect(read(written)).toEqual({ engine, databases, violations: [] });
      expect(writeDbInfo(engine, read(written).databases)).toBe(written);
    };
    fc.assert(fc.property(dbInfoText, holds), { numRuns: 1_000 });
  });

  it('says the same of an object and of a string that holds it', () => {
    const holds = (text: string): void => {
      const asObject = read(text);
      if (!text.trim().startsWith('{')) return;
      expect(gist(read(JSON.stringify(text)))).toEqual(gist(asObject));
    };
    fc.assert(fc.property(dbInfoText, holds), { numRuns: 500 });
  });

  it('accepts or explains, whatever the value', () => {
    const holds = (text: string): void => {
      const { engine, databases, violations } = read(text);
      expect(violations.length > 0).toBe(databases.length === 0);
      expect(violations.length > 0 || engine !== null).toBe(true);
      for (const { pointer, message } of violations) {
        expect(pointer.startsWith('/dbInfo')).toBe(true);
        expect(message).not.toBe('');
      }
    };
    const slip = mutatedText.map((text) => JSON.stringify(text));
    const anything = fc.jsonValue().map((value) => JSON.stringify({ DBNames: value }));
    fc.assert(fc.property(fc.oneof(dbInfoText, slip, fc.json(), anything), holds), {
      numRuns: 1_000,
    });
  });

  it('never lets a name of a MySQL list pass twice', () => {
    const holds = (names: string[], at: number): void => {
      const name = names[at % names.length] ?? '';
      const { violations } = read(arrayText([...names, name]));
      const last = `/dbInfo/DBNames/${names.length}`;
      const codes = violations.filter((v) => v.pointer === last).map((v) => v.code);
      expect(codes).toContain('db_name_duplicate');
    };
    fc.assert(fc.property(nameList, fc.nat(), holds));
  });

  it('reports a SQL Server source or target as named twice when it is, and only then', () => {
    const holds = (pairs: [string, string][]): void => {
      const codes = new Set(read(objectText(pairs)).violations.map(({ code }) => code));
      const sources = pairs.map(([source]) => sameOnSqlServer(source));
      expect(codes.has('source_db_duplicate')).toBe(new Set(sources).size < sources.length);
      const meetings = pairs.some(([source, one], i) =>
        pairs
          .slice(0, i)
          .some(
            ([other, two]) =>
              sameOnSqlServer(one) === sameOnSqlServer(two) &&
              sameOnSqlServer(source) !== sameOnSqlServer(other),
          ),
      );
      expect(codes.has('target_db_duplicate')).toBe(meetings);
    };
    fc.assert(fc.property(pairList, holds), { numRuns: 1_000 });
  });
});

describe('writing DBInfo', () => {
  it('is the text upstream reads, in straight quotes and the order given', () => {
    const databases = [
      { source: '10', target: 'ten' },
      { source: '9', target: 'nine' },
      { source: 'a"b', target: 'ab' },
    ];
    expect(writeDbInfo('SQLServer', databases)).toBe(
      '{"DBNames":{"10":"ten","9":"nine","a\\"b":"ab"}}',
    );
    expect(writeDbInfo('MySQL', [{ source: 'mydb', target: 'mydb' }])).toBe('{"DBNames":["mydb"]}');
  });
});
