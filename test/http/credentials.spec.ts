// Credentials over HTTP: what goes in secretly is in no answer, and every broken rule is named.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { send, startHttp, type HttpUnderTest } from './http-app.js';

let http: HttpUnderTest;
beforeAll(async () => {
  http = await startHttp();
});
afterAll(async () => {
  await http.app.close();
});

const CANARIES = ['canary-secret', 'canary-token', 'LTAIcanaryCANARY01'];
const body = (more: object = {}): string =>
  JSON.stringify({
    ...{ name: 'payments', type: 'access_key', regionId: 'cn-hangzhou' },
    ...{ accessKeyId: 'LTAIcanaryCANARY01', accessKeySecret: 'canary-secret' },
    ...more,
  });
const post = async (text: string, headers = {}) =>
  send(http, 'POST', '/v1/credentials', { body: text, headers });

test('is stored, shown masked, renamed and forgotten', async () => {
  const made = await post(body({ type: 'sts', securityToken: 'canary-token' }));
  expect(made.statusCode).toBe(201);
  const url = String(made.headers['location']);
  const view = made.json<{ id: string }>();
  expect(url).toBe(`/v1/credentials/${view.id}`);
  expect(Object.keys(view)).toEqual([
    ...['id', 'name', 'type', 'regionId', 'accessKeyId', 'keyVersion'],
    ...['createdAt', 'updatedAt', 'lastUsedAt', 'lastVerifiedAt'],
  ]);
  expect(view).toMatchObject({
    accessKeyId: 'LTAI****RY01',
    createdAt: '2026-11-24T12:00:00.000Z',
  });
  const found = await send(http, 'GET', url);
  expect(found.json()).toEqual(view);
  const listed = await send(http, 'GET', '/v1/credentials?limit=1');
  expect(listed.json<{ items: object[] }>().items).toHaveLength(1);
  const renamed = await send(http, 'PATCH', url, { body: '{"name":"orders"}' });
  expect(renamed.json()).toEqual({ ...view, name: 'orders' });
  const headers = { 'content-type': 'application/json' };
  const removed = await send(http, 'DELETE', url, { headers });
  expect([removed.statusCode, removed.body]).toEqual([204, '']);
  expect((await send(http, 'GET', url)).statusCode).toBe(404);
  for (const answer of [made, found, listed, renamed]) {
    for (const canary of CANARIES) expect(answer.body).not.toContain(canary);
  }
});

test('a replayed creation is the first one, and says so', async () => {
  const headers = { 'idempotency-key': 'c-1' };
  const [first, second] = [await post(body(), headers), await post(body(), headers)];
  expect(second.body).toBe(first.body);
  expect(second.headers['idempotent-replayed']).toBe('true');
  expect((await post(body({ name: 'x' }), headers)).statusCode).toBe(422);
});

test('one that a migration uses is not forgotten', async () => {
  const { id } = (await post(body())).json<{ id: string }>();
  http.credentials.users.set(id, new Set(['mig_1']));
  const answer = await send(http, 'DELETE', `/v1/credentials/${id}`);
  expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([
    409,
    'credential_in_use',
  ]);
});

describe('a body that breaks rules is answered 422 with each of them, and shows no secret', () => {
  const refused: readonly (readonly [string, string, readonly string[]])[] = [
    [
      'nothing',
      '{}',
      ['name', 'type', 'regionId', 'accessKeyId', 'accessKeySecret'].map(
        (name) => `/${name} required`,
      ),
    ],
    ['another type', body({ type: 'ram_role_arn' }), ['/type wrong_type']],
    [
      'a token where none belongs',
      body({ securityToken: 'canary-token' }),
      ['/securityToken unknown_property'],
    ],
    ['no token where one belongs', body({ type: 'sts' }), ['/securityToken required']],
    [
      'secrets of wrong forms',
      body({ accessKeySecret: 'canary-secret with blanks', accessKeyId: ['LTAIcanaryCANARY01'] }),
      ['/accessKeyId wrong_type', '/accessKeySecret wrong_type'],
    ],
    ['a name of blanks', body({ name: '   ' }), ['/name wrong_type']],
    [
      'a token of the wrong type and an unknown property',
      body({ type: 'sts', securityToken: 5, policy: 'canary-secret' }),
      ['/securityToken wrong_type', '/policy unknown_property'],
    ],
  ];
  test.each(refused)('%s', async (_what, text, expected) => {
    const answer = await post(text);
    expect(answer.statusCode).toBe(422);
    const { errors } = answer.json<{ errors: { pointer: string; code: string }[] }>();
    expect(errors.map(({ pointer, code }) => `${pointer} ${code}`)).toEqual(expected);
    for (const canary of CANARIES) expect(answer.body).not.toContain(canary);
  });

  test('a patch that brings half a secret', async () => {
    const { id } = (await post(body())).json<{ id: string }>();
    const text = '{"accessKeyId":"LTAInew000000001","type":"sts"}';
    const unknown = await send(http, 'PATCH', `/v1/credentials/${id}`, { body: text });
    expect(unknown.json()).toMatchObject({
      errors: [{ pointer: '/type', code: 'unknown_property' }],
    });
    const half = await send(http, 'PATCH', `/v1/credentials/${id}`, {
      body: '{"accessKeyId":"LTAInew1"}',
    });
    expect(half.json()).toMatchObject({
      errors: [{ pointer: '/accessKeySecret', code: 'required' }],
    });
  });
});
