/**
 * Every route of the OpenAPI document × every kind of caller. It enumerates the document, so a new route
 * is in it by itself; a new kind of resource has to be told how one of it is made.
 */
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SCOPES, type Scope } from '../../src/domain/access.js';
import type { ApiKey } from '../../src/domain/api-key.js';
import { batchBody, item } from './batch-bodies.js';
import { CREDENTIAL, migrationBody, NOW, send, startHttp, type HttpUnderTest } from './http-app.js';

interface Operation {
  readonly 'x-required-scope'?: Scope;
  readonly security?: readonly object[];
  readonly requestBody?: {
    readonly content: Readonly<
      Record<string, { examples?: Readonly<Record<string, { value: unknown }>> }>
    >;
  };
  readonly responses: Readonly<Record<string, { readonly headers?: object }>>;
}

interface Row {
  readonly route: string;
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE' | 'PUT';
  readonly path: string;
  readonly operation: Operation;
}

const PUBLIC = ['GET /health/live', 'GET /health/ready'];

const started = await startHttp();
const document = (await send(started, 'GET', '/openapi.json', { key: null })).json<{
  paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}>();
await started.app.close();

const ROWS = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([name, operation]): Row => {
    const method = name.toUpperCase() as Row['method'];
    return { route: `${method} ${path}`, method, path, operation };
  }),
);
const KEYED = ROWS.filter(({ route }) => !PUBLIC.includes(route));
const OF_ONE = KEYED.filter(({ path }) => path.includes('{'));
const LISTS = KEYED.filter(({ method, path }) => method === 'GET' && !path.includes('{'));

let http: HttpUnderTest;
let keys: Record<'expired' | 'revoked' | 'right' | 'theirs' | 'unknown', string>;
/** By the collection of its route: the id of one that belongs to `acme`. */
let existing: Readonly<Record<string, string>>;
/** Each request comes from another address: what is limited by source has a spec of its own. */
let source = 0;

beforeAll(async () => {
  http = await startHttp();
  const right = await made({ tenant: 'acme', scopes: ['admin'] });
  const revoked = await made({ tenant: 'acme', scopes: ['admin'] });
  await http.apiKeys.revoke(null, revoked.id, NOW);
  const secret = 'A'.repeat(43);
  keys = {
    right: right.key,
    revoked: revoked.key,
    expired: (await made({ tenant: 'acme', scopes: ['admin'], expiresAt: NOW })).key,
    theirs: (await made({ tenant: 'rival', scopes: ['admin'] })).key,
    unknown: `rdsi_${'0'.repeat(25)}z_${secret}`,
  };
  const migration = await send(http, 'POST', '/v1/migrations', { body: migrationBody() });
  const batch = await send(http, 'POST', '/v1/batches', { body: batchBody([item(1)]) });
  const webhook = await send(http, 'POST', '/v1/webhooks', {
    body: JSON.stringify({ url: 'https://example.com/hook' }),
  });
  const [record] = http.migrations.records;
  if (record === undefined) throw new Error('no migration');
  const { id: importing } = migration.json<{ id: string }>();
  existing = {
    credentials: CREDENTIAL,
    migrations: importing,
    imports: '4711',
    batches: batch.json<{ id: string }>().id,
    webhooks: webhook.json<{ id: string }>().id,
    'api-keys': (await made({ tenant: 'acme', scopes: ['metrics:read'] })).id,
  };
  http.migrations.records[0] = { ...record, importId: '4711' };
});
afterAll(async () => {
  await http.app.close();
});

async function made(more: Partial<ApiKey>): Promise<{ id: string; key: string }> {
  source += 1;
  const id = `key_${String(source).padStart(26, '0')}`;
  const outcome = await http.apiKeys.create(
    {
      ...{ id, name: 'matrix', tenant: 'acme', scopes: [], instancePatterns: null },
      ...{ createdAt: NOW, expiresAt: null, ...more },
    },
    null,
  );
  if (outcome.kind === 'key_reused') throw new Error(outcome.kind);
  return { id, key: outcome.key.open() };
}

/** With the first example of the document for a body. */
async function call({ method, path, operation }: Row, authorization: string | null, id = 'none_1') {
  source += 1;
  const content = operation.requestBody?.content['application/json'];
  const [example] = Object.values(content?.examples ?? {});
  const answer = await http.app.inject({
    method,
    url: path.replace(/\{\w+\}/, id),
    remoteAddress: `10.1.${source >> 8}.${source & 255}`,
    headers: {
      ...(authorization !== null && { authorization }),
      ...(content !== undefined && { 'content-type': 'application/json' }),
    },
    ...(content !== undefined && { payload: JSON.stringify(example?.value ?? {}) }),
    // A stream has no end: it has been let in when its answer begins.
    payloadAsStream: true,
  });
  const isStream = answer.headers['content-type']?.toString().startsWith('text/event-stream');
  const sent = isStream === true ? '' : await text(answer.stream());
  if (isStream === true) answer.stream().destroy();
  const isText = answer.headers['content-type']?.toString().startsWith('text/plain');
  const read: unknown = isText === true ? { text: sent } : JSON.parse(sent === '' ? '{}' : sent);
  const { requestId: _, ...body } = read as Record<string, unknown>;
  return { status: answer.statusCode, headers: answer.headers, body };
}

const collectionOf = (path: string): string => path.split('/')[2] ?? '';
const idOf = (path: string): string => existing[collectionOf(path)] ?? 'none_1';

test('every route is public by name or says which scope it needs', () => {
  expect(ROWS.length).toBeGreaterThan(20);
  for (const { route, operation } of KEYED) {
    expect([route, SCOPES]).toEqual([
      route,
      expect.arrayContaining([operation['x-required-scope']]),
    ]);
    expect([route, operation.security]).toEqual([route, [{ bearer: [] }]]);
    const headers = Object.keys(operation.responses['429']?.headers ?? {});
    expect([route, headers.toSorted()]).toEqual([
      route,
      ['RateLimit', 'RateLimit-Policy', 'Retry-After', 'X-Request-Id'],
    ]);
  }
});

test('every kind of resource that a route names is in the matrix', () => {
  const kinds = new Set(OF_ONE.map(({ path }) => collectionOf(path)));
  expect([...kinds].filter((kind) => !(kind in existing))).toEqual([]);
});

test.each(PUBLIC)('%s needs no key and is not limited', async (route) => {
  const row = ROWS.find((each) => each.route === route);
  if (row === undefined) throw new Error(`no ${route}`);
  const answer = await call(row, null);
  expect(answer.status).toBe(200);
  expect(answer.headers['ratelimit']).toBeUndefined();
});

describe.each(KEYED)('$route', (row) => {
  test('no key, and a malformed, unknown, expired or revoked one: 401, all the same', async () => {
    const { expired, revoked, right, unknown } = keys;
    const wrong = [null, 'Basic YTpi', 'Bearer ', 'Bearer a b', right, `Bearer ${right}A`];
    wrong.push(`Bearer ${right.slice(0, -2)}__`);
    wrong.push(...[unknown, expired, revoked].map((key) => `Bearer ${key}`));
    for (const authorization of wrong) {
      const { status, headers, body } = await call(row, authorization, idOf(row.path));
      expect([authorization, status]).toEqual([authorization, 401]);
      expect(headers['www-authenticate']).toBe('Bearer');
      expect(headers['ratelimit']).toBeUndefined();
      expect(body).toEqual({
        ...{ type: '/docs#unauthenticated', title: 'A valid API key is required', status: 401 },
        ...{ code: 'unauthenticated' },
        detail: 'Send a valid API key as "Authorization: Bearer <key>".',
      });
    }
  });

  test('with every scope but its own and admin: 403, which names the one it needs', async () => {
    const needed = row.operation['x-required-scope'];
    const scopes = SCOPES.filter((scope) => scope !== needed && scope !== 'admin');
    const { key } = await made({ scopes });
    const { status, headers, body } = await call(row, `Bearer ${key}`, idOf(row.path));
    expect([status, body['code']]).toEqual([403, 'forbidden']);
    expect(body['detail']).toBe(`The API key lacks the scope ${needed}.`);
    expect(headers['ratelimit']).toMatch(/^"default";r=\d+;t=\d+$/);
  });

  test('right: past the door, with what is left of its limit', async () => {
    const needed = row.operation['x-required-scope'];
    const { key } = await made({ scopes: needed === undefined ? [] : [needed] });
    // What it would delete or end, the other routes still need.
    const isLast = row.method === 'DELETE' || row.path.endsWith('/cancel');
    const id = isLast ? 'none_1' : idOf(row.path);
    const { status, headers, body } = await call(row, `Bearer ${key}`, id);
    expect([row.route, body['code']]).not.toEqual([row.route, 'unauthenticated']);
    // 403 only for what the key may not do within its scope: here, keys for another tenant.
    const ofExample = row.route === 'POST /v1/api-keys' ? [403] : [];
    const expected = isLast ? [404] : [200, 201, 202, 304, 409, 422, ...ofExample];
    expect(expected).toContain(status);
    expect(headers['ratelimit']).toMatch(/^"default";r=\d+;t=\d+$/);
    expect(headers['ratelimit-policy']).toBe('"default";q=1000000;w=60');
  });
});

describe.each(OF_ONE)('$route', (row) => {
  test('of another tenant: 404, the same bytes as for what is not there', async () => {
    const theirs = await call(row, `Bearer ${keys.theirs}`, idOf(row.path));
    const missing = await call(row, `Bearer ${keys.theirs}`, 'none_1');
    expect([theirs.status, missing.status]).toEqual([404, 404]);
    expect(theirs.body).toEqual(missing.body);
  });
});

describe.each(LISTS)('$route', (row) => {
  test('of another tenant: 200, and nothing of the first one in it', async () => {
    // One who has asked for nothing: also the audit log of an asker names what was asked for.
    const { key } = await made({ tenant: 'onlooker', scopes: ['admin'] });
    const { status, body } = await call(row, `Bearer ${key}`);
    expect(status).toBe(200);
    expect(JSON.stringify(body)).not.toMatch(/acme/);
    for (const id of Object.values(existing)) expect(JSON.stringify(body)).not.toContain(id);
  });
});
