// Verifying a credential over HTTP: upstream's word on the key, what is held back, and the way on.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { UpstreamFault } from '../../src/use-cases/ports-upstream.js';
import { CREDENTIAL, send, startHttp, type HttpUnderTest } from './http-app.js';

let http: HttpUnderTest;
beforeAll(async () => {
  http = await startHttp();
});
afterAll(async () => {
  await http.app.close();
});
beforeEach(async () => {
  http.cloud.readFault = null;
  await http.breakers.close('acme', CREDENTIAL);
});

const URL = `/v1/credentials/${CREDENTIAL}/verify`;
const NOW = '2026-11-24T12:00:00.000Z';
const verify = async (body?: string, key = 'acme.credentials:write') =>
  send(http, 'POST', URL, { key, ...(body !== undefined && { body }) });

const GONE: UpstreamFault = {
  ...{ class: 'gone', code: 'InvalidApi.NotFound', message: 'not found' },
  ...{ requestId: 'r-gone', retryAfterMs: null },
};
const trip = async (regionId: string): Promise<void> => {
  const who = { tenant: 'acme', credentialId: CREDENTIAL, regionId };
  expect(await http.breakers.trip(who, GONE)).toBe(true);
};

describe('a key that upstream takes', () => {
  test.each([undefined, '', '{}', ' {"resume" : false} ', '{"resume":true}'])(
    'is valid, and is on record as verified, with the body %j',
    async (body) => {
      const answer = await verify(body);
      expect([answer.statusCode, answer.json()]).toEqual([200, { valid: true, checkedAt: NOW }]);
      const view = await send(http, 'GET', `/v1/credentials/${CREDENTIAL}`);
      expect(view.json()).toMatchObject({ lastVerifiedAt: NOW });
    },
  );

  test('is valid while imports are held back, which is said with place, code, request and time', async () => {
    await trip('cn-hangzhou');
    await trip('cn-beijing');
    const answer = await verify();
    expect(answer.statusCode).toBe(200);
    const view = answer.json<{ message: string }>();
    expect(view).toMatchObject({ valid: true, code: 'upstream_operation_gone' });
    for (const part of ['cn-hangzhou', 'cn-beijing', 'InvalidApi.NotFound', 'r-gone', NOW]) {
      expect(view.message).toContain(part);
    }
    // To look is not to decide.
    expect((await verify('{"resume":false}')).json()).toEqual(view);
  });

  test('with resume lets imports go on, once, and says which', async () => {
    await trip('cn-hangzhou');
    const view = (await verify('{"resume":true}')).json<{ message: string }>();
    expect(Object.keys(view)).toEqual(['valid', 'message', 'checkedAt']);
    expect(view.message).toContain('cn-hangzhou');
    expect(await http.breakers.anyOpen()).toBe(false);
    expect((await verify('{"resume":true}')).json()).toEqual({ valid: true, checkedAt: NOW });
  });
});

test('a key that upstream refuses is not valid, in its own words, and resumes nothing', async () => {
  await trip('cn-hangzhou');
  http.cloud.readFault = 'auth';
  const answer = await verify('{"resume":true}');
  const refused = { valid: false, code: 'auth', message: 'auth', checkedAt: NOW };
  expect([answer.statusCode, answer.json()]).toEqual([200, refused]);
  expect(await http.breakers.anyOpen()).toBe(true);
});

test.each(['throttled', 'unclear'] as const)(
  'upstream that answers %s does not make a key invalid: 503, and when to ask again',
  async (fault) => {
    http.cloud.readFault = fault;
    const answer = await verify();
    expect(answer.statusCode).toBe(503);
    expect(answer.headers['retry-after']).toMatch(/^[1-9]\d*$/);
    const problem = answer.json<{ code: string; detail: string }>();
    expect(problem.code).toBe('unavailable');
    expect(problem.detail).toContain(fault);
  },
);

describe('is refused before upstream is asked', () => {
  test.each([
    ['an unknown property', '{"resume":true,"force":true}', 422, '/force unknown_property'],
    ['a word for a boolean', '{"resume":"true"}', 422, '/resume wrong_type'],
    ['null for a boolean', '{"resume":null}', 422, '/resume wrong_type'],
    ['a property twice', '{"resume":true,"resume":true}', 422, '/resume duplicate_property'],
    ['an array', '[true]', 422, ' wrong_type'],
    ['broken JSON', '{"resume":', 400, null],
  ])('%s', async (_what, body, status, expected) => {
    const before = http.cloud.verifications;
    const answer = await verify(body);
    expect(answer.statusCode).toBe(status);
    const { errors } = answer.json<{ errors?: { pointer: string; code: string }[] }>();
    const found = errors?.map(({ pointer, code }) => `${pointer} ${code}`) ?? null;
    expect(found).toEqual(expected === null ? null : [expected]);
    expect(http.cloud.verifications).toBe(before);
  });

  test("another tenant's credential, as a missing one", async () => {
    const before = http.cloud.verifications;
    const theirs = await verify('{"resume":true}', 'rival.admin');
    const missing = await send(http, 'POST', '/v1/credentials/cred_0/verify');
    expect([theirs.statusCode, missing.statusCode]).toEqual([404, 404]);
    expect(theirs.json<{ detail: string }>().detail).toBe(
      missing.json<{ detail: string }>().detail,
    );
    expect(http.cloud.verifications).toBe(before);
  });
});

test('the document shows the body, which may be left out, and an answer of each kind', async () => {
  const { paths } = (await send(http, 'GET', '/openapi.json', { key: null })).json<{
    paths: Record<string, { post: Operation }>;
  }>();
  const operation = paths['/v1/credentials/{id}/verify']?.post;
  expect(operation?.requestBody.required).toBe(false);
  const { examples = {} } = operation?.responses['200']?.content['application/json'] ?? {};
  expect(Object.keys(examples)).toEqual(['valid', 'refused', 'heldBack', 'resumed']);
  for (const status of ['400', '401', '403', '404', '413', '415', '422', '500', '503']) {
    expect(operation?.responses).toHaveProperty(status);
  }
});

interface Operation {
  readonly requestBody: { readonly required: boolean };
  readonly responses: Record<string, { readonly content: Record<string, { examples?: object }> }>;
}
