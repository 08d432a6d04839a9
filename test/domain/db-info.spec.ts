// Each rule of DBInfo has its code and its pointer, all broken rules are told at once, and both
// forms, object and string, are held to the same.
import { describe, expect, it } from 'vitest';
import { readDbInfo, writeDbInfo, type DbInfoReading } from '../../src/domain/db-info.js';
import { readJson } from '../../src/domain/json-text.js';

/** `text` is the value of dbInfo as it stands in a body. */
function read(text: string, engine?: unknown, pointer = '/dbInfo'): DbInfoReading {
  const reading = readJson(text, { maxDepth: 64 });
  if (!reading.ok) throw new Error(reading.fault.message);
  return readDbInfo(reading.node, pointer, engine);
}

const told = ({ violations }: DbInfoReading): string[] =>
  violations.map(({ code, pointer }) => `${code} ${pointer}`);

const messages = ({ violations }: DbInfoReading): string =>
  violations.map(({ message }) => message).join('\n');

const names = (count: number): string =>
  JSON.stringify({ DBNames: Array.from({ length: count }, (_, i) => `db${i}`) });

const pairs = (count: number): string =>
  `{"DBNames":{${Array.from({ length: count }, (_, i) => `"s${i}":"t${i}"`).join(',')}}}`;

describe.each([
  ['an object', (text: string) => text],
  ['a string', (text: string) => JSON.stringify(text)],
])('dbInfo as %s', (_, form) => {
  it('with an array is MySQL, the same name on both sides', () => {
    expect(read(form('{"DBNames": ["mydb", "mydb2"]}'))).toEqual({
      engine: 'MySQL',
      databases: [
        { source: 'mydb', target: 'mydb' },
        { source: 'mydb2', target: 'mydb2' },
      ],
      violations: [],
    });
  });

  it('with an object is SQL Server, from source to target in the order written', () => {
    expect(read(form('{"DBNames": {"srcdb": "destdb", "10": "ten", "9": "nine"}}'))).toEqual({
      engine: 'SQLServer',
      databases: [
        { source: 'srcdb', target: 'destdb' },
        { source: '10', target: 'ten' },
        { source: '9', target: 'nine' },
      ],
      violations: [],
    });
  });

  it('loses no name that JavaScript has a use for', () => {
    const traps = '"__proto__": "proto", "constructor": "constructor", "toString": "ts"';
    const { databases, violations } = read(form(`{"DBNames": {${traps}}}`));
    expect(violations).toEqual([]);
    expect(databases.map((pair) => pair.source)).toEqual(['__proto__', 'constructor', 'toString']);
    expect(writeDbInfo('SQLServer', databases)).toBe(
      '{"DBNames":{"__proto__":"proto","constructor":"constructor","toString":"ts"}}',
    );
  });

  it.each([
    ['{}', ['db_names_missing /dbInfo']],
    ['{"dbNames":["a"]}', ['db_names_missing /dbInfo', 'unknown_property /dbInfo/dbNames']],
    ['{"a/b":1,"DBNames":["a"]}', ['unknown_property /dbInfo/a~1b']],
    ['{"x":{"DBNames":1,"DBNames":2},"x":1,"DBNames":["a"]}', ['unknown_property /dbInfo/x']],
    ['{"DBNames":["a"],"DBNames":["a"]}', ['duplicate_property /dbInfo/DBNames']],
    ['{"DBNames":["a"],"\\u0044BNames":{}}', ['duplicate_property /dbInfo/DBNames']],
    ['{"DBNames":"a"}', ['db_names_wrong_type /dbInfo/DBNames']],
    ['{"DBNames":null}', ['db_names_wrong_type /dbInfo/DBNames']],
    ['{"DBNames":1}', ['db_names_wrong_type /dbInfo/DBNames']],
    ['{"DBNames":[]}', ['db_names_empty /dbInfo/DBNames']],
    ['{"DBNames":{}}', ['db_names_empty /dbInfo/DBNames']],
    ['{"DBNames":["a",1,null,["b"]]}', [1, 2, 3].map((i) => `wrong_type /dbInfo/DBNames/${i}`)],
    ['{"DBNames":["a","mysql",""]}', [1, 2].map((i) => `db_name_invalid /dbInfo/DBNames/${i}`)],
    ['{"DBNames":["“mydb”"]}', ['db_name_invalid /dbInfo/DBNames/0']],
    [
      '{"DBNames":["a","b","a","\\u0061"]}',
      [2, 3].map((i) => `db_name_duplicate /dbInfo/DBNames/${i}`),
    ],
    ['{"DBNames":{"a":"aa","b":7}}', ['wrong_type /dbInfo/DBNames/b']],
    ['{"DBNames":{"a/b":"Bad","m~n":"ok"}}', ['db_name_invalid /dbInfo/DBNames/a~1b']],
    ['{"DBNames":{"master":"Master"}}', Array(2).fill('db_name_invalid /dbInfo/DBNames/master')],
    ['{"DBNames":{"a":"aa","a":"bb"}}', ['source_db_duplicate /dbInfo/DBNames/a']],
    ['{"DBNames":{"a":"aa","a":"aa"}}', ['source_db_duplicate /dbInfo/DBNames/a']],
    ['{"DBNames":{"a":"aa","\\u0061":"bb"}}', ['source_db_duplicate /dbInfo/DBNames/a']],
    ['{"DBNames":{"Src":"aa","SRC":"bb"}}', ['source_db_duplicate /dbInfo/DBNames/SRC']],
    [
      '{"DBNames":{"__proto__":"aa","__proto__":"bb"}}',
      ['source_db_duplicate /dbInfo/DBNames/__proto__'],
    ],
    ['{"DBNames":{"a":"xx","b":"xx"}}', ['target_db_duplicate /dbInfo/DBNames/b']],
    [
      '{"DBNames":{"a":"xx","b":"XX"}}',
      ['db_name_invalid /dbInfo/DBNames/b', 'target_db_duplicate /dbInfo/DBNames/b'],
    ],
    [
      '{"DBNames":{"a":"xx","b":"yy","a":"yy"}}',
      ['source_db_duplicate /dbInfo/DBNames/a', 'target_db_duplicate /dbInfo/DBNames/a'],
    ],
    [names(501), ['too_many_databases /dbInfo/DBNames']],
    [pairs(501), ['too_many_databases /dbInfo/DBNames']],
  ])('saying %.90s breaks exactly the rules it breaks', (text, violations) => {
    const reading = read(form(text));
    expect(told(reading)).toEqual(violations);
    expect(reading.databases).toEqual([]);
  });

  it('tells all that is wrong, in the order of the text, below any pointer', () => {
    const text = '{"first":0,"DBNames":["","ok",5,"ok"],"last":0}';
    expect(told(read(form(text), 'SQLServer', '/migrations/17/dbInfo'))).toEqual([
      'engine_shape_mismatch /migrations/17/engine',
      'unknown_property /migrations/17/dbInfo/first',
      'db_name_invalid /migrations/17/dbInfo/DBNames/0',
      'wrong_type /migrations/17/dbInfo/DBNames/2',
      'db_name_duplicate /migrations/17/dbInfo/DBNames/3',
      'unknown_property /migrations/17/dbInfo/last',
    ]);
  });

  it('may name 500 databases', () => {
    expect(read(form(names(500))).databases).toHaveLength(500);
    expect(read(form(pairs(500))).databases).toHaveLength(500);
  });

  it('that is hostile gets an answer far smaller than itself', () => {
    const many = '"",'.repeat(100_000);
    const unknown = Array.from({ length: 100_000 }, (_unused, i) => `"${i}":0`).join(',');
    const reading = read(form(`{"DBNames":[${many}""],${unknown}}`));
    expect(reading.violations.length).toBeLessThan(1_100);
    expect(told(reading)[0]).toBe('too_many_databases /dbInfo/DBNames');
  });
});

describe('a string in dbInfo', () => {
  it.each([
    ['', 'line 1, column 1, found the end of the text'],
    ['DBNames', 'line 1, column 1, found D (U+0044)'],
    ['{"DBNames":\n["a",]}', 'line 2, column 6, found ] (U+005D)'],
    ["{'DBNames':['a']}", "line 1, column 2, found ' (U+0027)"],
    ['['.repeat(100), 'Nested deeper than 64 levels at line 1, column 65'],
  ])('that is not JSON (%.20j) is told where', (text, where) => {
    const reading = read(JSON.stringify(text));
    expect(told(reading)).toEqual(['db_info_not_json /dbInfo']);
    expect(messages(reading)).toContain(where);
  });

  it.each([
    ['{“DBNames”:[“mydb”,”mydb2”]}', '“ (U+201C) at line 1, column 2'],
    ['{“DBNames”:{“srcdb”:”destdb”,”srcdb2”:”destmydb2”}}', '“ (U+201C) at line 1, column 2'],
    ['{"DBNames":[“mydb”]}', '“ (U+201C) at line 1, column 13'],
    ['{"DBNames”: ["mydb"]}', '” (U+201D) at line 1, column 10'],
  ])('with the quotes of the upstream manual (%j) names the quote and its place', (text, where) => {
    const reading = read(JSON.stringify(text));
    expect(told(reading)).toEqual(['db_info_curly_quotes /dbInfo']);
    expect(messages(reading)).toContain(where);
  });

  it.each(['[1]', '"{}"', '5', 'null', 'true'])('that holds %s is of the wrong type', (text) => {
    expect(told(read(JSON.stringify(text)))).toEqual(['wrong_type /dbInfo']);
  });
});

describe('dbInfo', () => {
  it.each(['5', '[]', 'null', 'true'])('that is %s is of the wrong type', (text) => {
    expect(told(read(text))).toEqual(['wrong_type /dbInfo']);
  });

  it('names the typographic quote inside of a name', () => {
    expect(messages(read('{"DBNames":["mydb”,”mydb2"]}'))).toContain(
      'typographic quote ” (U+201D)',
    );
  });
});

describe('the engine beside it', () => {
  const mysql = '{"DBNames":["a"]}';
  const sqlServer = '{"DBNames":{"a":"aa"}}';

  it.each([
    [mysql, undefined, []],
    [mysql, 'MySQL', []],
    [sqlServer, undefined, []],
    [sqlServer, 'SQLServer', []],
    [mysql, 'SQLServer', ['engine_shape_mismatch /engine']],
    [sqlServer, 'MySQL', ['engine_shape_mismatch /engine']],
    [mysql, 'mysql', ['engine_unsupported /engine']],
    [mysql, 'PostgreSQL', ['engine_unsupported /engine']],
    [mysql, '', ['engine_unsupported /engine']],
    [mysql, '__proto__', ['engine_unsupported /engine']],
    [mysql, null, ['wrong_type /engine']],
    [mysql, 5, ['wrong_type /engine']],
    ['{}', 'MySQL', ['db_names_missing /dbInfo']],
    ['{}', 'Oracle', ['engine_unsupported /engine', 'db_names_missing /dbInfo']],
  ])('of %s may be left out or must agree: %j', (text, engine, violations) => {
    expect(told(read(text, engine))).toEqual(violations);
  });
});
