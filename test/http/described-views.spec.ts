// Every property that the API shows says what it is: read from the sources, whose comments become the document.
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const HTTP = new URL('../../src/http/', import.meta.url);
const files = readdirSync(HTTP, { encoding: 'utf8' }).filter((name) => name.endsWith('.dto.ts'));

const PROPERTY = /^ {2}(\w+)[!?]: /gm;
/** A doc comment at the begin of the member, whose text is not a tag. */
const DESCRIBED = /^\s*\/\*\*[\s*]*[^\s*@/]/;

/** Members stand apart by an empty line, so each part holds one property or none. */
function undescribed(source: string): string[] {
  return source.split(/\n\n|^export class .*\n/m).flatMap((part) => {
    const names = [...part.matchAll(PROPERTY)].map(([, name]) => String(name));
    return names.length === 1 && DESCRIBED.test(part) ? [] : names;
  });
}

test('the check itself finds what is not described', () => {
  const source = 'export class X {\n  a!: string;\n\n  /** @example 1 */\n  b!: string;\n}';
  expect(undescribed(source)).toEqual(['a', 'b']);
  expect(undescribed('export class X {\n  /** What */\n  @Required()\n  a!: string;\n}')).toEqual(
    [],
  );
});

test.each(files)('%s describes every property', (file) => {
  const source = readFileSync(new URL(file, HTTP), 'utf8');
  expect([...source.matchAll(PROPERTY)]).not.toEqual([]);
  expect(undescribed(source)).toEqual([]);
});
