// JSON texts of every spelling for the properties: odd white space, escapes, repeated and awkward keys.
import fc from 'fast-check';

export const AWKWARD_KEYS = [
  'a',
  'b',
  '',
  '0',
  '1',
  '10',
  'a/b',
  'm~n',
  '~1',
  '__proto__',
  'constructor',
];

/** What a text says, repeated keys included. Scalars carry their text. */
export type Model =
  | { readonly scalar: string }
  | { readonly items: readonly Model[] }
  | { readonly pairs: readonly (readonly [string, Model])[] };

const scalarText = fc.oneof(
  fc.constantFrom(
    'null',
    'true',
    'false',
    '0',
    '-0',
    '1.0',
    '1E400',
    '12345678901234567890',
    '2e-3',
  ),
  fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text)),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => JSON.stringify(number)),
);

export function modelsWith(keys: fc.Arbitrary<string>, unique = false): fc.Arbitrary<Model> {
  const { model } = fc.letrec<{ model: Model }>((tie) => ({
    model: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      scalarText.map((scalar) => ({ scalar })),
      fc.array(tie('model'), { maxLength: 4 }).map((items) => ({ items })),
      fc
        .uniqueArray(fc.tuple(keys, tie('model')), {
          maxLength: 5,
          comparator: unique ? (a, b) => a[0] === b[0] : () => false,
        })
        .map((pairs) => ({ pairs })),
    ),
  }));
  return model;
}

const SPACES = ['', '', ' ', '\n', '\t', '\r\n'];

/** Writes a model; `choices` decides on spaces and on which characters of a key are escaped. */
export function textOf(model: Model, choices: readonly number[]): string {
  let turn = 0;
  const choice = (count: number): number =>
    (choices[turn++ % Math.max(choices.length, 1)] ?? 0) % count;
  const space = (): string => SPACES[choice(SPACES.length)] ?? '';
  const key = (name: string): string => {
    const units = Array.from({ length: name.length }, (_, i) => {
      if (choice(3) > 0) return JSON.stringify(name.charAt(i)).slice(1, -1);
      return `\\u${name.charCodeAt(i).toString(16).padStart(4, '0')}`;
    });
    return `"${units.join('')}"`;
  };
  const write = (part: Model): string => {
    if ('scalar' in part) return space() + part.scalar + space();
    if ('items' in part)
      return `${space()}[${part.items.map(write).join(',') || space()}]${space()}`;
    const members = part.pairs.map(
      ([name, value]) => `${space()}${key(name)}${space()}:${write(value)}`,
    );
    return `${space()}{${members.join(',') || space()}}${space()}`;
  };
  return write(model);
}

export const choices: fc.Arbitrary<number[]> = fc.array(fc.nat(60), {
  minLength: 1,
  maxLength: 40,
});

/** Valid texts. */
export const jsonText: fc.Arbitrary<string> = fc
  .tuple(
    modelsWith(fc.oneof(fc.constantFrom(...AWKWARD_KEYS), fc.string({ unit: 'binary' }))),
    choices,
  )
  .map(([model, picks]) => textOf(model, picks));

const PIECES = [
  '"',
  '\\',
  '\\u',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '0',
  '-',
  '.',
  'e',
  '\0',
  '\n',
  '\uFEFF',
  '“',
  'x',
];

/** Texts one small slip away from valid: something dropped, put in or replaced. Some stay valid. */
export const mutatedText: fc.Arbitrary<string> = fc
  .tuple(jsonText, fc.nat(), fc.nat(2), fc.constantFrom('', ...PIECES))
  .map(([text, place, dropped, piece]) => {
    const at = place % (text.length + 1);
    return text.slice(0, at) + piece + text.slice(at + dropped);
  });
