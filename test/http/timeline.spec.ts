// The timeline of a batch over HTTP: the view of the contract, tagged, and nobody else's.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { transition } from '../../src/domain/migration-step.js';
import { batchBody, item } from './batch-bodies.js';
import { NOW, send, startHttp, type HttpUnderTest } from './http-app.js';

let http: HttpUnderTest;
beforeAll(async () => {
  http = await startHttp();
});
afterAll(async () => {
  await http.app.close();
});

/** Of three migrations from one source the first was granted its instances. */
async function accepted(): Promise<string> {
  const items = [1, 2, 3].map((n) => item(n, { sourceInstanceId: 'rm-hub' }));
  const answer = await send(http, 'POST', '/v1/batches', { body: batchBody(items) });
  const members = http.batches.accepted.at(-1)?.members ?? [];
  for (const [index, { migration }] of members.entries()) {
    const granted = index === 0 ? transition(migration, 'granted', NOW).after : migration;
    http.migrations.records.push(granted);
  }
  return answer.json<{ id: string }>().id;
}

test('is answered with lanes, a bar for each migration, and no time where nothing was learned', async () => {
  const id = await accepted();
  const answer = await send(http, 'GET', `/v1/batches/${id}/timeline`, {
    key: 'acme.migrations:read',
  });
  expect(answer.statusCode).toBe(200);
  const view = answer.json<{ bars: { migrationId: string }[] }>();
  const [first, second, third] = http.migrations.records.map((one) => one.id);
  const times = { startAt: null, finishAt: null };
  const planned = { status: 'queued', kind: 'planned', source: 0, ...times };
  expect(view).toEqual({
    ...{ batchId: id, at: new Date(NOW).toISOString(), bound: null },
    instances: [
      { instanceId: 'rm-hub', isCritical: false, remainingMs: null },
      ...['rm-dst-1', 'rm-dst-2', 'rm-dst-3'].map((instanceId) => ({
        ...{ instanceId, isCritical: false, remainingMs: null },
      })),
    ],
    bars: [
      {
        ...{ migrationId: first, status: 'checking', kind: 'runs', source: 0, target: 1 },
        ...{ ...times, step: null },
      },
      { migrationId: second, ...planned, target: 2, step: 1 },
      { migrationId: third, ...planned, target: 3, step: 2 },
    ],
  });
});

test('carries an ETag, and who has it already is answered 304', async () => {
  const id = await accepted();
  const url = `/v1/batches/${id}/timeline`;
  const first = await send(http, 'GET', url);
  const headers = { 'if-none-match': String(first.headers.etag) };
  const again = await send(http, 'GET', url, { headers });
  expect([again.statusCode, again.body]).toEqual([304, '']);
});

test('of another tenant or without a batch is the same 404', async () => {
  const id = await accepted();
  for (const [url, key] of [
    [`/v1/batches/${id}/timeline`, 'rival.admin'],
    ['/v1/batches/bat_none/timeline', 'acme.admin'],
  ] as const) {
    const answer = await send(http, 'GET', url, { key });
    expect(answer.statusCode).toBe(404);
    expect(answer.json()).toMatchObject({
      ...{ code: 'not_found', detail: 'There is no such batch.' },
    });
  }
});

test('needs the scope to read migrations', async () => {
  const id = await accepted();
  const answer = await send(http, 'GET', `/v1/batches/${id}/timeline`, {
    key: 'acme.metrics:read',
  });
  expect(answer.statusCode).toBe(403);
});
