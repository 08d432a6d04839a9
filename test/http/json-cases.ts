// JSON in all the ways a parser can meet it: each atom in each frame, whole and broken, and bytes that are no text.

const ATOMS = ['1', '"a"', 'null', 'true', '[]', '{}', '"\\ud83d\\ude00"', '-0.5e-3'];
// prettier-ignore
const BROKEN_ATOMS = [
  ...['01', '-', '+1', '.5', '1.', '1e', '1e+', '0x1', '1_0', 'NaN', 'Infinity', '-Infinity', '-01', '2.e3'],
  ...['nul', 'NULL', 'True', 'tru', 'undefined', "'a'", '"a', 'a"', '"\\x"', '"\\u12"', '"\\u00G0"', '"\\"'],
  ...['"\t"', '"\n"', '"\0"', '“a”', '`a`', '/*c*/1', '1//c', '#', '@', '\u00e9', '\u200b1', '1\u00a0'],
  ...['<!', '*', ',', ':', '[', ']', '{', '}', '(1)', '1 2', '"a""b"', '\\u0031', '--1', '1-', '1e1e1', '1.1.1'],
];

/** `y`: every parser must take it; `n`: none may; `i`: it may go either way. */
export interface JsonCase {
  readonly kind: 'y' | 'n' | 'i';
  readonly text: Buffer;
}

const utf8 = (kind: JsonCase['kind'], text: string): JsonCase => ({
  kind,
  text: Buffer.from(text),
});
const raw = (kind: JsonCase['kind'], ...bytes: readonly number[]): JsonCase => ({
  ...{ kind, text: Buffer.from(bytes) },
});

/** Each atom in each frame; broken if either is. */
export function jsonCases(): readonly JsonCase[] {
  const whole = [
    ...[(a: string) => a, (a: string) => `[${a}]`, (a: string) => `{"k":${a}}`],
    ...[(a: string) => ` \t\r\n${a} \n`, (a: string) => `[1,${a},"z"]`],
    ...[(a: string) => `{"a":{"b":[${a}]}}`, (a: string) => `{"":${a},"\\u0061":${a}}`],
  ];
  const broken = [
    ...[
      (a: string) => `[${a}`,
      (a: string) => `${a}]`,
      (a: string) => `[${a},]`,
      (a: string) => `[,${a}]`,
    ],
    ...[
      (a: string) => `[${a},,1]`,
      (a: string) => `[${a} 1]`,
      (a: string) => `{"k":${a}`,
      (a: string) => `{k:${a}}`,
    ],
    ...[
      (a: string) => `{"k" ${a}}`,
      (a: string) => `{"k":${a},}`,
      (a: string) => `{${a}:1,}`,
      (a: string) => `{"k"::${a}}`,
    ],
    ...[
      (a: string) => `${a} x`,
      (a: string) => `${a};`,
      (a: string) => `[${a}}`,
      (a: string) => `{"k":${a}]`,
    ],
    ...[
      (a: string) => `{'k':${a}}`,
      (a: string) => `[${a}/*c*/]`,
      (a: string) => `[${a}\u0000]`,
      (a: string) => `x${a}`,
    ],
  ];
  return [
    ...whole.flatMap((frame) => ATOMS.map((atom) => utf8('y', frame(atom)))),
    ...whole.flatMap((frame) => BROKEN_ATOMS.map((atom) => utf8('n', frame(atom)))),
    ...broken.flatMap((frame) => ATOMS.map((atom) => utf8('n', frame(atom)))),
    ...['', ' ', '\n', '\u0000'].map((text) => utf8('n', text)),
    ...['"\\ud800"', '"\\udc00\\ud800"', '1e400', '[-1e-9999]', '{"a":1,"a":2}'].map((text) =>
      utf8('i', text),
    ),
    utf8('i', '\ufeff{}'),
    raw('n', 0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00),
    raw('i', 0x22, 0xff, 0x22),
    raw('i', 0x22, 0xc0, 0xaf, 0x22),
    raw('i', 0x22, 0xed, 0xa0, 0x80, 0x22),
    raw('i', 0x5b, 0x22, 0xe2, 0x82, 0x22, 0x5d),
    raw('n', 0x7b, 0xc3, 0x7d),
    raw('n', 0x1f, 0x8b, 0x08, 0x00),
  ];
}
