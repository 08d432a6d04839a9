// The queue page is for an admin of the operator and for looking: a browser gets in with the key as a password, others do not.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startHttp, type HttpUnderTest } from './http-app.js';

let http: HttpUnderTest;
beforeAll(async () => {
  http = await startHttp();
  http.limits.failuresPerMinute = 1_000;
});
afterAll(() => http.app.close());
afterEach(() => {
  http.board.failure = null;
});

const OPERATOR = 'default.admin';
const PLACES = ['/queues', '/queues/', '/queues/queue/submit', '/queues/api/queues'];

/** Not by way of `send`: these are pages and their data, which the document of the API does not tell of. */
const ask = (
  method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  url: string,
  authorization: string | null,
) => http.app.inject({ method, url, headers: authorization === null ? {} : { authorization } });
const get = (url: string, authorization: string | null) => ask('GET', url, authorization);
const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

describe.each([...PLACES, '/queues/static/still-board.ts'])('%s', (url) => {
  test.each([
    ['as a bearer token', `Bearer ${OPERATOR}`],
    ['as the password of any name', basic(`someone:${OPERATOR}`)],
    ['as the password of no name', basic(`:${OPERATOR}`)],
  ])('lets the operator in with the key %s', async (_how, authorization) => {
    const answer = await get(url, authorization);
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['ratelimit']).toMatch(/^"default";r=\d+;t=\d+$/);
    expect(answer.headers['cache-control']).toBe('no-store');
    expect((await ask('HEAD', url, authorization)).statusCode).toBe(200);
  });

  test.each([
    ['nothing', null],
    ['an unknown key', 'Bearer nobody'],
    ['an unknown password', basic('admin:nobody')],
    ['the key as a name', basic(`${OPERATOR}:`)],
    ['the key without a name before it', basic(OPERATOR)],
    ['what is not base64', 'Basic ::::'],
    ['a blank in the password', basic(`admin:${OPERATOR} `)],
    ['another scheme', `Digest ${OPERATOR}`],
  ])('asks a browser for a password when it brings %s', async (_what, authorization) => {
    const answer = await get(url, authorization);
    expect(answer.statusCode).toBe(401);
    expect(answer.headers['www-authenticate']).toBe('Basic realm="rds-import", charset="UTF-8"');
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(answer.json()).toMatchObject({ code: 'unauthenticated', status: 401 });
  });

  test.each(['acme.admin', 'default.metrics:read', 'default.migrations:write'])(
    'is closed to %s, who is no admin of the operator',
    async (key) => {
      for (const authorization of [`Bearer ${key}`, basic(`x:${key}`)]) {
        const answer = await get(url, authorization);
        expect(answer.statusCode).toBe(403);
        expect(answer.json()).toMatchObject({ code: 'forbidden', status: 403 });
      }
    },
  );
});

test('elsewhere a password is no key', async () => {
  for (const url of ['/v1/migrations', '/v1/api-keys', '/v1/audit']) {
    const answer = await get(url, basic(`x:${OPERATOR}`));
    expect([answer.statusCode, answer.headers['www-authenticate']]).toEqual([401, 'Bearer']);
  }
});

test('whoever guesses passwords is turned away as with any key', async () => {
  const usual = http.limits.failuresPerMinute;
  http.limits.failuresPerMinute = 1;
  await get('/queues', basic('x:first-guess'));
  const answer = await get('/queues', basic('x:second-guess'));
  http.limits.failuresPerMinute = usual;
  expect(answer.statusCode).toBe(429);
  expect(answer.json()).toMatchObject({ code: 'rate_limited' });
});

test('a refusal for want of rights is on record', async () => {
  await get('/queues/api/queues/submit', 'Bearer acme.admin');
  expect(http.audit.entries.at(-1)).toMatchObject({
    ...{ tenant: 'acme', action: 'queues.read', resource: '/queues/api/queues/:queueName' },
    outcome: { status: 403, code: 'forbidden' },
  });
});

test('it may use files of this service and nothing else, and nothing of it is inline', async () => {
  const answer = await get('/queues', `Bearer ${OPERATOR}`);
  expect(answer.headers['content-security-policy']).toBe(
    "default-src 'none';base-uri 'self';form-action 'none';frame-ancestors 'none';" +
      "script-src 'self';style-src 'self';img-src 'self';connect-src 'self'",
  );
  const html = answer.body;
  expect(html).toContain('<script defer src="static/main.js"></script>');
  expect(html).toContain('<link rel="stylesheet" href="static/main.css">');
  expect(html).not.toMatch(/<style|style=|https?:|\son\w+=/);
  const inline = [...html.matchAll(/<script(?![^>]*src=)[^>]*>/g)].map(([tag]) => tag);
  expect(inline).toEqual(['<script id="__UI_CONFIG__" type="application/json">']);
});

test('what is not there, is asked wrongly or cannot be read is a problem', async () => {
  const codeOf = async (url: string) => {
    const answer = await get(url, `Bearer ${OPERATOR}`);
    return [answer.statusCode, answer.json<{ readonly code: string }>().code];
  };
  expect(await codeOf('/queues/api/queues/other')).toEqual([404, 'not_found']);
  expect(await codeOf('/queues/api/queues/submit?page=x')).toEqual([400, 'malformed_request']);
  expect(await codeOf('/queues/static/none.js')).toEqual([404, 'not_found']);
  http.board.failure = new Error('canary of a driver');
  const answer = await get('/queues/api/queues', `Bearer ${OPERATOR}`);
  expect([answer.statusCode, answer.body.includes('canary')]).toEqual([500, false]);
});

test.each(['../http-app.ts', '..%2fhttp-app.ts', '%2e%2e/%2e%2e/package.json', '..\\x', '.env'])(
  'no path leads out of the folder of its files: %s',
  async (path) => {
    const answer = await get(`/queues/static/${path}`, `Bearer ${OPERATOR}`);
    expect(answer.statusCode).toBeGreaterThanOrEqual(400);
    expect(answer.headers['content-type']).toBe('application/problem+json');
  },
);

test('nothing below it takes anything but a question', async () => {
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'] as const) {
    for (const url of PLACES) {
      const answer = await ask(method, url, `Bearer ${OPERATOR}`);
      expect([method, url, answer.statusCode]).toEqual([method, url, 404]);
    }
  }
});
