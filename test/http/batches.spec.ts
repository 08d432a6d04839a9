// Batches over HTTP: accepted as a whole, with defaults filled in, replayed, listed and steered.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { batchBody, item } from './batch-bodies.js';
import { CREDENTIAL, send, startHttp, type HttpUnderTest } from './http-app.js';

let http: HttpUnderTest;
beforeAll(async () => {
  http = await startHttp();
});
afterAll(async () => {
  await http.app.close();
});

const post = async (body: string, headers: Record<string, string> = {}) =>
  send(http, 'POST', '/v1/batches', { body, headers });

async function accepted(body: string) {
  const answer = await post(body);
  expect(answer.body).toContain('"id":"bat_');
  expect(answer.statusCode).toBe(202);
  const fresh = http.batches.accepted.at(-1);
  if (fresh === undefined) throw new Error('Nothing reached the store.');
  return { answer, batch: fresh.batch, members: fresh.members.map(({ migration }) => migration) };
}

describe('a batch', () => {
  test('is answered 202 with its Location, an ETag and the view of the contract', async () => {
    const window = {
      start: '22:00',
      end: '06:00',
      timeZone: 'Asia/Shanghai',
      days: ['fri', 'mon'],
    };
    const more = { name: 'Shops', window, maxConcurrent: 3, onFailure: 'halt' };
    const { answer, batch } = await accepted(batchBody([item(1), item(2)], more));
    expect(answer.headers.location).toBe(`/v1/batches/${batch.id}`);
    expect(answer.headers.etag).toMatch(/^"/);
    expect(answer.json()).toEqual({
      ...{ id: batch.id, name: 'Shops', status: 'running', progress: 0, estimate: null },
      counts: {
        ...{ total: 2, scheduled: 2, queued: 0, checking: 0, submitting: 0, importing: 0 },
        ...{ canceling: 0, succeeded: 0, failed: 0, canceled: 0, outcomeUnknown: 0 },
      },
      ...{ maxConcurrent: 3, onFailure: 'halt' },
      window: { ...window, days: ['mon', 'fri'], fit: false },
      ...{ createdAt: '2026-11-24T12:00:00.000Z', finishedAt: null },
    });
  });

  test('keeps the place, the key and the keys waited for of each migration, and shows them', async () => {
    const items = [item(1, { key: 'a' }), item(2), item(3, { key: 'c', dependsOn: ['a'] })];
    const { members } = await accepted(batchBody(items));
    const shown = [];
    for (const member of members) {
      http.migrations.records.push(member);
      const answer = await send(http, 'GET', `/v1/migrations/${member.id}`);
      const { row, key, dependsOn } = answer.json<Record<string, unknown>>();
      shown.push({ row, key, dependsOn });
    }
    expect(shown).toEqual([
      { row: 0, key: 'a', dependsOn: [] },
      { row: 1, key: null, dependsOn: [] },
      { row: 2, key: 'c', dependsOn: ['a'] },
    ]);
    expect(members.map(({ id }) => id).toSorted()).toEqual(members.map(({ id }) => id));
  });

  test('gives its outer fields to every migration that does not say otherwise', async () => {
    const outer = {
      ...{ regionId: 'cn-beijing', preflight: 'warn', priority: 7 },
      ...{ notBefore: '2026-12-01T00:00:00Z', labels: { team: 'a', wave: '1' } },
    };
    const own = {
      ...{ regionId: 'cn-hangzhou', preflight: 'skip', priority: -1, notBefore: null },
      ...{ labels: { team: 'b' }, allowDuplicate: true },
    };
    const { members } = await accepted(batchBody([item(1), item(2, own)], outer));
    expect(members[0]).toMatchObject({
      ...{ credentialId: CREDENTIAL, regionId: 'cn-beijing', preflight: 'warn', priority: 7 },
      ...{ notBefore: Date.UTC(2026, 11, 1), labels: { team: 'a', wave: '1' } },
    });
    expect(members[1]).toMatchObject({
      ...{ regionId: 'cn-hangzhou', preflight: 'skip', priority: -1, notBefore: null },
      ...{ labels: { team: 'b', wave: '1' }, allowDuplicate: true },
    });
  });

  test('has the defaults of the contract where neither says anything', async () => {
    const { batch, members } = await accepted(
      JSON.stringify({ migrations: [item(1, { credentialId: CREDENTIAL })] }),
    );
    expect(batch).toMatchObject({
      ...{ name: null, window: null, maxConcurrent: null, onFailure: 'continue', tenant: 'acme' },
    });
    expect(members[0]).toMatchObject({ preflight: 'enforce', priority: 0, labels: {} });
  });

  test('resolves keys into the migrations they name, forwards and backwards, each once', async () => {
    const { members } = await accepted(
      batchBody([
        item(1, { dependsOn: ['b', 'c', 'b'] }),
        item(2, { key: 'b' }),
        item(3, { key: 'c', dependsOn: ['b'] }),
      ]),
    );
    const ids = members.map(({ id }) => id);
    expect(members.map(({ dependsOn }) => dependsOn)).toEqual([[ids[1], ids[2]], [], [ids[1]]]);
  });

  test('keeps traps of JavaScript as plain names, number-like ones in their order', async () => {
    const body = batchBody([item(1)]).replace('["orders"]', '{"10":"x10","9":"x9"}');
    const labelled = body.replace('{"credentialId"', '{"labels":{"__proto__":"x"},"credentialId"');
    const { members } = await accepted(labelled);
    expect(members[0]?.databases.map(({ source }) => source)).toEqual(['10', '9']);
    expect(JSON.stringify(members[0]?.labels)).toBe('{"__proto__":"x"}');
  });

  test('is made once for one Idempotency-Key, and another body under it is refused', async () => {
    const headers = { 'idempotency-key': 'batch-1' };
    const first = await post(batchBody([item(1)]), headers);
    const again = await post(batchBody([item(1)]), headers);
    expect(again.statusCode).toBe(202);
    expect(again.headers['idempotent-replayed']).toBe('true');
    expect(again.body).toBe(first.body);
    const other = await post(batchBody([item(2)]), headers);
    expect(other.json()).toMatchObject({ status: 422, code: 'idempotency_key_reused' });
  });

  test('that repeats a migration under way is 409 with a link to it', async () => {
    http.batches.outcome = { kind: 'duplicate', index: 1, migrationId: 'mig_1' };
    const answer = await post(batchBody([item(1), item(2)]));
    http.batches.outcome = { kind: 'accepted' };
    expect(answer.statusCode).toBe(409);
    expect(answer.headers.link).toBe('</v1/migrations/mig_1>; rel="related"');
    expect(answer.json()).toMatchObject({ code: 'duplicate_active' });
  });
});

describe('reading batches', () => {
  test('one is found by its tenant alone, and its ETag is answered 304', async () => {
    const { answer, batch } = await accepted(batchBody([item(1)]));
    const url = `/v1/batches/${batch.id}`;
    const found = await send(http, 'GET', url);
    expect(found.body).toBe(answer.body);
    const headers = { 'if-none-match': String(found.headers.etag) };
    expect((await send(http, 'GET', url, { headers })).statusCode).toBe(304);
    expect((await send(http, 'GET', url, { key: 'other.admin' })).statusCode).toBe(404);
    expect((await send(http, 'GET', '/v1/batches/bat_0')).statusCode).toBe(404);
  });

  test('they are listed newest first, page by page', async () => {
    const key = 'pages.admin';
    const seen: string[] = [];
    const body = (name: string): string => batchBody([item(1)], { name });
    await http.credentials.create({ ...(await credential()), id: CREDENTIAL_OF_PAGES }, null);
    for (const name of ['1', '2', '3']) {
      const own = body(name).replace(CREDENTIAL, CREDENTIAL_OF_PAGES);
      expect((await send(http, 'POST', '/v1/batches', { body: own, key })).statusCode).toBe(202);
    }
    let cursor: string | null = '';
    while (cursor !== null) {
      const query: string = `limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`;
      const answer = await send(http, 'GET', `/v1/batches?${query}`, { key });
      const page = answer.json<{ items: { name: string }[]; nextCursor: string | null }>();
      seen.push(...page.items.map(({ name }) => name));
      cursor = page.nextCursor;
    }
    expect(seen).toEqual(['3', '2', '1']);
    for (const query of ['limit=0', 'cursor=bWlnXzE', 'status=running']) {
      expect((await send(http, 'GET', `/v1/batches?${query}`, { key })).statusCode).toBe(422);
    }
  });
});

const CREDENTIAL_OF_PAGES = 'cred_PAGES';

async function credential() {
  const known = await http.credentials.find('acme', CREDENTIAL);
  if (known === null) throw new Error('The test has no credential.');
  return { ...known, tenant: 'pages' };
}

describe('steering a batch', () => {
  const steer = async (id: string, verb: string, body?: string) =>
    send(http, 'POST', `/v1/batches/${id}/${verb}`, body === undefined ? {} : { body });

  test('pause, resume and cancel answer 202 with the batch, without a body or with an empty one', async () => {
    const { batch } = await accepted(batchBody([item(1)]));
    const steps = [
      ['pause', undefined, 'paused'],
      ['resume', '{}', 'running'],
      ['cancel', '', 'canceling'],
      ['cancel', '{"running":"cancel"}', 'canceling'],
    ] as const;
    for (const [verb, body, status] of steps) {
      const answer = await steer(batch.id, verb, body);
      expect([verb, answer.statusCode]).toEqual([verb, 202]);
      expect(answer.headers.etag).toBeDefined();
      expect(answer.json()).toMatchObject({ id: batch.id, status });
    }
    expect((await steer(batch.id, 'pause')).json()).toMatchObject({ code: 'already_ended' });
    expect((await steer(batch.id, 'retry-failed')).json()).toMatchObject({
      ...{ status: 409, code: 'nothing_to_retry' },
    });
  });

  test('a body with anything in it is refused, and so is one that is no JSON', async () => {
    const { batch } = await accepted(batchBody([item(1)]));
    expect((await steer(batch.id, 'pause', '{"until":1}')).json()).toMatchObject({
      errors: [{ pointer: '/until', code: 'unknown_property' }],
    });
    for (const [body, pointer, code] of [
      ['{"runing":"cancel"}', '/runing', 'unknown_property'],
      ['{"running":"stop"}', '/running', 'wrong_type'],
    ] as const) {
      const answer = await steer(batch.id, 'cancel', body);
      expect(answer.statusCode).toBe(422);
      expect(answer.json()).toMatchObject({ errors: [{ pointer, code }] });
    }
    expect((await steer(batch.id, 'pause', '[]')).statusCode).toBe(422);
    expect((await steer(batch.id, 'pause', '{')).statusCode).toBe(400);
  });

  test.each(['pause', 'resume', 'cancel', 'retry-failed'])('%s of none is 404', async (verb) => {
    expect((await steer('bat_0', verb)).statusCode).toBe(404);
  });
});

test('reading scopes may read and plan, and nothing else', async () => {
  const key = 'acme.migrations:read';
  const { batch } = await accepted(batchBody([item(1)]));
  const body = batchBody([item(1)]);
  const statusOf = async (method: 'GET' | 'POST', url: string) =>
    (await send(http, method, url, { key, ...(method === 'POST' && { body }) })).statusCode;
  expect(await statusOf('GET', '/v1/batches')).toBe(200);
  expect(await statusOf('GET', `/v1/batches/${batch.id}`)).toBe(200);
  expect(await statusOf('POST', '/v1/batches/plan')).not.toBe(403);
  expect(await statusOf('POST', '/v1/batches')).toBe(403);
  for (const verb of ['pause', 'resume', 'cancel', 'retry-failed']) {
    expect(await statusOf('POST', `/v1/batches/${batch.id}/${verb}`)).toBe(403);
  }
});

test('a migration says what it waits for, until when, and in words', async () => {
  const notBefore = '2026-12-01T14:00:00.000Z';
  const body = JSON.stringify({ credentialId: CREDENTIAL, ...item(1), notBefore });
  const answer = await send(http, 'POST', '/v1/migrations', { body });
  expect(answer.json()).toMatchObject({
    waitingFor: [{ kind: 'not_before', until: notBefore, detail: 'It was asked for later' }],
  });
});
