// Inputs that have broken other services: texts, names, and values that no field can take.

/** Written out here as \u escapes where an editor would change or hide them. */
// prettier-ignore
export const NAUGHTY: readonly string[] = [
  ...['', ' ', '\t', '\n', '\r\n', '\0', 'a\0b', '\u0001\u0002\u001f', '\u007f', '\u0085', '\u00a0'],
  ...['\u200b', '\u200d', 'a\u200bb', '\ufeff', '\ufeffa', '\u2028', '\u2029', '\u180e', '\u3000'],
  ...['\u202eabc', '\u202a\u202b\u202c', '\u2066a\u2069', '\u061c', '\ufff9\ufffa', '\ufffd'],
  ...['\ud800', '\udfff', 'a\udc00b', '\ud83d', '\ude00\ud83d', '\ufffe', '\uffff', '\u{10ffff}'],
  ...['Ω≈ç√∫˜µ≤', '田中さん', '사회과학원', 'ﷺ', 'الكل في المجمو عة', 'בְּרֵאשִׁית', 'ᚠᛇᚻ', 'İıſK'],
  ...['👩‍👩‍👧‍👦', '🇺🇳', '1\ufe0f\u20e3', 'Z\u0351\u036b\u0343\u036a', 'e\u0301', '\u1e9e', 'ﬁ', '①', '١٢٣'],
  ...["'", '"', "''", '\\', '\\\\', '`', '%', '%s%s%s%n', '%d', '%00', '%0a', '%2e%2e%2f', '%ff', '&', '#'],
  ...["' OR '1'='1", '1;DROP TABLE users--', '1/0', "1' AND SLEEP(5)#", 'x" or ""="', '$where: 1'],
  ...['<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', 'javascript:alert(1)', '<!--', ']]>'],
  ...['{{7*7}}', '${7*7}', '#{7*7}', '<%= 7*7 %>', '${jndi:ldap://127.0.0.1/a}', '{{constructor}}', '$HOME'],
  ...['../../../etc/passwd', '..\\..\\boot.ini', '/dev/null', 'file:///etc/passwd', 'C:\\', 'CON', '.', '..'],
  ...['a\r\nSet-Cookie: x=1', 'a\nX-Injected: 1', '\r\n\r\n<html>', 'a\u560d\u560ab', '{"level":60}\n{"level":60}'],
  ...['; ls -la', '| id', '`id`', '$(id)', '&& reboot', '() { :; }', '*', '?', '[a', '(', '(a+)+$', '.*', '^'],
  ...['null', 'undefined', 'true', 'false', 'NaN', 'Infinity', '-0', '0x10', '1e400', '1_000', '١', '१'],
  ...['__proto__', 'constructor', 'prototype', 'toString', 'valueOf', 'hasOwnProperty', '__defineGetter__'],
  ...['mig_', 'cred_', 'bat_', 'cred_0', 'rm-', 'RM-A', 'rm-a:rm-b', 'k:v:w', ':', '{rds-import}:mig:1', '*}'],
  ...['2026-02-30T00:00:00Z', '9999-12-31T23:59:60Z', '-271821-04-20T00:00:00Z', '0000-00-00', '24:00', '99:99'],
  ...['Etc/../UTC', 'GMT+99', 'Bearer x', 'W/"x"', '"', '\\u0000', '\u001b[31mred', 'x'.repeat(5_000), '\u{1f511}'.repeat(2_000)],
];

/** Names that mean something to JavaScript's objects. */
export const PROTOTYPE_NAMES: readonly string[] = [
  ...['__proto__', 'constructor', 'prototype', 'toString', 'toJSON', 'valueOf', 'hasOwnProperty'],
  ...['__defineGetter__', '__lookupSetter__', 'isPrototypeOf', 'then', 'length', 'name', 'default'],
];

/** Values as JSON text: what no field, or not this field, can take. */
export const ODD_VALUES: readonly string[] = [
  ...[
    'null',
    'true',
    'false',
    '0',
    '-0',
    '-1',
    '1.5',
    '1e400',
    '-1e400',
    '1e-400',
    '1E+2',
    '0.1e1',
  ],
  ...[
    '9007199254740993',
    '123456789012345678901234567890',
    `1${'0'.repeat(400)}`,
    '-9223372036854775809',
  ],
  ...['"NaN"', '"Infinity"', '[]', '{}', '[[]]', '[null]', '{"":""}', '[{"a":[{}]}]', '""', '"0"'],
  ...['{"__proto__":{"isAdmin":true}}', '{"constructor":{"prototype":{"x":1}}}', '{"toString":1}'],
  ...['{"then":1}', '{"length":-1}', '{"$gt":""}', '["__proto__"]', '{"toJSON":"x"}'],
];
