// Every act that may change something is on record, before and after; nothing changes that cannot be put there.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Problem } from '../../src/domain/errors.js';
import { verifyChain, type AuditEntry } from '../../src/domain/audit.js';
import { sha256 } from '../support/memory-audit.js';
import { CREDENTIAL, migrationBody, send, startHttp, type HttpUnderTest } from './http-app.js';

let http: HttpUnderTest;
beforeEach(async () => {
  http = await startHttp();
});
afterEach(async () => {
  await http.app.close();
});

interface Operation {
  readonly operationId: string;
}
type Verb = 'POST' | 'PATCH' | 'PUT' | 'DELETE';

/** Every route whose method may change something, from the document. */
async function changingRoutes(): Promise<readonly (readonly [Verb, string])[]> {
  const document = (await send(http, 'GET', '/openapi.json', { key: null })).json<{
    paths: Record<string, Record<string, Operation>>;
  }>();
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods)
      .filter((method) => ['post', 'patch', 'put', 'delete'].includes(method))
      .map((method) => [method.toUpperCase() as Verb, path] as const),
  );
}

const READ_ONLY = ['POST /v1/migrations/preflight', 'POST /v1/batches/plan'];
const told = ({ action, resource, phase, outcome }: AuditEntry) => [
  ...[action, resource, phase],
  outcome === null ? null : `${outcome.status} ${outcome.code ?? 'done'}`,
];
const lastTwo = () => http.audit.entries.slice(-2).map(told);

test('every route that may change something leaves two entries, the others none', async () => {
  const routes = await changingRoutes();
  expect(routes.length).toBeGreaterThan(12);
  for (const [method, path] of routes) {
    const before = http.audit.entries.length;
    const answer = await send(http, method, path.replace('{id}', 'mig_missing'), { body: '{}' });
    const isNoted = !READ_ONLY.includes(`${method} ${path}`);
    const entries = http.audit.entries.slice(before);
    const { code = null } = answer.statusCode < 400 ? {} : answer.json<{ code: string }>();
    const outcome = { status: answer.statusCode, code };
    const noted = [
      { phase: 'begun', outcome: null },
      { phase: 'ended', outcome },
    ];
    expect([path, entries]).toMatchObject([path, isNoted ? noted : []]);
  }
  expect(verifyChain(http.audit.entries, sha256)).toEqual([]);
});

test('an entry says who, what, when, from where and how it ended', async () => {
  const headers = { 'x-request-id': 'order-4711', 'x-forwarded-for': '6.6.6.6' };
  const made = await send(http, 'POST', '/v1/migrations', { body: migrationBody(), headers });
  const who = { tenant: 'acme', keyId: 'acme.admin', action: 'migrations.accept' };
  const where = { source: '127.0.0.1', requestId: 'order-4711', at: '2026-11-24T12:00:00.000Z' };
  expect(http.audit.entries).toMatchObject([
    { ...who, ...where, seq: 1, phase: 'begun', resource: '/v1/migrations', outcome: null },
    {
      ...{ ...who, ...where, seq: 2, phase: 'ended' },
      resource: made.headers['location'],
      outcome: { status: 202, code: null },
    },
  ]);
});

describe('the outcome is the one that was answered:', () => {
  test('done, repeated, ended, gone', async () => {
    const headers = { 'idempotency-key': 'once' };
    const body = migrationBody();
    const made = await send(http, 'POST', '/v1/migrations', { body, headers });
    const url = String(made.headers['location']);
    await send(http, 'POST', '/v1/migrations', { body, headers });
    expect(lastTwo()).toEqual([
      ['migrations.accept', '/v1/migrations', 'begun', null],
      ['migrations.accept', url, 'ended', '202 done'],
    ]);
    for (const outcome of ['202 done', '409 already_ended']) {
      await send(http, 'POST', `${url}/cancel?why=canary`);
      expect(lastTwo()).toEqual([
        ['migrations.cancel', `${url}/cancel`, 'begun', null],
        ['migrations.cancel', `${url}/cancel`, 'ended', outcome],
      ]);
    }
    await send(http, 'DELETE', '/v1/credentials/cred_none');
    expect(lastTwo()[1]).toEqual([
      ...['credentials.remove', '/v1/credentials/cred_none', 'ended', '404 not_found'],
    ]);
  });

  test('deleted, malformed, invalid', async () => {
    const url = `/v1/credentials/${CREDENTIAL}`;
    await send(http, 'PATCH', url, { body: '{"name"' });
    expect(lastTwo()[1]).toEqual(['credentials.patch', url, 'ended', '400 malformed_json']);
    await send(http, 'PATCH', url, { body: '{"nme":"x"}' });
    expect(lastTwo()[1]).toEqual(['credentials.patch', url, 'ended', '422 validation_failed']);
    await send(http, 'DELETE', url);
    expect(lastTwo()[1]).toEqual(['credentials.remove', url, 'ended', '204 done']);
  });

  test('failed inside', async () => {
    http.credentials.remove = async () => Promise.reject(new Error('hunter2'));
    await send(http, 'DELETE', `/v1/credentials/${CREDENTIAL}`);
    expect(lastTwo()[1]?.[3]).toBe('500 internal_error');
  });
});

describe('a caller without the scope', () => {
  test('leaves one entry, whether it wanted to change or to see something', async () => {
    const key = 'acme.metrics:read';
    await send(http, 'DELETE', `/v1/credentials/${CREDENTIAL}`, { key });
    await send(http, 'GET', '/v1/audit?limit=1', { key });
    expect(http.audit.entries.map(told)).toEqual([
      ['credentials.remove', `/v1/credentials/${CREDENTIAL}`, 'ended', '403 forbidden'],
      ['audit.list', '/v1/audit', 'ended', '403 forbidden'],
    ]);
    expect(http.audit.entries[0]).toMatchObject({ tenant: 'acme', keyId: key });
  });

  test('is on record once where the handler itself refuses', async () => {
    const refusal = new Problem('forbidden', 'Not with this key.');
    http.credentials.remove = async () => Promise.reject(refusal);
    await send(http, 'DELETE', `/v1/credentials/${CREDENTIAL}`);
    expect(http.audit.entries.map(({ phase }) => phase)).toEqual(['begun', 'ended']);
    expect(lastTwo()[1]?.[3]).toBe('403 forbidden');
  });

  test('is refused all the same when that cannot be noted', async () => {
    http.audit.beforeAppend = () => {
      throw new Error('away');
    };
    const answer = await send(http, 'GET', '/v1/audit', { key: 'acme.metrics:read' });
    expect(answer.statusCode).toBe(403);
  });
});

test('nothing of a body, a query or a header is in any entry, nor what stands in place of an id', async () => {
  const canaries = ['canarySecret0001', 'LTAIcanary00000001', 'canaryKey', 'canaryName'];
  const [secret = '', accessKeyId = '', idempotencyKey = '', name = ''] = canaries;
  const headers = { 'idempotency-key': idempotencyKey, 'user-agent': secret, cookie: secret };
  const body = { name, type: 'access_key', regionId: 'cn-hangzhou', accessKeyId };
  const text = JSON.stringify({ ...body, accessKeySecret: secret });
  const made = await send(http, 'POST', `/v1/credentials?x=${secret}`, { body: text, headers });
  expect(made.statusCode).toBe(201);
  await send(http, 'PATCH', String(made.headers['location']), { body: text, headers });
  for (const odd of [secret, `cred_${secret}%2f..`, '%3Cscript%3E', 'a'.repeat(90)]) {
    await send(http, 'DELETE', `/v1/credentials/${odd}?${secret}`);
    expect(lastTwo()[1]?.[1]).toBe('/v1/credentials/:id');
  }
  const all = JSON.stringify(http.audit.entries);
  for (const canary of canaries) expect(all).not.toContain(canary);
});

describe('when the audit log cannot be written', () => {
  const fails = (wanted: 'begun' | 'ended'): void => {
    http.audit.beforeAppend = ({ phase }) => {
      if (phase === wanted) throw new Error('connect ECONNREFUSED 10.0.0.7');
    };
  };

  test('nothing is done: 503, no store was written, no handler ran', async () => {
    const routes = await changingRoutes();
    fails('begun');
    const credential = await http.credentials.find('acme', CREDENTIAL);
    for (const [method, path] of routes) {
      if (READ_ONLY.includes(`${method} ${path}`)) continue;
      const body = path === '/v1/migrations' ? migrationBody() : '{"name":"other"}';
      const answer = await send(http, method, path.replace('{id}', CREDENTIAL), { body });
      expect([path, answer.statusCode]).toEqual([path, 503]);
      expect(answer.json()).toMatchObject({ code: 'unavailable' });
      expect(answer.headers['retry-after']).toBe('2');
      expect(answer.body).not.toContain('10.0.0.7');
    }
    expect(http.migrations.records).toEqual([]);
    expect(http.batches.accepted).toEqual([]);
    expect(await http.credentials.find('acme', CREDENTIAL)).toEqual(credential);
    expect((await send(http, 'GET', '/v1/credentials')).json<{ items: [] }>().items).toHaveLength(
      1,
    );
    expect(http.audit.entries).toEqual([]);
  });

  test('what only reads goes on', async () => {
    fails('begun');
    const url = '/v1/migrations/preflight';
    expect((await send(http, 'POST', url, { body: migrationBody() })).statusCode).toBe(200);
    expect((await send(http, 'GET', '/v1/migrations')).statusCode).toBe(200);
  });

  test('after it was done, the answer is what was done, and its begin stands', async () => {
    fails('ended');
    const answer = await send(http, 'POST', '/v1/migrations', { body: migrationBody() });
    expect(answer.statusCode).toBe(202);
    expect(http.migrations.records).toHaveLength(1);
    expect(http.audit.entries.map(({ phase }) => phase)).toEqual(['begun']);
  });
});
