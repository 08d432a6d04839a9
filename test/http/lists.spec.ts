// Lists: every filter reaches the store as it was meant, and a query that breaks a rule is refused.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cursorAfter } from '../../src/http/cursors.js';
import { migrationBody, NOW, send, startHttp, type HttpUnderTest } from './http-app.js';

let http: HttpUnderTest;
beforeAll(async () => {
  http = await startHttp();
  for (let i = 0; i < 5; i += 1) {
    await send(http, 'POST', '/v1/migrations', {
      body: migrationBody({ labels: { n: String(i) } }),
    });
  }
});
afterAll(async () => {
  await http.app.close();
});

const list = async (query: string) => send(http, 'GET', `/v1/migrations?${query}`);

test('pages follow each other by cursor, newest first, and the last one has none', async () => {
  const seen: string[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const answer = await list(`limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`);
    expect(answer.statusCode).toBe(200);
    const page = answer.json<{ items: { labels: { n: string } }[]; nextCursor: string | null }>();
    seen.push(...page.items.map((item) => item.labels.n));
    cursor = page.nextCursor;
  }
  expect(seen).toEqual(['4', '3', '2', '1', '0']);
});

test('an item looks as the migration itself does', async () => {
  const { items } = (await list('limit=1')).json<{ items: { id: string }[] }>();
  expect((await send(http, 'GET', `/v1/migrations/${items[0]?.id}`)).json()).toEqual(items[0]);
});

test('every filter reaches the store', async () => {
  await list(
    'status=queued,importing&status=failed&instanceId=RM-Source&batchId=bat_1&label=team%3Aa%3Ab' +
      '&createdAfter=2026-11-24T12:00:00Z&createdBefore=2026-11-24T22:00:00%2B10:00&limit=200',
  );
  expect(http.migrations.queries.at(-1)).toEqual({
    tenant: 'acme',
    statuses: ['queued', 'importing', 'failed'],
    instanceId: 'rm-source',
    batchId: 'bat_1',
    label: { key: 'team', value: 'a:b' },
    createdAfter: NOW,
    createdBefore: NOW,
    limit: 200,
    afterId: null,
  });
  await list('');
  expect(http.migrations.queries.at(-1)).toMatchObject({ statuses: [], limit: 50, label: null });
});

test('a label is found by any key and value that a migration may have', async () => {
  const key = '队 a=b,c/"d"';
  const body = migrationBody({ labels: { [key]: 'x:y' } });
  expect((await send(http, 'POST', '/v1/migrations', { body })).statusCode).toBe(202);
  expect((await list(`label=${encodeURIComponent(`${key}:x:y`)}`)).statusCode).toBe(200);
  expect(http.migrations.queries.at(-1)?.label).toEqual({ key, value: 'x:y' });
});

test('a cursor of the migrations leads nowhere in the credentials', async () => {
  const answer = await send(http, 'GET', `/v1/credentials?cursor=${cursorAfter('mig_1')}`);
  expect(answer.statusCode).toBe(422);
});

describe('a query that breaks a rule is refused by name', () => {
  const refused: readonly (readonly [query: string, errors: readonly string[]])[] = [
    ['limit=0', ['/limit wrong_type']],
    ['limit=201', ['/limit wrong_type']],
    ['limit=1e1', ['/limit wrong_type']],
    ['limit=0x10', ['/limit wrong_type']],
    ['limit=', ['/limit wrong_type']],
    ['limit=5&limit=6', ['/limit wrong_type']],
    ['cursor=', ['/cursor wrong_type']],
    ['cursor=bWlnXy4uLy4u', ['/cursor wrong_type']],
    ['cursor=%00', ['/cursor wrong_type']],
    [`cursor=${cursorAfter('cred_1')}`, ['/cursor wrong_type']],
    ['status=done', ['/status wrong_type']],
    ['status=', ['/status wrong_type']],
    ['status=queued,', ['/status wrong_type']],
    ['instanceId=*', ['/instanceId instance_id_invalid']],
    ['instanceId=a&instanceId=b', ['/instanceId wrong_type']],
    ['batchId=1', ['/batchId wrong_type']],
    ['label=team', ['/label wrong_type']],
    ['label=:x', ['/label wrong_type']],
    ['createdAfter=yesterday', ['/createdAfter wrong_type']],
    ['createdBefore=2026-11-24', ['/createdBefore wrong_type']],
    [
      'page=2&__proto__=x&constructor=y',
      ['/page unknown_property', '/__proto__ unknown_property', '/constructor unknown_property'],
    ],
  ];
  test.each(refused)('%s', async (query, expected) => {
    const answer = await list(query);
    expect(answer.statusCode).toBe(422);
    const { errors } = answer.json<{ errors: { pointer: string; code: string }[] }>();
    expect(errors.map(({ pointer, code }) => `${pointer} ${code}`)).toEqual(expected);
  });
});
