// Webhooks over HTTP: a secret is shown once, what is refused says why without repeating it, and strangers see nothing.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_TYPES } from '../../src/domain/webhook.js';
import { NOW, send, startHttp, type HttpUnderTest } from './http-app.js';

const URL_TEXT = 'https://example.com/hooks/token-4711';

interface View {
  readonly id: string;
  readonly secret?: string;
  readonly [name: string]: unknown;
}

let http: HttpUnderTest;
beforeAll(async () => {
  http = await startHttp();
});
afterAll(async () => {
  await http.app.close();
});

const post = (body: object, more: object = {}) =>
  send(http, 'POST', '/v1/webhooks', { body: JSON.stringify(body), ...more });

const patch = (id: string, body: object, key?: string) =>
  send(http, 'PATCH', `/v1/webhooks/${id}`, {
    body: JSON.stringify(body),
    ...(key !== undefined && { key }),
  });

async function made(body: object = {}): Promise<View> {
  const answer = await post({ url: URL_TEXT, ...body });
  expect(answer.statusCode).toBe(201);
  return answer.json<View>();
}

const problemsOf = (answer: Awaited<ReturnType<typeof post>>) =>
  answer
    .json<{ errors: readonly { pointer: string; code: string }[] }>()
    .errors.map(({ pointer, code }) => `${pointer} ${code}`);

test('a new webhook is answered with its secret, which nothing shows again', async () => {
  const answer = await post({ url: URL_TEXT, description: 'pager', types: ['batch.*'] });
  expect(answer.statusCode).toBe(201);
  const { secret, ...view } = answer.json<View>();
  expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  expect(answer.headers.location).toBe(`/v1/webhooks/${view.id}`);
  expect(view).toEqual({
    ...{ id: view.id, url: URL_TEXT, description: 'pager', types: ['batch.*'], enabled: true },
    ...{ disabledReason: null, disabledAt: null, lastSuccessAt: null, olderSecretsUntil: null },
    ...{ keyVersion: 'k1', createdAt: new Date(NOW).toISOString() },
    updatedAt: new Date(NOW).toISOString(),
  });
  const one = await send(http, 'GET', `/v1/webhooks/${view.id}`);
  expect(one.json()).toEqual(view);
  const again = await send(http, 'GET', `/v1/webhooks/${view.id}`, {
    headers: { 'if-none-match': String(one.headers.etag) },
  });
  expect(again.statusCode).toBe(304);
  const list = await send(http, 'GET', '/v1/webhooks');
  expect(list.json<{ items: unknown[] }>().items).toContainEqual(view);
  expect(list.body).not.toContain('whsec_');
  expect(JSON.stringify(http.audit)).not.toMatch(/whsec_|token-4711/);
});

test('without types it is told of everything but progress', async () => {
  expect((await made()).types).toEqual(DEFAULT_TYPES);
});

test('the same Idempotency-Key and body get the same answer, the secret included', async () => {
  const headers = { 'idempotency-key': 'hook-1' };
  const first = await post({ url: URL_TEXT }, { headers });
  const second = await post({ url: URL_TEXT }, { headers });
  expect(second.statusCode).toBe(201);
  expect(second.headers['idempotent-replayed']).toBe('true');
  expect(second.json()).toEqual(first.json());
  const other = await post({ url: `${URL_TEXT}/other` }, { headers });
  expect(other.json()).toMatchObject({ status: 422, code: 'idempotency_key_reused' });
});

describe('is refused with the code and the place of every broken rule:', () => {
  test.each([
    [{}, ['/url required']],
    [{ url: 7 }, ['/url wrong_type']],
    [{ url: 'ftp://example.com/' }, ['/url webhook_url_invalid']],
    [{ url: 'https://me:token-4711@example.com/' }, ['/url webhook_url_invalid']],
    [{ url: 'https://example.com/#token-4711' }, ['/url webhook_url_invalid']],
    [{ url: 'http://127.1/token-4711' }, ['/url webhook_url_refused']],
    [{ url: 'http://2130706433/token-4711' }, ['/url webhook_url_refused']],
    [{ url: URL_TEXT, types: [] }, ['/types wrong_type']],
    [{ url: URL_TEXT, types: 'batch.*' }, ['/types wrong_type']],
    [{ url: URL_TEXT, types: ['batch.*', 'batch.*'] }, ['/types wrong_type']],
    [
      { types: ['batch.*', 'batch.dreaming', 7, '*'], url: URL_TEXT },
      ['/types/1', '/types/2', '/types/3'].map((at) => `${at} webhook_type_unknown`),
    ],
    [{ url: URL_TEXT, description: 'x'.repeat(201) }, ['/description wrong_type']],
    [{ url: URL_TEXT, enabled: true }, ['/enabled unknown_property']],
    [
      { types: ['nope'], secret: 'mine', url: 'nope' },
      ['/types/0 webhook_type_unknown', '/secret unknown_property', '/url webhook_url_invalid'],
    ],
  ])('%j', async (body, problems) => {
    const answer = await post(body);
    expect(answer.statusCode).toBe(422);
    expect(problemsOf(answer)).toEqual(problems);
    expect(answer.body).not.toContain('token-4711');
  });
});

test('a change is checked as a new one is, and what is left out stays', async () => {
  const { id } = await made({ description: 'old', types: ['batch.*'] });
  expect(problemsOf(await patch(id, { url: 'http://127.0.0.1/' }))).toEqual([
    '/url webhook_url_refused',
  ]);
  expect(problemsOf(await patch(id, { enabled: 'yes', types: [] }))).toEqual([
    '/enabled wrong_type',
    '/types wrong_type',
  ]);
  const changed = await patch(id, { url: 'https://0x08080808/new', description: null });
  expect(changed.json()).toMatchObject({
    ...{ url: 'https://8.8.8.8/new', description: null, types: ['batch.*'], enabled: true },
  });
});

test('is switched off and on, and says since when and why', async () => {
  const { id } = await made();
  const off = (await patch(id, { enabled: false })).json<View>();
  expect(off).toMatchObject({ enabled: false, disabledReason: 'by_user' });
  expect(off['disabledAt']).toBe(new Date(NOW).toISOString());
  const refused = await send(http, 'POST', `/v1/webhooks/${id}/test`);
  expect(refused.json()).toMatchObject({ status: 409, code: 'webhook_disabled' });
  const on = (await patch(id, { enabled: true })).json<View>();
  expect(on).toMatchObject({ enabled: true, disabledReason: null, disabledAt: null });
});

test('a test event is accepted, and its delivery is in the log', async () => {
  const { id } = await made();
  const accepted = await send(http, 'POST', `/v1/webhooks/${id}/test`);
  expect(accepted.statusCode).toBe(202);
  const delivery = accepted.json<View>();
  expect(delivery).toMatchObject({ type: 'webhook.test', status: 'pending', attempts: [] });
  const log = await send(http, 'GET', `/v1/webhooks/${id}/deliveries`);
  expect(log.json()).toEqual({ items: [delivery], nextCursor: null });
});

test('its log goes page by page, the newest event first', async () => {
  const { id } = await made();
  const told: unknown[] = [];
  for (let n = 0; n < 3; n += 1) {
    told.unshift((await send(http, 'POST', `/v1/webhooks/${id}/test`)).json());
  }
  const path = `/v1/webhooks/${id}/deliveries?limit=2`;
  const first = (await send(http, 'GET', path)).json<{ items: unknown[]; nextCursor: string }>();
  const rest = (await send(http, 'GET', `${path}&cursor=${first.nextCursor}`)).json<{
    items: unknown[];
  }>();
  expect([...first.items, ...rest.items]).toEqual(told);
});

test('a new secret is shown once, and the old one has a day', async () => {
  const { id, secret } = await made();
  const answer = await send(http, 'POST', `/v1/webhooks/${id}/rotate-secret`);
  expect(answer.statusCode).toBe(200);
  const rotated = answer.json<View>();
  expect(rotated.secret).toMatch(/^whsec_/);
  expect(rotated.secret).not.toBe(secret);
  expect(rotated['olderSecretsUntil']).toBe(new Date(NOW + 86_400_000).toISOString());
});

test('is removed, and gone from then on', async () => {
  const { id } = await made();
  expect((await send(http, 'DELETE', `/v1/webhooks/${id}`)).statusCode).toBe(204);
  expect((await send(http, 'GET', `/v1/webhooks/${id}`)).statusCode).toBe(404);
  expect((await send(http, 'DELETE', `/v1/webhooks/${id}`)).statusCode).toBe(404);
});

test('a tenant has at most twenty', async () => {
  const key = 'crowd.webhooks:write';
  for (let n = 0; n < 20; n += 1) {
    expect((await post({ url: URL_TEXT }, { key })).statusCode).toBe(201);
  }
  const refused = await post({ url: URL_TEXT }, { key });
  expect(refused.json()).toMatchObject({ status: 409, code: 'webhook_limit_reached' });
});

test('a key for some instances only may neither make, see nor change any', async () => {
  const key = await http.apiKeys.create(
    {
      ...{ id: `key_${'7'.repeat(26)}`, name: 'narrow', tenant: 'acme', createdAt: NOW },
      ...{ scopes: ['webhooks:read', 'webhooks:write'], expiresAt: null },
      instancePatterns: ['rm-pay*'],
    },
    null,
  );
  if (key.kind !== 'created') throw new Error(key.kind);
  const { id } = await made();
  const narrow = key.key.open();
  const answers = await Promise.all([
    post({ url: URL_TEXT }, { key: narrow }),
    patch(id, { enabled: false }, narrow),
    ...['', `/${id}`, `/${id}/deliveries`].map((path) =>
      send(http, 'GET', `/v1/webhooks${path}`, { key: narrow }),
    ),
    ...['test', 'rotate-secret'].map((verb) =>
      send(http, 'POST', `/v1/webhooks/${id}/${verb}`, { key: narrow }),
    ),
    send(http, 'DELETE', `/v1/webhooks/${id}`, { key: narrow }),
  ]);
  for (const { statusCode } of answers) expect(statusCode).toBe(403);
});
