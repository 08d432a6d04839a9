// A request that was carried out is answered again as it was, whatever is gone since of what it named or made.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { batchBody, item } from './batch-bodies.js';
import { CREDENTIAL, migrationBody, NOW, send, startHttp, type HttpUnderTest } from './http-app.js';

let http: HttpUnderTest;
beforeEach(async () => {
  http = await startHttp();
});
afterEach(async () => {
  await http.app.close();
});

const once = { 'idempotency-key': 'once' };
const credential = JSON.stringify({
  ...{ name: 'n', type: 'access_key', regionId: 'cn-hangzhou' },
  ...{ accessKeyId: 'LTAIcanary00000001', accessKeySecret: 'canary-secret' },
});

test.each([
  ['/v1/migrations', migrationBody(), `/v1/credentials/${CREDENTIAL}`],
  ['/v1/batches', batchBody([item(1), item(2)]), `/v1/credentials/${CREDENTIAL}`],
  ['/v1/credentials', credential, null],
  ['/v1/webhooks', JSON.stringify({ url: 'https://example.com/hook' }), null],
  [
    '/v1/api-keys',
    JSON.stringify({ name: 'k', tenant: 'acme', scopes: ['migrations:read'] }),
    null,
  ],
])('POST %s is, after what it named or made was deleted', async (url, body, named) => {
  const first = await send(http, 'POST', url, { body, headers: once });
  expect(first.statusCode).toBeLessThan(300);
  const gone = named ?? String(first.headers['location']);
  expect((await send(http, 'DELETE', gone)).statusCode).toBe(204);
  const again = await send(http, 'POST', url, { body, headers: once });
  expect([again.statusCode, again.body]).toEqual([first.statusCode, first.body]);
  expect(again.headers).toMatchObject({
    ...{ 'idempotent-replayed': 'true', location: first.headers['location'] },
  });
  // Without the key, or with another body, it is a request of its own.
  if (named === null) return;
  for (const more of [{}, { headers: { 'idempotency-key': 'other' } }]) {
    const fresh = await send(http, 'POST', url, { body, ...more });
    expect(fresh.json()).toMatchObject({ status: 422, code: 'validation_failed' });
  }
});

test.each([
  ['/v1/migrations', migrationBody()],
  ['/v1/batches', batchBody([item(1), item(2)])],
])('POST %s is not, for a key that is for other instances only', async (url, body) => {
  const outcome = await http.apiKeys.create(
    {
      ...{ id: `key_${'7'.repeat(26)}`, name: 'narrow', tenant: 'acme', expiresAt: null },
      ...{ scopes: ['migrations:write'], instancePatterns: ['rm-other*'], createdAt: NOW },
    },
    null,
  );
  if (outcome.kind === 'key_reused') throw new Error(outcome.kind);
  await send(http, 'POST', url, { body, headers: once });
  const again = await send(http, 'POST', url, { body, headers: once, key: outcome.key.open() });
  expect(again.json()).toMatchObject({ status: 403, code: 'forbidden' });
});
