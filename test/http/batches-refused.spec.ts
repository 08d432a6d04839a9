// What is wrong with a batch is said all at once, for every migration, in body order; and nothing of it is accepted.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { batchBody, item } from './batch-bodies.js';
import { CREDENTIAL, send, startHttp, type HttpUnderTest } from './http-app.js';

let http: HttpUnderTest;
beforeAll(async () => {
  http = await startHttp();
});
afterAll(async () => {
  await http.app.close();
});

interface Refusal {
  readonly detail: string;
  readonly errors: readonly { pointer: string; code: string; message: string }[];
}

async function refusalOf(body: string, url = '/v1/batches'): Promise<Refusal> {
  const answer = await send(http, 'POST', url, { body });
  expect(answer.statusCode).toBe(422);
  expect(answer.json()).toMatchObject({ code: 'validation_failed' });
  expect(http.batches.accepted).toEqual([]);
  return answer.json<Refusal>();
}

const codesOf = ({ errors }: Refusal): string[] =>
  errors.map(({ pointer, code }) => `${pointer} ${code}`);

const keyed = (n: number, key: string, ...dependsOn: readonly unknown[]): object =>
  item(n, { key, dependsOn });

const window = { start: '22:00', end: '06:00', timeZone: 'Asia/Shanghai' };

const TABLE: readonly (readonly [what: string, body: string, errors: readonly string[]])[] = [
  ['nothing', '{}', ['/migrations required']],
  ['a list', '[]', [' wrong_type']],
  ['no migration', batchBody([]), ['/migrations batch_empty']],
  ['migrations that are no list', '{"migrations":{}}', ['/migrations wrong_type']],
  ['migrations that are null', '{"migrations":null}', ['/migrations required']],
  [
    'migrations given twice',
    `{"credentialId":"${CREDENTIAL}","migrations":[{}],"migrations":[${JSON.stringify(item(1))}]}`,
    ['/migrations duplicate_property'],
  ],
  [
    'an unknown outer property',
    batchBody([item(1)], { sourceInstanceId: 'rm-1' }),
    ['/sourceInstanceId unknown_property'],
  ],
  [
    'outer fields that break their rules, once each and not at every migration',
    batchBody([item(1), item(2)], {
      ...{ name: '', credentialId: 'secret', regionId: 1, preflight: 'no', priority: 101 },
      ...{ notBefore: 'soon', maxConcurrent: 0, onFailure: 'stop', labels: { 'a:b': '' } },
    }),
    [
      ...['/credentialId credential_not_found', '/name wrong_type', '/regionId wrong_type'],
      ...['/preflight wrong_type', '/priority wrong_type', '/notBefore not_before_invalid'],
      ...['/maxConcurrent wrong_type', '/onFailure wrong_type', '/labels/a:b label_invalid'],
    ],
  ],
  [
    'a limit above all migrations there can be',
    batchBody([item(1)], { maxConcurrent: 10_001 }),
    ['/maxConcurrent wrong_type'],
  ],
  ['an item that is no object', batchBody([item(1), []]), ['/migrations/1 wrong_type']],
  [
    'an empty item, met at its end',
    batchBody([item(1), {}, item(2, { zone: 1 })]),
    [
      ...['sourceInstanceId', 'targetInstanceId', 'dbInfo'].map(
        (name) => `/migrations/1/${name} required`,
      ),
      '/migrations/2/zone unknown_property',
    ],
  ],
  [
    'a database of an item',
    batchBody([item(1), item(2, { dbInfo: { DBNames: ['a', 'b', 'a'] } })]),
    ['/migrations/1/dbInfo/DBNames/2 db_name_duplicate'],
  ],
  [
    'repeated properties of an item, but not repeated databases as such',
    batchBody([item(1)])
      .replace('["orders"]', '{"a":"x1","a":"x2"},"\\u0078":1')
      .replace('"targetInstanceId"', '"sourceInstanceId":"rm-9","targetInstanceId"'),
    [
      '/migrations/0/sourceInstanceId duplicate_property',
      '/migrations/0/dbInfo/DBNames/a source_db_duplicate',
      '/migrations/0/dbInfo/x unknown_property',
    ],
  ],
  [
    'a credential nowhere, and ones that are not there',
    JSON.stringify({ migrations: [item(1), item(2, { credentialId: 'cred_1' })] }),
    ['/migrations/0/credentialId required', '/migrations/1/credentialId credential_not_found'],
  ],
  [
    "the batch's credential that is not there, once for all",
    batchBody([item(1), item(2)], { credentialId: 'cred_1' }),
    ['/credentialId credential_not_found'],
  ],
  [
    "more labels than there may be together with the batch's",
    batchBody([item(1), item(2, { labels: { x: '' } })], {
      labels: Object.fromEntries([...Array(16).keys()].map((i) => [`k${i}`, ''])),
    }),
    ['/migrations/1/labels label_invalid'],
  ],
  [
    'a window that is no object',
    batchBody([item(1)], { window: '22:00-06:00' }),
    ['/window window_invalid'],
  ],
  [
    'a window with parts missing, wrong and unknown',
    batchBody([item(1)], {
      window: { start: '24:00', timeZone: 'Moon/Sea', days: [], zone: 1, fit: 1 },
    }),
    [
      ...['/window/start window_invalid', '/window/timeZone window_invalid'],
      ...['/window/days window_invalid', '/window/zone unknown_property'],
      ...['/window/fit window_invalid', '/window/end required'],
    ],
  ],
  [
    'days that are none, repeated, or no list',
    batchBody([item(1)], { window: { ...window, days: ['mon', 'mon'] } }),
    ['/window/days window_invalid'],
  ],
  [
    'keys of wrong forms',
    batchBody([item(1, { key: 'a b' }), item(2, { key: '' }), item(3, { key: 'k'.repeat(129) })]),
    [0, 1, 2].map((i) => `/migrations/${i}/key wrong_type`),
  ],
  [
    'a key given twice, and dependencies that are unknown or no keys',
    batchBody([keyed(1, 'a'), keyed(2, 'a', 'b', 1, 'a'), item(3, { dependsOn: 'a' })]),
    [
      ...['/migrations/1/key key_duplicate', '/migrations/1/dependsOn/0 dependency_unknown'],
      ...['/migrations/1/dependsOn/1 wrong_type', '/migrations/2/dependsOn wrong_type'],
    ],
  ],
  [
    'too many dependencies',
    batchBody([keyed(1, 'a'), item(2, { dependsOn: Array(101).fill('a') })]),
    ['/migrations/1/dependsOn wrong_type'],
  ],
  [
    'the same migration twice, whatever the case of its ids and the order of its databases',
    batchBody([
      item(1, { dbInfo: { DBNames: ['a', 'b'] } }),
      item(2),
      item(1, { sourceInstanceId: 'RM-SRC-1', dbInfo: '{"DBNames":["b","a"]}' }),
    ]),
    ['/migrations/2 migration_duplicate'],
  ],
];

describe('a batch that breaks rules is answered 422 with each of them', () => {
  test.each(TABLE)('%s', async (_, body, errors) => {
    expect(codesOf(await refusalOf(body))).toEqual(errors);
    expect(codesOf(await refusalOf(body, '/v1/batches/plan'))).toEqual(errors);
  });
});

test('a cycle is named by its keys, and so is a migration that waits for itself', async () => {
  const { errors } = await refusalOf(
    batchBody([keyed(1, 'x', 'b'), keyed(2, 'a', 'b'), keyed(3, 'b', 'a'), keyed(4, 'c', 'c')]),
  );
  expect(errors).toMatchObject([
    { pointer: '/migrations/1/dependsOn', code: 'dependency_cycle' },
    { pointer: '/migrations/3/dependsOn', code: 'dependency_cycle' },
  ]);
  expect(errors.map(({ message }) => message)).toEqual([
    expect.stringContaining('a → b → a'),
    expect.stringContaining('c → c'),
  ]);
});

test('the message of a repeated migration names the earlier one, and allowDuplicate lets it pass', async () => {
  const { errors } = await refusalOf(batchBody([item(2), item(1), item(1)]));
  expect(errors[0]?.message).toContain('index 1');
  const more = { allowDuplicate: true };
  const body = batchBody([item(1), item(1, more)]);
  expect((await send(http, 'POST', '/v1/batches', { body })).statusCode).toBe(202);
  http.batches.accepted.length = 0;
});

test('more than 10,000 migrations are refused as such', async () => {
  const { errors } = await refusalOf(batchBody([...Array(10_001).keys()].map((n) => item(n))));
  expect(errors).toMatchObject([{ pointer: '/migrations', code: 'too_many_migrations' }]);
});

test('of many violations the first thousand are listed, in body order', async () => {
  const items = [...Array(2_000).keys()].map((n) => item(n, { zone: 1, dependsOn: ['no'] }));
  const { errors, detail } = await refusalOf(batchBody(items));
  expect(errors).toHaveLength(1_000);
  expect(detail).toContain('Only the first 1000 are listed.');
  expect(errors.map(({ pointer }) => pointer)).toEqual(
    [...Array(500).keys()].flatMap((n) => [
      `/migrations/${n}/zone`,
      `/migrations/${n}/dependsOn/0`,
    ]),
  );
});

test('the query string of a batch in JSON is empty', async () => {
  expect(codesOf(await refusalOf(batchBody([item(1)]), '/v1/batches?name=x'))).toEqual([
    '/name unknown_property',
  ]);
});
