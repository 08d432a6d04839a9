// Names that exist are taken as they are, names to be made follow CreateDatabase, and what a refusal
// shows of a name can do no harm where it is printed.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  mysqlNameFault,
  sameOnSqlServer,
  shown,
  sqlServerSourceFault,
  sqlServerTargetFault,
} from '../../src/domain/db-names.js';

const TRAPS = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf'];

describe('a MySQL name', () => {
  it.each([
    ...TRAPS,
    'mydb',
    'MyDb',
    'a',
    '1',
    '数据库',
    'my db',
    "o'neill",
    'a/b~c',
    'x'.repeat(64),
  ])('may be %j', (name) => {
    expect(mysqlNameFault(name)).toBeNull();
  });

  it.each([
    ['', 'The database name "" is empty or nothing but white space'],
    [' \t', 'The database name " \\t" is empty or nothing but white space'],
    ['x'.repeat(65), 'has 65 characters; at most 64 are allowed'],
    ['a\nb', 'The database name "a\\nb" contains the control character U+000A'],
    ['a\u007f', 'The database name "a\\u007f" contains the control character U+007F'],
    ['a\ud800', 'The database name "a\\ud800" contains half of a surrogate pair, U+D800'],
    ['“mydb”', 'The database name "“mydb”" contains the typographic quote “ (U+201C)'],
    ['mydb”,”mydb2', 'contains the typographic quote ” (U+201D)'],
    ['mydb ', 'The database name "mydb " ends with a space, which MySQL does not allow'],
    ['mysql', 'is a system schema of MySQL'],
    ['INFORMATION_SCHEMA', 'is a system schema of MySQL'],
    ['performance_schema', 'is a system schema of MySQL'],
    ['sys', 'is a system schema of MySQL'],
  ])('may not be %j', (name, message) => {
    expect(mysqlNameFault(name)).toContain(message);
  });
});

describe('a SQL Server source', () => {
  it.each([...TRAPS, 'srcdb', 'SrcDB', '1', '数据库', 'my db', 'select', '😀', 'x'.repeat(128)])(
    'may be %j',
    (name) => {
      expect(sqlServerSourceFault(name)).toBeNull();
    },
  );

  it.each([
    ['', 'is empty'],
    ['x'.repeat(129), 'has 129 characters; at most 128 are allowed'],
    ['a\0', 'contains the control character U+0000'],
    ['\udc00a', 'contains half of a surrogate pair, U+DC00'],
    ['”srcdb', 'contains the typographic quote ” (U+201D)'],
    ['master', 'is a system database of SQL Server'],
    ['TempDB', 'is a system database of SQL Server'],
    ['msdb ', 'is a system database of SQL Server'],
    ['model', 'is a system database of SQL Server'],
    ['distribution', 'is a system database of SQL Server'],
    ['mssqlsystemresource', 'is a system database of SQL Server'],
  ])('may not be %j', (name, message) => {
    expect(sqlServerSourceFault(name)).toContain(message);
  });

  it('is the same database whatever its case and the spaces after it', () => {
    expect(sameOnSqlServer('SrcDB ')).toBe(sameOnSqlServer('srcdb'));
    expect(sameOnSqlServer('srcdb')).not.toBe(sameOnSqlServer(' srcdb'));
  });
});

describe('a SQL Server target', () => {
  it.each(['destdb', 'a1', 'a-b_c', 'constructor', `a${'x'.repeat(63)}`])('may be %j', (name) => {
    expect(sqlServerTargetFault(name)).toBeNull();
  });

  const RULE = 'is not 2 to 64 lower-case letters, digits, "_" and "-", beginning with a letter';

  it.each([
    ...['', 'a', `a${'x'.repeat(64)}`, 'DestDB', '1db', '_db', 'db_', 'db-', 'a b', 'ä1'].map(
      (name) => [name, RULE],
    ),
    ...['数据', 'ab\n', 'a\ud800b', '__proto__', 'toString'].map((name) => [name, RULE]),
    ['destdb”', 'contains the typographic quote ” (U+201D)'],
    ['master', 'is a system database of SQL Server'],
    ...['root', 'admin', 'sa', 'guest', 'galaxy', 'select', 'writetext', 'identity_insert'].map(
      (name) => [name, 'is a keyword that RDS forbids as a name'],
    ),
  ])('may not be %j', (name, message) => {
    expect(sqlServerTargetFault(name ?? '')).toContain(message);
  });

  it('that is allowed is always one that may exist as well', () => {
    const names = fc
      .stringMatching(/^[a-z][a-z0-9_-]{0,70}$/)
      .filter((name) => sqlServerTargetFault(name) === null);
    const holds = (name: string): void => {
      expect(sqlServerSourceFault(name)).toBeNull();
    };
    fc.assert(fc.property(names, holds));
  });
});

describe('what a message shows of a name', () => {
  it('is cut, and says so', () => {
    expect(shown('x'.repeat(80))).toBe(`"${'x'.repeat(80)}"`);
    expect(shown('x'.repeat(1_000_000))).toBe(`"${'x'.repeat(80)}"…`);
  });

  it('is one line of visible characters that JSON reads back', () => {
    const holds = (name: string): void => {
      const text = shown(name);
      expect(text).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
      expect(JSON.parse(text.replace(/…$/, ''))).toBe(name.slice(0, 80));
    };
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 120 }), holds));
    holds('evil\u202egnp.exe\u2028\u200b\ud83d\u{e0001}');
  });
});
