// What the headers promise: one safe id for each request, no stale copy, no second creation.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { migrationBody, send, startHttp, type HttpUnderTest } from './http-app.js';

let http: HttpUnderTest;
beforeAll(async () => {
  http = await startHttp();
});
afterAll(async () => {
  await http.app.close();
});

const FRESH = /^req_[0-9a-f-]{36}$/;

describe('X-Request-Id', () => {
  const ids: readonly (readonly [string, string, RegExp])[] = [
    ['of the right form is echoed', 'a.B_9-z', /^a\.B_9-z$/],
    ['of 128 characters is echoed', 'x'.repeat(128), /^x{128}$/],
    ['of 129 characters is replaced', 'x'.repeat(129), FRESH],
    ['that is empty is replaced', '', FRESH],
    ['with a blank is replaced', 'a b', FRESH],
    ['with a path is replaced', '../../etc', FRESH],
    ['with a quote is replaced', 'a"b', FRESH],
    ['outside of ASCII is replaced', 'ä', FRESH],
    ['given twice is replaced', 'a, b', FRESH],
  ];
  test.each(ids)('%s', async (_what, id, expected) => {
    for (const url of [
      '/health/live',
      '/nothing',
      '/v1/migrations/%zz',
      '/docs',
      '/v1/migrations',
    ]) {
      const answer = await send(http, 'GET', url, { key: null, headers: { 'x-request-id': id } });
      expect(answer.headers['x-request-id']).toMatch(expected);
    }
  });

  test('is kept on the record of what the request made', async () => {
    const headers = { 'x-request-id': 'trace-77' };
    await send(http, 'POST', '/v1/migrations', { body: migrationBody(), headers });
    expect(http.migrations.records.at(-1)?.requestId).toBe('trace-77');
  });
});

describe('ETag', () => {
  test('of one resource is answered 304 when it is known, and changes with the resource', async () => {
    const made = await send(http, 'POST', '/v1/migrations', { body: migrationBody() });
    const { location } = made.headers;
    const first = await send(http, 'GET', String(location));
    const tag = String(first.headers['etag']);
    expect(tag).toMatch(/^"[\w-]{43}"$/);
    expect(first.headers['cache-control']).toBe('no-store');
    expect(made.headers['etag']).toBe(tag);
    for (const known of [tag, `W/${tag}`, `"other", ${tag}`, '*']) {
      const again = await send(http, 'GET', String(location), {
        headers: { 'if-none-match': known },
      });
      expect([again.statusCode, again.body, again.headers['etag']]).toEqual([304, '', tag]);
      expect(again.headers['x-request-id']).toMatch(FRESH);
    }
    const stale = await send(http, 'GET', String(location), {
      headers: { 'if-none-match': '"other"' },
    });
    expect(stale.statusCode).toBe(200);
    Object.assign(http.migrations.records.at(-1) ?? {}, { importId: '85265475235' });
    const changed = await send(http, 'GET', String(location), {
      headers: { 'if-none-match': tag },
    });
    expect([changed.statusCode, changed.json<{ importId: string }>().importId]).toEqual([
      200,
      '85265475235',
    ]);
    const byImport = await send(http, 'GET', '/v1/imports/85265475235');
    expect(byImport.headers['etag']).toBe(changed.headers['etag']);
  });

  test('never hides an error, and a HEAD has the same one as a GET', async () => {
    const missing = await send(http, 'GET', '/v1/migrations/mig_x', {
      headers: { 'if-none-match': '*' },
    });
    expect([missing.statusCode, missing.headers['etag']]).toEqual([404, undefined]);
    const url = `/v1/migrations/${http.migrations.records[0]?.id}`;
    const [head, get] = [await send(http, 'HEAD', url), await send(http, 'GET', url)];
    expect([head.statusCode, head.body, head.headers['etag']]).toEqual([
      200,
      '',
      get.headers['etag'],
    ]);
  });
});

describe('Idempotency-Key', () => {
  const post = async (key: string, body = migrationBody()) =>
    send(http, 'POST', '/v1/migrations', { body, headers: { 'idempotency-key': key } });

  test('with the same body answers as the first time and says so', async () => {
    const count = http.migrations.records.length;
    const first = await post('once');
    const second = await post('once');
    expect([first.statusCode, first.headers['idempotent-replayed']]).toEqual([202, undefined]);
    expect([second.statusCode, second.headers['idempotent-replayed']]).toEqual([202, 'true']);
    expect(second.body).toBe(first.body);
    expect(second.headers['location']).toBe(first.headers['location']);
    expect(http.migrations.records).toHaveLength(count + 1);
  });

  test('with another body is refused', async () => {
    await post('twice');
    const other = await post('twice', migrationBody({ priority: 1 }));
    expect(other.statusCode).toBe(422);
    expect(other.json()).toMatchObject({ code: 'idempotency_key_reused' });
  });

  test.each(['', 'with blank', 'x'.repeat(256), 'ä'])('"%s" is malformed', async (key) => {
    const answer = await post(key);
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ code: 'malformed_request' });
  });
});

test('nobody is told to share answers with other origins', async () => {
  const answer = await send(http, 'GET', '/health/live', {
    headers: { origin: 'https://evil.example' },
  });
  expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual(
    [],
  );
});
