// The largest and deepest bodies are answered, and never with more than a caller can read; how fast is for `npm run bench`.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BODY_LIMIT, migrationBody, send, startHttp, type HttpUnderTest } from './http-app.js';

let http: HttpUnderTest;
beforeAll(async () => {
  http = await startHttp();
});
afterAll(async () => {
  await http.app.close();
});

/** As many repetitions of a member as fit. */
function filled(member: (index: number) => string, head = '{', tail = '}'): string {
  const parts: string[] = [];
  let length = head.length + tail.length;
  for (let index = 0; ; index += 1) {
    const part = member(index);
    if (length + part.length + 1 > BODY_LIMIT) return `${head}${parts.join(',')}${tail}`;
    parts.push(part);
    length += part.length + 1;
  }
}

const names = (kind: string): string =>
  migrationBody().split('["orders"]')[kind === 'head' ? 0 : 1] ?? '';
const [head, tail] = [names('head'), names('tail')];

const HOSTILE: readonly (readonly [what: string, body: () => string, status: number])[] = [
  ['unknown properties', () => filled((i) => `"p${i}":1`), 422],
  ['one property over and over', () => filled(() => '"a":1'), 422],
  ['every property twice', () => filled((i) => `"p${i >> 1}":1`), 422],
  ['labels', () => filled((i) => `"l${i}":""`, '{"labels":{', '}}'), 422],
  ['database names', () => filled((i) => `"d${i}"`, `${head}[`, `]${tail}`), 422],
  ['pairs of databases', () => filled((i) => `"d${i}":"t"`, `${head}{`, `}${tail}`), 422],
  ['nested arrays', () => '['.repeat(BODY_LIMIT), 400],
  ['nested objects', () => '{"a":'.repeat(BODY_LIMIT / 5), 400],
  ['one long string', () => `"${'x'.repeat(BODY_LIMIT - 2)}"`, 422],
  ['one long key', () => `{"${'k'.repeat(BODY_LIMIT - 6)}":1}`, 422],
  ['one long number', () => '1'.repeat(BODY_LIMIT), 422],
  ['white space', () => ' '.repeat(BODY_LIMIT), 400],
  ['typographic quotes', () => '“'.repeat(BODY_LIMIT / 3), 400],
];

describe('ten megabytes of the worst are answered', () => {
  test.each(HOSTILE)('%s', async (_what, make, status) => {
    const body = make();
    const answer = await send(http, 'POST', '/v1/migrations', { body });
    expect(answer.statusCode).toBe(status);
    expect(answer.body.length).toBeLessThan(1_000_000);
  });
});

test('at most a thousand violations are listed, and the answer says that there are more', async () => {
  const body = filled((i) => `"p${i}":1`);
  const answer = await send(http, 'POST', '/v1/migrations', { body });
  const { detail, errors } = answer.json<{ detail: string; errors: { pointer: string }[] }>();
  expect(errors).toHaveLength(1_000);
  expect(errors[999]?.pointer).toBe('/p999');
  expect(detail).toContain('Only the first 1000 are listed.');
});
