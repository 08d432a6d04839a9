// Streams of events over HTTP: whom they are told to, from where on, and what becomes of a reader that is slow.
import { once } from 'node:events';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ApiKey } from '../../src/domain/api-key.js';
import { EVENT_TYPES, type UnplacedEvent } from '../../src/domain/event.js';
import { START_MS } from '../support/memory-ports.js';
import { EventReader } from '../support/event-reader.js';
import { eventually } from '../support/eventually.js';
import { migrationBody, NOW, send, startHttp, type HttpUnderTest } from './http-app.js';

let http: HttpUnderTest;
let url: string;
beforeAll(async () => {
  http = await startHttp();
  await http.app.listen(0, '127.0.0.1');
  url = await http.app.getUrl();
});
afterAll(() => http.app.close());

const readers: EventReader[] = [];
afterAll(() => readers.forEach((reader) => reader.breakOff()));

async function follow(path: string, key = 'acme.admin', lastEventId?: string) {
  const more = lastEventId === undefined ? {} : { lastEventId };
  const reader = await EventReader.open(`${url}${path}`, { key, ...more });
  readers.push(reader);
  return reader;
}

/** A reader that has joined: what is added from now on is told to it. */
async function joined(path: string, key?: string, lastEventId?: string): Promise<EventReader> {
  const reader = await follow(path, key, lastEventId);
  expect(reader.response.statusCode).toBe(200);
  await eventually(() => expect(reader.comments.length).toBeGreaterThan(0));
  return reader;
}

let minute = 0;
const add = (data: UnplacedEvent['data'], more: Partial<UnplacedEvent> = {}): string => {
  minute += 1;
  const at = START_MS + minute * 60_000;
  const event = { type: 'migration.queued', at, tenant: 'acme', data, ...more } as const;
  return http.webhooks.shelf.events.add(event, at).id;
};

const between = (source: string, target: string, migrationId = 'mig_1'): UnplacedEvent['data'] => ({
  ...{ migrationId, batchId: 'bat_1', sourceInstanceId: source, targetInstanceId: target },
});

const idsOf = ({ events }: EventReader): readonly string[] => events.map(({ id }) => id);

async function refused(path: string, key = 'acme.admin', lastEventId?: string) {
  const header = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
  const headers = { authorization: `Bearer ${key}`, ...header };
  const answer = await fetch(`${url}${path}`, { headers });
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  const body = (await answer.json()) as Record<string, unknown>;
  return { status: answer.status, retryAfter: answer.headers.get('retry-after'), body };
}

test('it begins with the place to go on from, under the headers of every answer', async () => {
  const id = add(between('rm-a', 'rm-b'));
  const reader = await joined('/v1/events');
  expect(reader.lastId).toBe(id);
  expect(reader.events).toEqual([]);
  expect(reader.response.headers).toMatchObject({
    ...{ 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' },
    ...{ 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY', connection: 'close' },
    'x-request-id': expect.stringMatching(/^req_/) as string,
    'cache-control': expect.stringContaining('no-store') as string,
    ratelimit: expect.stringContaining('r=') as string,
  });
  const head = await send(http, 'HEAD', '/v1/events');
  expect([head.statusCode, head.body]).toEqual([200, '']);
});

test('what happens is told as one line of JSON with its type and its id', async () => {
  const reader = await joined('/v1/events');
  const id = add({ ...between('rm-a', 'rm-b'), message: 'two\nlines\r\ndata: x\u2028' });
  await eventually(() => expect(reader.events).toHaveLength(1));
  const [event] = reader.events;
  expect(event).toMatchObject({ id, type: 'migration.queued' });
  expect(JSON.parse(event?.text ?? '')).toMatchObject({
    ...{ id, type: 'migration.queued', tenant: 'acme' },
    at: expect.stringMatching(/^2025-11-\d\dT\d\d:\d\d:00\.000Z$/) as string,
    data: { message: 'two\nlines\r\ndata: x\u2028' },
  });
});

test('each tenant is told of its own, each reader of its subject and its types', async () => {
  const { body } = { body: migrationBody() };
  const { id } = (await send(http, 'POST', '/v1/migrations', { body })).json<{ id: string }>();
  const readersOf = {
    acme: await joined('/v1/events'),
    rival: await joined('/v1/events', 'rival.admin'),
    one: await joined(`/v1/migrations/${id}/events`),
    typed: await joined('/v1/events?types=migration.failed,batch.halted'),
    narrow: await joined('/v1/events', 'acme.migrations:read'),
  };
  const own = add(between('rm-source', 'rm-target', id));
  const other = add(between('rm-a', 'rm-b', 'mig_other'), { type: 'migration.failed' });
  const rivals = add(between('rm-source', 'rm-target', id), { tenant: 'rival' });
  const sick = add({ credentialId: 'cred_1', code: 'X' }, { type: 'credential.unhealthy' });
  const last = add(between('rm-a', 'rm-b'), { type: 'migration.failed', tenant: 'rival' });
  await eventually(() => expect(idsOf(readersOf.rival)).toEqual([rivals, last]));
  await eventually(() => expect(idsOf(readersOf.acme)).toEqual([own, other, sick]));
  await eventually(() => expect(idsOf(readersOf.one)).toEqual([own]));
  await eventually(() => expect(idsOf(readersOf.typed)).toEqual([other]));
  // Its scopes let it read no credentials.
  await eventually(() => expect(idsOf(readersOf.narrow)).toEqual([own, other]));
});

async function keyFor(instancePatterns: ApiKey['instancePatterns']): Promise<string> {
  const made = await http.apiKeys.create(
    {
      ...{ id: 'key_00000000000000000000000001', name: 'narrow', tenant: 'acme' },
      ...{ scopes: ['migrations:read'], instancePatterns, createdAt: NOW, expiresAt: null },
    },
    null,
  );
  if (made.kind === 'key_reused') throw new Error(made.kind);
  return made.key.open();
}

test('a key for some instances is told only of migrations between these, and of batches', async () => {
  const key = await keyFor(['rm-mine*']);
  const reader = await joined('/v1/events', key);
  const mine = add(between('rm-mine1', 'rm-mine2'));
  add(between('rm-mine1', 'rm-other'));
  add(between('rm-other', 'rm-mine2'));
  add({ migrationId: 'mig_old', batchId: null });
  const batch = add({ batchId: 'bat_1', status: 'halted' }, { type: 'batch.halted' });
  await eventually(() => expect(idsOf(reader)).toEqual([mine, batch]));
  const { body } = { body: migrationBody({ dbInfo: { DBNames: ['other'] } }) };
  const { id } = (await send(http, 'POST', '/v1/migrations', { body })).json<{ id: string }>();
  const answer = await refused(`/v1/migrations/${id}/events`, key);
  expect(answer).toMatchObject({ status: 403, body: { code: 'forbidden' } });
});

test('with Last-Event-ID it goes on after that event; the header counts more than the query', async () => {
  const ids = Array.from({ length: 1_203 }, () => add(between('rm-a', 'rm-b')));
  const [first = '', second = ''] = ids;
  const byHeader = await joined(`/v1/events?lastEventId=${first}`, 'acme.admin', second);
  expect(byHeader.lastId).not.toBeNull();
  await eventually(() => expect(idsOf(byHeader)).toEqual(ids.slice(2)));
  const byQuery = await joined(`/v1/events?lastEventId=${first}`);
  const next = add(between('rm-a', 'rm-b'));
  await eventually(() => expect(idsOf(byQuery)).toEqual([...ids.slice(1), next]));
});

test('what is no id, no type or no parameter is said to be so', async () => {
  for (const wrong of ['evt_1', 'mig_01jdemqr4y0000000000000000', '%00', `evt_${'z'.repeat(26)}`]) {
    const answers = [
      await refused('/v1/events', 'acme.admin', wrong),
      await refused(`/v1/events?lastEventId=${encodeURIComponent(wrong)}`),
    ];
    for (const { status, body } of answers) {
      expect([wrong, status, body['code']]).toEqual([wrong, 400, 'last_event_id_invalid']);
    }
  }
  for (const query of ['types=', 'types=migration.gone', 'types=batch.progress,', 'type=x']) {
    const { status, body } = await refused(`/v1/events?${query}`);
    expect([query, status, body['code']]).toEqual([query, 422, 'validation_failed']);
  }
  const all = await joined(`/v1/events?types=${EVENT_TYPES.join(',')}`);
  expect(all.response.statusCode).toBe(200);
});

test('where some of what came after was dropped: 410, and from the newest on all is well', async () => {
  const [old, newest] = [add(between('rm-a', 'rm-b')), add(between('rm-a', 'rm-b'))];
  add(between('rm-a', 'rm-b'));
  await http.webhooks.shelf.events.dropBefore(START_MS + minute * 60_000);
  const answer = await refused('/v1/events', 'acme.admin', old);
  expect(answer).toMatchObject({ status: 410, body: { code: 'events_dropped' } });
  expect(newest > old).toBe(true);
  await joined('/v1/events', 'acme.admin', await http.webhooks.shelf.events.newestId());
});

test('of another tenant, or of nobody: 404, the same bytes', async () => {
  const { body } = { body: migrationBody({ dbInfo: { DBNames: ['third'] } }) };
  const { id } = (await send(http, 'POST', '/v1/migrations', { body })).json<{ id: string }>();
  for (const path of [`/v1/migrations/${id}/events`, '/v1/migrations/mig_0/events']) {
    expect(await refused(path, 'rival.admin')).toMatchObject({
      status: 404,
      body: { detail: 'There is no such migration.' },
    });
  }
  expect(await refused('/v1/batches/bat_0/events')).toMatchObject({ status: 404 });
});

/** Asks for the stream and then takes in nothing. */
async function sluggard(lastEventId: string): Promise<Socket> {
  const { port } = http.app.getHttpServer().address() as AddressInfo;
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const lines = ['GET /v1/events HTTP/1.1', 'host: x', 'authorization: Bearer acme.admin'];
  socket.write([...lines, `last-event-id: ${lastEventId}`, '', ''].join('\r\n'));
  socket.pause();
  return socket;
}

test('a reader that takes in nothing is cut off, while others are told everything', async () => {
  const start = add(between('rm-a', 'rm-b'));
  const quick = await joined('/v1/events', 'acme.admin', start);
  const accepted = once(http.app.getHttpServer(), 'connection');
  const slow = await sluggard(start);
  const [ours] = (await accepted) as [Socket];
  slow.on('error', () => {});
  const message = 'x'.repeat(2_000);
  // 20 MB: more than the buffers of both ends of a connection take.
  const ids = Array.from({ length: 10_000 }, () => add({ ...between('rm-a', 'rm-b'), message }));
  await eventually(() => expect(quick.events).toHaveLength(ids.length), 30_000);
  expect(idsOf(quick)).toEqual(ids);
  await eventually(() => expect(ours.destroyed).toBe(true), 30_000);
  slow.destroy();
}, 90_000);

test('a key may have a hundred streams open in a process, and one more when one has ended', async () => {
  const key = 'crowd.admin';
  const open = await Promise.all(Array.from({ length: 100 }, () => joined('/v1/events', key)));
  const answer = await refused('/v1/events', key);
  expect(answer).toMatchObject({ status: 429, body: { code: 'too_many_streams' } });
  expect(Number(answer.retryAfter)).toBeGreaterThan(0);
  await joined('/v1/events', 'other.admin');
  open[0]?.breakOff();
  await eventually(() => joined('/v1/events', key));
}, 30_000);
