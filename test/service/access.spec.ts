// Nothing without a key, nothing secret in any answer, and what is public is of use to probes and people.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callerOf } from '../support/documented.js';
import { keysOf } from '../support/redis.js';
import { openStage, type Stage } from './stage.js';

const SECRET = 'canary-of-the-secret-0001';
const TOKEN = 'canary-of-the-token-0002';
const KEY_ID = 'LTAIcanaryAccessKey9876';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage({ pairs: { one: {} } });
});
afterAll(() => stage?.close());

describe('a caller without a valid key', () => {
  it.each([
    ['none', {}],
    ['a wrong key', { authorization: `Bearer ${'x'.repeat(48)}` }],
    ['another scheme', { authorization: 'Basic YWRtaW46YWRtaW4=' }],
    ['an empty key', { authorization: 'Bearer ' }],
  ])('(%s) gets 401 everywhere, before anything else is looked at', async (_what, headers) => {
    const nobody = callerOf(stage.service.url);
    const answers = await Promise.all([
      nobody.get('/v1/migrations').set(headers),
      nobody.get('/v1/migrations/mig_0').set(headers),
      nobody.post('/v1/migrations').set(headers).type('application/json').send('{{'),
      nobody.get('/v1/imports/1').set(headers),
      nobody.get('/v1/credentials').set(headers),
      nobody.post('/v1/credentials').set(headers).send({}),
      nobody.patch('/v1/credentials/cred_0').set(headers).send({}),
      nobody.delete('/v1/credentials/cred_0').set(headers),
    ]);
    for (const answer of answers) {
      expect(answer.status).toBe(401);
      expect(answer.headers['www-authenticate']).toBe('Bearer');
      expect(answer.headers['content-type']).toBe('application/problem+json');
      expect(answer.body).toMatchObject({ code: 'unauthenticated', status: 401 });
    }
  });
});

describe('a credential', () => {
  it('is shown masked and without a secret, in no answer, no log line and no key of Redis', async () => {
    const { request } = stage.service;
    const created = await request
      .post('/v1/credentials')
      .send({ name: 'canary', type: 'sts', regionId: 'cn-hangzhou', accessKeyId: KEY_ID })
      .send({ accessKeySecret: SECRET, securityToken: TOKEN })
      .expect(201);
    const { id } = created.body as { id: string };
    const path = `/v1/credentials/${id}`;
    expect(created.headers['location']).toBe(path);
    expect(created.body).toMatchObject({
      accessKeyId: 'LTAI****9876',
      type: 'sts',
      keyVersion: 'k1',
    });
    const renamed = await request.patch(path).send({ name: 'renamed' }).expect(200);
    expect(renamed.body).toMatchObject({ id, name: 'renamed' });
    const refused = await request
      .patch(path)
      .send({ accessKeySecret: SECRET, x: TOKEN })
      .expect(422);
    const answers = [created, renamed, refused];
    answers.push(await request.get(path).expect(200), await request.get('/v1/credentials'));
    const records = await Promise.all(
      (await keysOf(stage.redis, stage.key('cred', id))).map((key) => stage.redis.hgetall(key)),
    );
    const told = [
      ...answers.map(({ text }) => text),
      stage.service.logs(),
      JSON.stringify(records),
    ];
    for (const text of told) {
      for (const canary of [SECRET, TOKEN, KEY_ID]) expect(text).not.toContain(canary);
    }
    expect(records.length).toBeGreaterThan(0);
  });

  it('cannot be deleted while a migration uses it, and can afterwards', async () => {
    const { request } = stage.service;
    const credentialId = await stage.storeCredential({ name: 'used' });
    const soon = new Date(Date.now() + 700).toISOString();
    const view = await stage.migrate('one', { credentialId, notBefore: soon });
    const refused = await request.delete(`/v1/credentials/${credentialId}`).expect(409);
    expect(refused.body).toMatchObject({ code: 'credential_in_use' });
    await stage.succeeds(view.id);
    await request.delete(`/v1/credentials/${credentialId}`).expect(204);
    await request.get(`/v1/credentials/${credentialId}`).expect(404);
    const gone = await request.post('/v1/migrations').send(stage.body('one', { credentialId }));
    expect(gone.body).toMatchObject({
      status: 422,
      errors: [{ pointer: '/credentialId', code: 'credential_not_found' }],
    });
  });

  it('that was replaced is used with its new secret from the next call on', async () => {
    const credentialId = await stage.storeCredential({ accessKeySecret: 'wrong-at-first' });
    const failed = await stage.ended((await stage.migrate('one', { credentialId })).id);
    expect(failed.reason).toMatchObject({ code: 'upstream_auth_failed' });
    await stage.service.request
      .patch(`/v1/credentials/${credentialId}`)
      .send({ accessKeySecret: stage.upstream.key.secret })
      .expect(200);
    await stage.succeeds((await stage.migrate('one', { credentialId })).id);
  });
});

describe('without a key', () => {
  const get = (path: string) => callerOf(stage.service.url).get(path);

  it('probes learn that it lives and that it is ready', async () => {
    expect((await get('/health/live').expect(200)).body).toEqual({ status: 'live' });
    const ready = await get('/health/ready').expect(200);
    expect(ready.body).toMatchObject({
      ready: true,
      parts: { redis: { ok: true }, storage: { ok: true }, queues: { ok: true } },
    });
  });

  it('the OpenAPI 3.1 document names every route', async () => {
    const answer = await get('/openapi.json').expect(200);
    const { openapi, paths } = answer.body as {
      openapi: string;
      paths: Record<string, Record<string, object>>;
    };
    expect(openapi).toMatch(/^3\.1\./);
    const routes = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );
    expect(routes.toSorted()).toEqual([
      'delete /v1/api-keys/{id}',
      'delete /v1/credentials/{id}',
      'delete /v1/webhooks/{id}',
      'get /health/live',
      'get /health/ready',
      'get /metrics',
      'get /v1/api-keys',
      'get /v1/audit',
      'get /v1/batches',
      'get /v1/batches/{id}',
      'get /v1/batches/{id}/events',
      'get /v1/batches/{id}/timeline',
      'get /v1/credentials',
      'get /v1/credentials/{id}',
      'get /v1/events',
      'get /v1/imports/{importId}',
      'get /v1/migrations',
      'get /v1/migrations/{id}',
      'get /v1/migrations/{id}/events',
      'get /v1/webhooks',
      'get /v1/webhooks/{id}',
      'get /v1/webhooks/{id}/deliveries',
      'patch /v1/credentials/{id}',
      'patch /v1/webhooks/{id}',
      'post /v1/api-keys',
      'post /v1/batches',
      'post /v1/batches/plan',
      'post /v1/batches/{id}/cancel',
      'post /v1/batches/{id}/pause',
      'post /v1/batches/{id}/resume',
      'post /v1/batches/{id}/retry-failed',
      'post /v1/credentials',
      'post /v1/credentials/{id}/verify',
      'post /v1/migrations',
      'post /v1/migrations/preflight',
      'post /v1/migrations/{id}/cancel',
      'post /v1/migrations/{id}/resolve',
      'post /v1/migrations/{id}/resume',
      'post /v1/migrations/{id}/retry',
      'post /v1/webhooks',
      'post /v1/webhooks/{id}/rotate-secret',
      'post /v1/webhooks/{id}/test',
    ]);
  });

  it('people get the documentation as a page', async () => {
    const answer = await get('/docs').redirects(1).expect(200);
    expect(answer.headers['content-type']).toMatch(/^text\/html/);
    expect(answer.text).toMatch(/swagger-ui/i);
  });

  it('a request id of the right form is echoed, any other is replaced', async () => {
    const echoed = await get('/health/live').set('x-request-id', 'trace.01_a-b');
    expect(echoed.headers['x-request-id']).toBe('trace.01_a-b');
    for (const bad of ['has space', 'x'.repeat(129), 'semi;colon']) {
      const made = await get('/health/live').set('x-request-id', bad);
      expect(made.headers['x-request-id']).toMatch(/^[A-Za-z0-9._-]{1,128}$/);
      expect(made.headers['x-request-id']).not.toBe(bad);
    }
  });
});
