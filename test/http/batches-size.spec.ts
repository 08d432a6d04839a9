// Ten thousand migrations in one request are taken while others get their turns; how fast is for `npm run bench`.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { batchBody, item } from './batch-bodies.js';
import { BODY_LIMIT, CREDENTIAL, send, startHttp, type HttpUnderTest } from './http-app.js';

let http: HttpUnderTest;
beforeAll(async () => {
  http = await startHttp();
});
afterAll(async () => {
  await http.app.close();
});

const COUNT = 10_000;

/** How many turns the event loop gave to others meanwhile. */
async function watched<T>(work: () => Promise<T>): Promise<{ result: T; turns: number }> {
  let turns = 0;
  let isOver = false;
  const probe = (): void => {
    turns += 1;
    if (!isOver) setImmediate(probe);
  };
  setImmediate(probe);
  const result = await work();
  isOver = true;
  return { result, turns };
}

const names = [...Array(12).keys()].map((i) => `database_of_the_shop_${i}`);

const JSON_BODY = batchBody(
  [...Array(COUNT).keys()].map((n) =>
    item(n, {
      ...{ dbInfo: { DBNames: names }, key: `k${n}`, labels: { n: String(n) } },
      ...(n > 0 && { dependsOn: [`k${n - 1}`] }),
    }),
  ),
  { window: { start: '22:00', end: '06:00', timeZone: 'Asia/Shanghai' }, maxConcurrent: 20 },
);

const CSV_BODY = [
  'sourceInstanceId,targetInstanceId,databases,key',
  ...[...Array(COUNT).keys()].map((n) => `rm-src-${n},rm-dst-${n},${names.join(';')},k${n}`),
].join('\r\n');

/** Everything about an item that can be wrong at once. */
const BAD_BODY = batchBody(
  [...Array(COUNT).keys()].map((n) => ({
    ...{ sourceInstanceId: 'x', targetInstanceId: 'x', key: 'same', dependsOn: ['no', 'same'] },
    ...{ dbInfo: { DBNames: ['a', 'a', ''] }, zone: n, notBefore: 'soon', labels: { '': '' } },
  })),
);

const CSV = { 'content-type': 'text/csv' };

const BODIES: readonly (readonly [
  what: string,
  url: string,
  body: string,
  headers: Record<string, string>,
  status: number,
])[] = [
  ['in JSON', '/v1/batches', JSON_BODY, {}, 202],
  ['in CSV', `/v1/batches?credentialId=${CREDENTIAL}`, CSV_BODY, CSV, 202],
  ['to be planned', '/v1/batches/plan', JSON_BODY, {}, 200],
  ['all wrong', '/v1/batches', BAD_BODY, {}, 422],
];

test.each(BODIES)('10,000 migrations %s', async (...row) => {
  const [, url, body, headers, status] = row;
  const { result, turns } = await watched(() => send(http, 'POST', url, { body, headers }));
  expect(result.statusCode).toBe(status);
  // A slice lasts 10 ms: on a loaded machine more of the time passes between them, not in them.
  expect(turns).toBeGreaterThan(10);
});

/** As many repetitions as fit. */
const filled = (head: string, part: string, tail: string): string => {
  const count = Math.floor((BODY_LIMIT - head.length - tail.length) / part.length);
  return head + Array(count).fill(part.slice(0, -1)).join(part.slice(-1)) + tail;
};

const HOSTILE: readonly (readonly [what: string, body: () => string, status: number])[] = [
  ['empty items: too many values', () => filled('{"migrations":[', '{},', ']}'), 400],
  ['numbers as items', () => filled('{"migrations":[', '12345,', ']}'), 422],
  ['one item of unknown properties', () => filled('{"migrations":[{', '"a":1,', '}]}'), 422],
  ['dependencies', () => filled('{"migrations":[{"dependsOn":[', '"abc",', ']}]}'), 422],
  ['window days', () => filled('{"window":{"days":[', '"mon",', ']},"migrations":[{}]}'), 422],
  ['outer properties', () => filled('{', '"abcd":1,', '}'), 422],
];

test.each(HOSTILE)('ten megabytes of %s are answered', async (_, make, status) => {
  const result = await send(http, 'POST', '/v1/batches', { body: make() });
  expect(result.statusCode).toBe(status);
  expect(result.body.length).toBeLessThan(1_000_000);
});

const HOSTILE_CSV: readonly (readonly [what: string, body: () => string, status: number])[] = [
  ['commas', () => ','.repeat(BODY_LIMIT), 400],
  ['quotes', () => '"'.repeat(BODY_LIMIT), 422],
  ['an open quote', () => `"${'a'.repeat(BODY_LIMIT - 1)}`, 400],
  ['empty lines', () => '\n'.repeat(BODY_LIMIT), 422],
  [
    'databases',
    () => filled('sourceInstanceId,targetInstanceId,databases\nrm-1,rm-2,', 'abcdef;', ''),
    422,
  ],
  [
    'rows',
    () => filled('sourceInstanceId,targetInstanceId,databases\n', 'rm-1,rm-2,ab\n', ''),
    422,
  ],
];

test.each(HOSTILE_CSV)('ten megabytes of %s in CSV are answered', async (...row) => {
  const [, make, status] = row;
  const result = await send(http, 'POST', '/v1/batches', { body: make(), headers: CSV });
  expect(result.statusCode).toBe(status);
});
