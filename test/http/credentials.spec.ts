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
const BARE = { name: 'payments', regionId: 'cn-hangzhou' };
const ROLE_ARN = 'acs:ram::1234567890123456:role/rds-import';
const post = async (text: string, headers = {}) =>
  send(http, 'POST', '/v1/credentials', { body: text, headers });

test('is stored, shown masked, renamed and forgotten', async () => {
  const made = await post(body({ type: 'sts', securityToken: 'canary-token' }));
  expect(made.statusCode).toBe(201);
  const url = String(made.headers['location']);
  const view = made.json<{ id: string }>();
  expect(url).toBe(`/v1/credentials/${view.id}`);
  expect(Object.keys(view)).toEqual([
    ...['id', 'name', 'type', 'regionId', 'accessKeyId', 'roleArn', 'keyVersion'],
    ...['createdAt', 'updatedAt', 'lastUsedAt', 'lastVerifiedAt', 'health'],
  ]);
  expect(view).toMatchObject({
    accessKeyId: 'LTAI****RY01',
    ...{ roleArn: null, health: { status: 'ok', since: null, code: null } },
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

describe('each type', () => {
  const MACHINES: readonly object[] = [
    { ...BARE, type: 'ecs_ram_role' },
    { ...BARE, type: 'ecs_ram_role', roleName: 'worker' },
    {
      ...{ ...BARE, type: 'oidc_role_arn', roleArn: ROLE_ARN, roleSessionName: 'rds' },
      oidcProviderArn: 'acs:ram::1234567890123456:oidc-provider/cluster',
      oidcTokenFilePath: '/var/run/secrets/token',
    },
  ];

  test('ram_role_arn shows its role and its own key masked, and nothing else that came in', async () => {
    const more = { policy: '{"Version":"1","canary-secret":[]}', externalId: 'canary-token' };
    const made = await post(body({ type: 'ram_role_arn', roleArn: ROLE_ARN, ...more }));
    expect(made.statusCode).toBe(201);
    const shown = { type: 'ram_role_arn', roleArn: ROLE_ARN, accessKeyId: 'LTAI****RY01' };
    expect(made.json()).toMatchObject(shown);
    for (const canary of CANARIES) expect(made.body).not.toContain(canary);
  });

  test.each(MACHINES)('of a machine has no key: %j', async (given) => {
    const made = await post(JSON.stringify(given));
    expect(made.statusCode).toBe(201);
    const { roleArn = null, type } = given as { roleArn?: string; type: string };
    expect(made.json()).toMatchObject({ type, roleArn, accessKeyId: null });
    expect(made.body).not.toContain('/var/run');
  });

  test.each(MACHINES)('of a machine is for admins only: %j', async (given) => {
    const text = JSON.stringify(given);
    const key = 'acme.credentials:write';
    const refused = await send(http, 'POST', '/v1/credentials', { body: text, key });
    expect([refused.statusCode, refused.json<{ code: string }>().code]).toEqual([403, 'forbidden']);
    const role = body({ type: 'ram_role_arn', roleArn: ROLE_ARN });
    expect((await send(http, 'POST', '/v1/credentials', { body: role, key })).statusCode).toBe(201);
  });

  test('has nothing to replace where it has no secret', async () => {
    const { id } = (await post(JSON.stringify(MACHINES[0]))).json<{ id: string }>();
    const url = `/v1/credentials/${id}`;
    const patched = await send(http, 'PATCH', url, { body: '{"accessKeySecret":"canary-secret"}' });
    expect(patched.json()).toMatchObject({
      errors: [{ pointer: '/accessKeySecret', code: 'unknown_property' }],
    });
    const renamed = await send(http, 'PATCH', url, { body: '{"name":"worker"}' });
    expect(renamed.json()).toMatchObject({ name: 'worker', accessKeyId: null });
  });
});

test('one that upstream refused shows since when and why, until another secret comes', async () => {
  const { id } = (await post(body())).json<{ id: string }>();
  const stored = await http.credentials.find('acme', id);
  if (stored === null) throw new Error('it was stored');
  const since = Date.UTC(2026, 10, 24, 13);
  await http.credentials.fellIll(stored, { since, code: 'Forbidden.RAM' });
  const shown = await send(http, 'GET', `/v1/credentials/${id}`);
  expect(shown.json()).toMatchObject({
    health: { status: 'unhealthy', since: '2026-11-24T13:00:00.000Z', code: 'Forbidden.RAM' },
  });
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
    ['another type', body({ type: 'bearer' }), ['/type wrong_type']],
    [
      'a role without its ARN, with the fields of other types',
      body({ type: 'ram_role_arn', roleName: 'r', securityToken: 'canary-token' }),
      ['/roleName unknown_property', '/securityToken unknown_property', '/roleArn required'],
    ],
    [
      'keys where the machine itself proves who it is',
      body({ type: 'ecs_ram_role' }),
      ['/accessKeyId unknown_property', '/accessKeySecret unknown_property'],
    ],
    [
      'a token file without a role',
      JSON.stringify({ ...BARE, type: 'oidc_role_arn', oidcTokenFilePath: '/run/../token' }),
      ['/oidcTokenFilePath wrong_type', '/roleArn required', '/oidcProviderArn required'],
    ],
    [
      'parts of roles of wrong forms',
      body({
        ...{ type: 'ram_role_arn', roleArn: 'acs:ram::1:user/x', roleSessionName: 'a b' },
        ...{ policy: 'canary-secret', externalId: 'canary-secret\u0000' },
      }),
      ['roleArn', 'roleSessionName', 'policy', 'externalId'].map((name) => `/${name} wrong_type`),
    ],
    [
      'a role of the machine with a path in its name',
      JSON.stringify({ ...BARE, type: 'ecs_ram_role', roleName: '../../latest' }),
      ['/roleName wrong_type'],
    ],
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
