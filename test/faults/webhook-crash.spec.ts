// kill -9 of the process that sends: no event is lost, and what comes twice comes under the same id.
import { expect, it } from 'vitest';
import { FIRST_PLACE } from '../../src/adapters/event-ids.js';
import { RedisEventLog } from '../../src/adapters/redis-event-log.js';
import { RedisKeys } from '../../src/adapters/redis-keys.js';
import { startReceiver } from '../adapters/webhook-receiver.js';
import { openStage } from '../service/stage.js';
import { eventually } from '../support/eventually.js';

it('with requests under way, every event arrives all the same, and only those under way arrive twice', async ({
  onTestFinished,
}) => {
  const receiver = await startReceiver();
  onTestFinished(() => receiver.close());
  const pairs = { one: { importMs: 200 }, two: { importMs: 200 }, three: { importMs: 200 } };
  const stage = await openStage({
    ...{ pairs, roles: ['api', 'worker'], env: { WEBHOOK_ALLOWED_CIDRS: '127.0.0.0/8' } },
  });
  onTestFinished(() => stage.close());
  const hook = { url: receiver.url, types: ['migration.*'] };
  const { request } = stage.service;
  const { id } = (await request.post('/v1/webhooks').send(hook).expect(201)).body as { id: string };
  // Takes nothing in while the first worker lives: its requests are under way when it dies.
  receiver.answer = () => {};
  const migrations = await Promise.all([
    ...['one', 'two', 'three'].map((pair) => stage.migrate(pair)),
  ]);
  await eventually(() => expect(receiver.received.length).toBeGreaterThanOrEqual(4));
  const underWay = receiver.received.map(({ headers }) => headers['webhook-id']);
  receiver.answer = (response) => response.writeHead(204).end();
  await stage.processes.find(({ url }) => url === '')?.kill();
  await stage.launch('worker');
  for (const migration of migrations) await stage.succeeds(migration.id, 60_000);
  const log = new RedisEventLog(stage.redis, new RedisKeys(stage.key()));
  const events = (await log.ofTenant('default', FIRST_PLACE, 1_000)) ?? [];
  const all = events.filter(({ type }) => type.startsWith('migration.'));
  await eventually(async () => {
    const answer = await request.get(`/v1/webhooks/${id}/deliveries?limit=200`).expect(200);
    const { items } = answer.body as { items: readonly { eventId: string; status: string }[] };
    expect(items.map(({ eventId }) => eventId)).toEqual(all.map((one) => one.id).toReversed());
    expect(items.every(({ status }) => status === 'delivered')).toBe(true);
  }, 60_000);
  const times = new Map<string, number>();
  for (const { headers } of receiver.received) {
    const eventId = String(headers['webhook-id']);
    times.set(eventId, (times.get(eventId) ?? 0) + 1);
  }
  expect([...times.keys()].toSorted()).toEqual(all.map((one) => one.id).toSorted());
  for (const [eventId, count] of times) {
    expect([eventId, count]).toEqual([eventId, underWay.includes(eventId) ? 2 : 1]);
  }
}, 150_000);
