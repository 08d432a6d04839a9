// Whoever follows events is told each one exactly once and in order, however often the connection breaks.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FIRST_PLACE } from '../../src/adapters/event-ids.js';
import { RedisEventLog } from '../../src/adapters/redis-event-log.js';
import { RedisKeys } from '../../src/adapters/redis-keys.js';
import type { ServiceEvent } from '../../src/domain/event.js';
import { eventText } from '../../src/use-cases/event-text.js';
import { eventually } from '../support/eventually.js';
import { EventReader, type ReadEvent } from '../support/event-reader.js';
import { randomFrom } from '../support/fleet.js';
import { openStage, type Stage } from './stage.js';

const RECONNECTS = 100;
const PAIRS = Array.from({ length: 24 }, (_, n) => `p${n}`);

let stage: Stage;
let log: RedisEventLog;
beforeAll(async () => {
  const pairs = Object.fromEntries(PAIRS.map((pair) => [pair, { importMs: 400 }]));
  stage = await openStage({ pairs, roles: ['all', 'worker'] });
  log = new RedisEventLog(stage.redis, new RedisKeys(stage.key()));
});
afterAll(() => stage?.close());

const adminKey = (): string => stage.env['BOOTSTRAP_ADMIN_KEY'] ?? '';

async function allEvents(): Promise<readonly ServiceEvent[]> {
  const events = await log.ofTenant('default', FIRST_PLACE, 100_000);
  assert(events !== null);
  return events;
}

/** Three turns of every pair, one after the other, so that it lasts a while. */
async function postBatch(name: string): Promise<string> {
  const turns = [['orders'], ['items'], ['orders', 'items']];
  const migrations = turns.flatMap((DBNames) =>
    PAIRS.map((pair) => stage.body(pair, { dbInfo: { DBNames } })),
  );
  const answer = await stage.service.request
    .post('/v1/batches')
    .send({ name, migrations })
    .expect(202);
  return (answer.body as { id: string }).id;
}

/** Reads from the first place on, breaking off at random moments; all that was told, as it came. */
class Restless {
  readonly told: ReadEvent[] = [];
  breaks = 0;
  private readonly random;

  constructor(
    private readonly path: string,
    seed: number,
  ) {
    this.random = randomFrom(seed);
  }

  async readTo(newest: () => Promise<string | null>): Promise<void> {
    let lastId = FIRST_PLACE;
    for (;;) {
      const reader = await EventReader.open(`${stage.service.url}${this.path}`, {
        ...{ key: adminKey(), lastEventId: lastId },
        onEvent: (event) => this.told.push(event),
      });
      assert.equal(reader.response.statusCode, 200);
      // A moment at random: in the middle of the pages of the past, or of what is told as it happens.
      await sleep(this.random() * 60);
      reader.breakOff();
      this.breaks += 1;
      lastId = reader.lastId ?? lastId;
      const end = this.breaks < RECONNECTS ? null : await newest();
      if (end !== null && lastId >= end) return;
    }
  }
}

test('100 forced reconnects during a batch: every event once, in order, as the log has it', async () => {
  const id = await postBatch('restless');
  const hasEnded = async (): Promise<boolean> => {
    const answer = await stage.service.request.get(`/v1/batches/${id}`).expect(200);
    return (answer.body as { finishedAt: string | null }).finishedAt !== null;
  };
  const newest = async (): Promise<string | null> =>
    (await hasEnded()) && (await stage.redis.scard(stage.key('changed-batches'))) === 0
      ? log.newestId()
      : null;
  const readers = {
    tenant: new Restless('/v1/events', 1),
    batch: new Restless(`/v1/batches/${id}/events`, 2),
  };
  await Promise.all(Object.values(readers).map((reader) => reader.readTo(newest)));

  const all = await allEvents();
  const ofBatch = all.filter(({ data }) => data.batchId === id);
  expect(ofBatch.length).toBeGreaterThan(72 * 5);
  const asTold = (events: readonly ServiceEvent[]): readonly ReadEvent[] =>
    events.map((event) => ({ id: event.id, type: event.type, text: eventText(event) }));
  expect(readers.batch.told).toEqual(asTold(ofBatch));
  expect(readers.tenant.told).toEqual(asTold(all));
  expect(readers.batch.breaks).toBeGreaterThanOrEqual(RECONNECTS);

  const times = ofBatch.filter(({ type }) => type === 'batch.progress').map(({ at }) => at);
  const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
  expect(times.length).toBeGreaterThan(1);
  expect(gaps.filter((gap) => gap < 1_000)).toEqual([]);
  const last = ofBatch.findLast(({ type }) => type.startsWith('batch.'));
  expect(last).toMatchObject({ data: { status: 'succeeded', progress: 1 } });
}, 120_000);

test('one migration is followed from its acceptance to its end, and nothing else with it', async () => {
  const { id } = await stage.migrate('p0');
  const path = `/v1/migrations/${id}/events?lastEventId=${FIRST_PLACE}`;
  const reader = await EventReader.open(`${stage.service.url}${path}`, { key: adminKey() });
  await eventually(() => expect(reader.events.at(-1)?.type).toBe('migration.succeeded'), 20_000);
  const { history } = await stage.see(id);
  expect(reader.events.map(({ type }) => type)).toEqual(history.map(({ to }) => `migration.${to}`));
  const told = reader.events.map(({ text }) => JSON.parse(text) as { at: string; data: object });
  expect(told.map(({ at }) => at)).toEqual(history.map(({ at }) => at));
  expect(told.every(({ data }) => 'migrationId' in data && data.migrationId === id)).toBe(true);
  reader.breakOff();
}, 30_000);

test('a key that is revoked is told nothing more after the next heartbeat', async () => {
  const { request, url } = stage.service;
  const body = { name: 'watcher', tenant: 'default', scopes: ['migrations:read'] };
  const made = await request.post('/v1/api-keys').send(body).expect(201);
  const { id, key } = made.body as { id: string; key: string };
  const reader = await EventReader.open(`${url}/v1/events`, { key });
  await eventually(() => expect(reader.comments.length).toBeGreaterThan(0));
  await request.delete(`/v1/api-keys/${id}`).expect(204);
  await eventually(() => expect(reader.hasEnded).toBe(true), 15_000);
  const again = await EventReader.open(`${url}/v1/events`, { key });
  expect(again.response.statusCode).toBe(401);
  again.breakOff();
}, 30_000);

test('a quiet reader gets a heartbeat within 15 s, and goes on from there', async () => {
  const { url } = stage.service;
  const quiet = await EventReader.open(`${url}/v1/events?types=webhook.disabled`, {
    key: adminKey(),
  });
  await eventually(() => expect(quiet.comments).toHaveLength(1));
  const { id } = await stage.migrate('p1');
  await stage.succeeds(id);
  await eventually(() => expect(quiet.comments).toHaveLength(2), 15_000);
  expect(quiet.events).toEqual([]);
  expect(quiet.lastId).toBe(await log.newestId());
  quiet.breakOff();
}, 40_000);

test('SIGTERM ends open streams: the process exits with 0 long before it would cut the drain short', async () => {
  const readers = await Promise.all(
    Array.from({ length: 20 }, () =>
      EventReader.open(`${stage.service.url}/v1/events`, { key: adminKey() }),
    ),
  );
  await eventually(() => expect(readers.every(({ comments }) => comments.length > 0)).toBe(true));
  const since = performance.now();
  expect(await stage.service.stop()).toBe(0);
  expect(performance.now() - since).toBeLessThan(9_000);
  await eventually(() => expect(readers.every(({ hasEnded }) => hasEnded)).toBe(true));
}, 20_000);
