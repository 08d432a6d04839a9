// API keys over HTTP: made once, shown once, for whom their maker may make them; limits that say what is left.
import net from 'node:net';
import { once } from 'node:events';
import { beforeEach, afterEach, describe, expect, test } from 'vitest';
import { migrationBody, send, startHttp, type HttpUnderTest } from './http-app.js';

let http: HttpUnderTest;
beforeEach(async () => {
  http = await startHttp();
});
afterEach(async () => {
  await http.app.close();
});

interface Made {
  readonly id: string;
  readonly key: string;
}

const body = (more: object = {}): string =>
  JSON.stringify({ name: 'n', tenant: 'acme', scopes: ['migrations:write'], ...more });

async function make(more: object = {}, by = 'acme.admin'): Promise<Made> {
  const answer = await send(http, 'POST', '/v1/api-keys', { key: by, body: body(more) });
  expect(answer.statusCode).toBe(201);
  return answer.json<Made>();
}

test('a key is shown at creation and in no list, and works', async () => {
  const answer = await send(http, 'POST', '/v1/api-keys', { body: body() });
  const made = answer.json<Made>();
  expect(answer.headers['location']).toBe(`/v1/api-keys/${made.id}`);
  expect(made.id).toMatch(/^key_/);
  expect(made.key).toMatch(/^rdsi_/);
  expect(made).toEqual({
    ...{ id: made.id, key: made.key },
    ...{ name: 'n', tenant: 'acme', scopes: ['migrations:write'], instancePatterns: null },
    ...{ createdAt: '2026-11-24T12:00:00.000Z', expiresAt: null, revokedAt: null },
    lastUsedAt: null,
  });
  const used = await send(http, 'POST', '/v1/migrations', { key: made.key, body: migrationBody() });
  expect(used.statusCode).toBe(202);
  const list = await send(http, 'GET', '/v1/api-keys');
  const { key: _, ...shown } = made;
  expect(list.json()).toEqual({
    items: [{ ...shown, lastUsedAt: '2026-11-24T12:00:00.000Z' }],
    nextCursor: null,
  });
  expect(list.body).not.toContain(made.key.slice(32));
});

test('a revoked key is refused from the next request on, also when it revoked itself', async () => {
  const { id, key } = await make({ scopes: ['admin'] });
  expect((await send(http, 'GET', '/v1/api-keys', { key })).statusCode).toBe(200);
  expect((await send(http, 'DELETE', `/v1/api-keys/${id}`, { key })).statusCode).toBe(204);
  expect((await send(http, 'GET', '/v1/api-keys', { key })).statusCode).toBe(401);
  expect((await send(http, 'DELETE', `/v1/api-keys/${id}`)).statusCode).toBe(204);
});

test('an admin has power over the own tenant, the operator over all', async () => {
  const theirs = await make({ tenant: 'rival' }, 'default.admin');
  const forRival = { body: body({ tenant: 'rival' }) };
  expect((await send(http, 'POST', '/v1/api-keys', forRival)).statusCode).toBe(403);
  expect((await send(http, 'DELETE', `/v1/api-keys/${theirs.id}`)).statusCode).toBe(404);
  expect((await send(http, 'GET', '/v1/api-keys')).json()).toMatchObject({ items: [] });
  const all = await send(http, 'GET', '/v1/api-keys', { key: 'default.admin' });
  expect(all.json()).toMatchObject({ items: [{ id: theirs.id, tenant: 'rival' }] });
  const revoked = await send(http, 'DELETE', `/v1/api-keys/${theirs.id}`, { key: 'default.admin' });
  expect(revoked.statusCode).toBe(204);
});

test('the same Idempotency-Key gets the same key again, another body is refused', async () => {
  const headers = { 'idempotency-key': 'once' };
  const first = await send(http, 'POST', '/v1/api-keys', { headers, body: body() });
  const again = await send(http, 'POST', '/v1/api-keys', { headers, body: body() });
  expect(again.body).toBe(first.body);
  expect([first.headers['idempotent-replayed'], again.headers['idempotent-replayed']]).toEqual([
    ...[undefined, 'true'],
  ]);
  const other = await send(http, 'POST', '/v1/api-keys', { headers, body: body({ name: 'o' }) });
  expect(other.json()).toMatchObject({ status: 422, code: 'idempotency_key_reused' });
});

test.each([
  ['/name', { name: ' ' }],
  ['/tenant', { tenant: 'Acme' }],
  ['/tenant', { tenant: '-a' }],
  ['/tenant', { tenant: 'a:b' }],
  ['/scopes', { scopes: [] }],
  ['/scopes', { scopes: ['root'] }],
  ['/scopes', { scopes: ['admin', 'admin'] }],
  ['/scopes', { scopes: 'admin' }],
  ['/expiresAt', { expiresAt: '2026-11-24T12:00:00.000Z' }],
  ['/expiresAt', { expiresAt: '2037-11-24T12:00:00.000Z' }],
  ['/instancePatterns', { instancePatterns: [] }],
  ['/instancePatterns', { instancePatterns: Array.from({ length: 101 }, () => 'rm-a') }],
  ['/instancePatterns/1', { instancePatterns: ['rm-a', 'rm_?'] }],
  ['/key', { key: 'chosen' }],
])('%s is refused in %j', async (pointer, more) => {
  const answer = await send(http, 'POST', '/v1/api-keys', { body: body(more) });
  expect(answer.statusCode).toBe(422);
  expect(answer.json<{ errors: object[] }>().errors).toMatchObject([{ pointer }]);
});

describe('a key with instance patterns', () => {
  const patterns = { scopes: ['admin'], instancePatterns: ['RM-SOURCE', 'rm-tar*'] };
  const post = (key: string, url: string, sent: object | string) =>
    send(http, 'POST', url, { key, body: typeof sent === 'string' ? sent : JSON.stringify(sent) });

  test('moves what matches, and is told which instance does not', async () => {
    const { key } = await make(patterns);
    expect((await post(key, '/v1/migrations', migrationBody())).statusCode).toBe(202);
    const beyond = migrationBody({ targetInstanceId: 'rm-other' });
    for (const url of ['/v1/migrations', '/v1/migrations/preflight']) {
      expect((await post(key, url, beyond)).json()).toMatchObject({
        ...{ status: 403, code: 'forbidden' },
        detail: 'The API key is not for the instance rm-other.',
        errors: [{ pointer: '/targetInstanceId', code: 'instance_not_allowed' }],
      });
    }
    const migrations = [JSON.parse(migrationBody()) as object, JSON.parse(beyond) as object];
    for (const url of ['/v1/batches', '/v1/batches/plan']) {
      expect((await post(key, url, { migrations })).json()).toMatchObject({
        ...{ status: 403, code: 'forbidden' },
        errors: [{ pointer: '/migrations/1/targetInstanceId', code: 'instance_not_allowed' }],
      });
    }
    expect(http.batches.accepted).toEqual([]);
  });

  test('steers no other migration, no batch, makes no key, and reads all', async () => {
    const { key } = await make(patterns);
    const theirs = migrationBody({ sourceInstanceId: 'rm-else' });
    const { id } = (await send(http, 'POST', '/v1/migrations', { body: theirs })).json<Made>();
    for (const act of ['cancel', 'retry']) {
      const answer = await send(http, 'POST', `/v1/migrations/${id}/${act}`, { key });
      expect([act, answer.statusCode]).toEqual([act, 403]);
    }
    const found = { outcome: 'not_started' };
    expect((await post(key, `/v1/migrations/${id}/resolve`, found)).statusCode).toBe(403);
    for (const act of ['pause', 'resume', 'cancel', 'retry-failed']) {
      const answer = await send(http, 'POST', `/v1/batches/bat_1/${act}`, { key });
      expect([act, answer.statusCode]).toEqual([act, 403]);
    }
    expect((await post(key, '/v1/api-keys', body())).statusCode).toBe(403);
    expect((await send(http, 'GET', `/v1/migrations/${id}`, { key })).statusCode).toBe(200);
  });
});

test('every answer to a known key says what is left; one too many is 429', async () => {
  http.limits.requestsPerMinute = 3;
  const urls = ['/v1/migrations', '/v1/migrations/mig_1', '/v1/migrations?x=1', '/v1/migrations'];
  const answers = [];
  for (const url of urls) answers.push(await send(http, 'GET', url));
  expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 404, 422, 429]);
  expect(answers.map(({ headers }) => headers['ratelimit'])).toEqual(
    [2, 1, 0, 0].map((left) => `"default";r=${left};t=60`),
  );
  for (const { headers } of answers) {
    expect(headers['ratelimit-policy']).toBe('"default";q=3;w=60');
  }
  expect(answers[3]?.headers['retry-after']).toBe('60');
  expect(answers[3]?.json()).toMatchObject({ code: 'rate_limited' });
  expect((await send(http, 'GET', '/v1/migrations', { key: 'rival.admin' })).statusCode).toBe(200);
  expect((await send(http, 'GET', '/health/live')).statusCode).toBe(200);
});

test('who guesses is turned away; who has a valid key is not, known before or not', async () => {
  const known = await make({ scopes: ['migrations:read'] });
  const stranger = await make({ scopes: ['migrations:read'] });
  const look = (key: string | null) => send(http, 'GET', '/v1/migrations', { key });
  expect((await look(known.key)).statusCode).toBe(200);
  for (let n = 0; n < 30; n += 1) expect((await look(`guess-${n}`)).statusCode).toBe(401);
  const answer = await look('guess');
  expect([answer.statusCode, answer.headers['retry-after']]).toEqual([429, '60']);
  expect((await look(stranger.key)).statusCode).toBe(200);
  expect((await look(known.key)).statusCode).toBe(200);
  expect((await look(null)).statusCode).toBe(401);
  await send(http, 'DELETE', `/v1/api-keys/${known.id}`, { key: 'acme.admin' });
  await http.apiKeys.revoke(null, known.id, 1);
  expect((await look(known.key)).statusCode).toBe(429);
  const elsewhere = await http.app.inject({
    ...{ method: 'GET', url: '/v1/migrations', remoteAddress: '10.0.0.9' },
    headers: { authorization: `Bearer ${stranger.key}` },
  });
  expect(elsewhere.statusCode).toBe(200);
});

test("a stranger's ten megabytes are answered before they are sent", async () => {
  await http.app.listen(0, '127.0.0.1');
  const { port } = http.app.getHttpServer().address() as net.AddressInfo;
  const socket = net.connect(port, '127.0.0.1');
  socket.write(
    'POST /v1/batches HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 10000000\r\n\r\n',
  );
  const [head] = (await once(socket, 'data')) as [Buffer];
  expect(head.toString('latin1')).toMatch(/^HTTP\/1\.1 401 /);
  socket.destroy();
});
