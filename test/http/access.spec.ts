// Nothing is open by accident: a key, its scope, its tenant.
import { Controller, Get } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { migrationBody, send, startHttp, type HttpUnderTest } from './http-app.js';

let http: HttpUnderTest;
beforeAll(async () => {
  http = await startHttp();
});
afterAll(async () => {
  await http.app.close();
});

@Controller('forgotten')
class ForgottenController {
  @Get()
  look(): string {
    return 'open';
  }
}

test('a route that does not say who may call it stops the start, by name', async () => {
  await expect(startHttp([ForgottenController])).rejects.toThrow(/ForgottenController\.look/);
});

const GUARDED = [
  ['POST', '/v1/credentials', 'credentials:write'],
  ['GET', '/v1/credentials', 'credentials:read'],
  ['GET', '/v1/credentials/cred_1', 'credentials:read'],
  ['PATCH', '/v1/credentials/cred_1', 'credentials:write'],
  ['DELETE', '/v1/credentials/cred_1', 'credentials:write'],
  ['POST', '/v1/credentials/cred_1/verify', 'credentials:write'],
  ['POST', '/v1/migrations', 'migrations:write'],
  ['POST', '/v1/migrations/preflight', 'migrations:write'],
  ['GET', '/v1/migrations', 'migrations:read'],
  ['GET', '/v1/migrations/mig_1', 'migrations:read'],
  ['GET', '/v1/imports/1', 'migrations:read'],
  ['POST', '/v1/api-keys', 'admin'],
  ['GET', '/v1/api-keys', 'admin'],
  ['DELETE', '/v1/api-keys/key_1', 'admin'],
  ['GET', '/v1/audit', 'admin'],
] as const;

describe.each(GUARDED)('%s %s', (method, url, scope) => {
  test('without a valid key is 401', async () => {
    for (const key of [null, 'unknown', ' ', 'x'.repeat(600)]) {
      const answer = await send(http, method, url, { key });
      expect(answer.statusCode).toBe(401);
      expect(answer.headers['www-authenticate']).toBe('Bearer');
      expect(answer.json()).toMatchObject({ code: 'unauthenticated' });
    }
  });

  test('with another scope is 403 and names the one that it needs', async () => {
    const answer = await send(http, method, url, { key: 'acme.metrics:read' });
    expect(answer.statusCode).toBe(403);
    expect(answer.json()).toMatchObject({ code: 'forbidden' });
    expect(answer.json<{ detail: string }>().detail).toContain(scope);
  });

  test('with its scope gets past the guard', async () => {
    const answer = await send(http, method, url, { key: `acme.${scope}` });
    expect([401, 403]).not.toContain(answer.statusCode);
  });
});

test('another scheme, or a key in the wrong place, is no key', async () => {
  for (const authorization of ['Basic acme.admin', 'acme.admin', 'Bearer', 'Bearer a b']) {
    const headers = { authorization };
    expect((await send(http, 'GET', '/v1/migrations', { key: null, headers })).statusCode).toBe(
      401,
    );
  }
  const inQuery = await send(http, 'GET', '/v1/migrations?key=acme.admin', { key: null });
  expect(inQuery.statusCode).toBe(401);
});

test("a stranger's body is not even parsed", async () => {
  const answer = await send(http, 'POST', '/v1/migrations', { key: null, body: '{broken' });
  expect(answer.statusCode).toBe(401);
});

test("another tenant's migration is as a missing one", async () => {
  const made = await send(http, 'POST', '/v1/migrations', { body: migrationBody() });
  const url = `/v1/migrations/${made.json<{ id: string }>().id}`;
  const theirs = await send(http, 'GET', url, { key: 'rival.admin' });
  const missing = await send(http, 'GET', '/v1/migrations/mig_nothing', { key: 'rival.admin' });
  expect([theirs.statusCode, missing.statusCode]).toEqual([404, 404]);
  expect(theirs.json<{ detail: string }>().detail).toBe(missing.json<{ detail: string }>().detail);
});

test.each(['/health/live', '/health/ready', '/openapi.json', '/docs'])(
  '%s needs no key',
  async (url) => {
    expect((await send(http, 'GET', url, { key: null })).statusCode).toBe(200);
  },
);

test('readiness says what is down', async () => {
  const { parts } = http.probes;
  http.probes.parts = { redis: { ok: false, detail: 'does not answer' } };
  const answer = await send(http, 'GET', '/health/ready', { key: null });
  http.probes.parts = parts;
  expect(answer.statusCode).toBe(503);
  expect(answer.json()).toEqual({
    ready: false,
    parts: { redis: { ok: false, detail: 'does not answer' } },
  });
  expect((await send(http, 'GET', '/health/live', { key: null })).statusCode).toBe(200);
});
