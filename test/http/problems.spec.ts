// Every error of every path is one problem of the table, and tells nobody anything that is not theirs to know.
import { Controller, Get, NotFoundException } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Problem } from '../../src/domain/errors.js';
import { Public } from '../../src/http/access.js';
import { HTTP_CONTROLLERS } from '../../src/http/http-parts.js';
import { BODY_LIMIT, migrationBody, send, startHttp, type HttpUnderTest } from './http-app.js';

/** What may go wrong below the HTTP floor. */
const FAILURES: Readonly<Record<string, unknown>> = {
  defect: new Error('connect to 10.0.0.7 with password hunter2'),
  'not-even-an-error': 'hunter2',
  'mentions-http': Object.assign(new Error('hunter2'), { statusCode: 418, expose: true }),
  refused: Object.assign(new Error('connect ECONNREFUSED 10.0.0.7:6379'), { code: 'ECONNREFUSED' }),
  closed: new Error('Connection is closed.'),
  retries: Object.assign(new Error('Reached the max'), { name: 'MaxRetriesPerRequestError' }),
  timeout: new Error('Command timed out'),
  offline: new Error("Stream isn't writeable and enableOfflineQueue options is false"),
  loading: new Error('LOADING Redis is loading the dataset in memory'),
  full: new Error("OOM command not allowed when used memory > 'maxmemory'."),
  limited: new Problem('rate_limited', 'Slow down.', { retryAfterSeconds: 7 }),
  nest: new NotFoundException('hunter2'),
};

@Controller('fail')
class FailingController {
  @Get(':how')
  @Public()
  fail(): never {
    throw FAILURES[this.how];
  }
  how = '';
}

let http: HttpUnderTest;
beforeAll(async () => {
  http = await startHttp([...HTTP_CONTROLLERS, FailingController]);
});
afterAll(async () => {
  await http.app.close();
});

type Answer = Awaited<ReturnType<typeof send>>;

function expectProblem(answer: Answer, status: number, code: string): Record<string, unknown> {
  expect(answer.statusCode).toBe(status);
  expect(answer.headers['content-type']).toBe('application/problem+json');
  expect(answer.headers['cache-control']).toBe('no-store');
  const problem = answer.json<Record<string, unknown>>();
  expect(problem).toMatchObject({ type: `/docs#${code}`, status, code });
  expect(problem['requestId']).toBe(answer.headers['x-request-id']);
  expect(problem['title']).toEqual(expect.any(String));
  expect(problem['detail']).toEqual(expect.any(String));
  return problem;
}

describe('what the server refuses before a controller is asked', () => {
  const json = { 'content-type': 'application/json' };
  const body = migrationBody();
  const cases: readonly (readonly [string, () => Promise<Answer>, number, string])[] = [
    ['an unknown path', () => send(http, 'GET', '/v1/nothing'), 404, 'not_found'],
    ['a path that climbs', () => send(http, 'GET', '/v1/../../etc/passwd'), 404, 'not_found'],
    [
      'a method that is not there',
      () => send(http, 'PUT', '/v1/migrations', { body }),
      404,
      'not_found',
    ],
    [
      'a path that cannot be decoded',
      () => send(http, 'GET', '/v1/migrations/%zz'),
      400,
      'malformed_request',
    ],
    [
      'a path that is too long',
      () => send(http, 'GET', `/v1/imports/${'9'.repeat(500)}`),
      404,
      'not_found',
    ],
    [
      'no media type',
      () => send(http, 'POST', '/v1/migrations', { headers: { 'content-type': '' }, body }),
      415,
      'unsupported_media_type',
    ],
    [
      'a form',
      () =>
        send(http, 'POST', '/v1/migrations', {
          body: 'a=b',
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
        }),
      415,
      'unsupported_media_type',
    ],
    [
      'plain text',
      () =>
        send(http, 'POST', '/v1/migrations', { body, headers: { 'content-type': 'text/plain' } }),
      415,
      'unsupported_media_type',
    ],
    [
      'another charset',
      () =>
        send(http, 'POST', '/v1/migrations', {
          body,
          headers: { 'content-type': 'application/json; charset=gbk' },
        }),
      415,
      'unsupported_media_type',
    ],
    [
      'a compressed body',
      () => send(http, 'POST', '/v1/migrations', { body, headers: { 'content-encoding': 'gzip' } }),
      415,
      'unsupported_media_type',
    ],
    [
      'a body over the limit',
      () => send(http, 'POST', '/v1/migrations', { body: Buffer.alloc(BODY_LIMIT + 1, 0x20) }),
      413,
      'body_too_large',
    ],
    [
      'no body',
      () => send(http, 'POST', '/v1/migrations', { headers: json }),
      400,
      'malformed_json',
    ],
    [
      'no body and no media type',
      () => send(http, 'POST', '/v1/migrations'),
      400,
      'malformed_json',
    ],
    [
      'bytes that are not UTF-8',
      () => send(http, 'POST', '/v1/migrations', { body: Buffer.from([0x7b, 0xff, 0x7d]) }),
      400,
      'malformed_json',
    ],
    [
      'a body nested too deeply',
      () => send(http, 'POST', '/v1/migrations', { body: '['.repeat(65) }),
      400,
      'malformed_json',
    ],
  ];
  test.each(cases)('%s', async (_what, call, status, code) => {
    expectProblem(await call(), status, code);
  });

  test('what a path lacks is said truly, also when only the method is wrong', async () => {
    const answer = await send(http, 'PUT', '/v1/migrations', { body });
    expect(answer.json()).toMatchObject({ detail: 'Nothing answers this method and path.' });
  });

  test('a malformed body names line and column, and typographic quotes by name', async () => {
    const broken = await send(http, 'POST', '/v1/migrations', { body: '{\n  "a": nul\n}' });
    expect(expectProblem(broken, 400, 'malformed_json')['detail']).toContain('line 2, column 8');
    const curly = await send(http, 'POST', '/v1/migrations', { body: '{“a”: 1}' });
    expect(expectProblem(curly, 400, 'malformed_json')['detail']).toMatch(
      /“ \(U\+201C\) at line 1, column 2/,
    );
  });
});

describe('what fails inside', () => {
  const fail = async (how: string): Promise<Answer> => {
    http.app.get(FailingController).how = how;
    return send(http, 'GET', '/fail/now');
  };

  test.each(['defect', 'not-even-an-error', 'mentions-http'])(
    '%s is 500 and leaks nothing',
    async (how) => {
      const answer = await fail(how);
      expectProblem(answer, 500, 'internal_error');
      expect(answer.body).not.toMatch(/hunter2|10\.0\.0\.7|stack|\.ts/);
    },
  );

  test.each(['refused', 'closed', 'retries', 'timeout', 'offline', 'loading', 'full'])(
    '%s: storage that is away is 503 and says when to come again',
    async (how) => {
      const answer = await fail(how);
      expectProblem(answer, 503, 'unavailable');
      expect(Number(answer.headers['retry-after'])).toBeGreaterThanOrEqual(1);
      expect(Number(answer.headers['retry-after'])).toBeLessThanOrEqual(5);
      expect(answer.body).not.toContain('10.0.0.7');
    },
  );

  test('a problem keeps its own time to come again', async () => {
    const answer = await fail('limited');
    expectProblem(answer, 429, 'rate_limited');
    expect(answer.headers['retry-after']).toBe('7');
  });

  test("the framework's own words do not get out", async () => {
    const answer = await fail('nest');
    expectProblem(answer, 404, 'not_found');
    expect(answer.body).not.toContain('hunter2');
  });
});

test('a duplicate leads to the migration that stands in the way', async () => {
  http.migrations.duplicateOf = 'mig_FIRST';
  const answer = await send(http, 'POST', '/v1/migrations', { body: migrationBody() });
  http.migrations.duplicateOf = null;
  const problem = expectProblem(answer, 409, 'duplicate_active');
  expect(problem['conflictsWith']).toBe('/v1/migrations/mig_FIRST');
  expect(answer.headers['link']).toBe('</v1/migrations/mig_FIRST>; rel="related"');
});
