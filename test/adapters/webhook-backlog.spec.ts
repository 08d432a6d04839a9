// What waits for the endpoints of a tenant takes no more of Redis than it may: counted there, key by key.
import { expect, onTestFinished, test } from 'vitest';
import { eventIdOf, FIRST_PLACE } from '../../src/adapters/event-ids.js';
import { RedisEventLog } from '../../src/adapters/redis-event-log.js';
import { RedisKeys } from '../../src/adapters/redis-keys.js';
import { RedisWebhookDeliveries } from '../../src/adapters/redis-webhook-deliveries.js';
import { RedisWebhookStore } from '../../src/adapters/redis-webhook-store.js';
import { begun, ended, freshDelivery, type Delivery } from '../../src/domain/webhook-delivery.js';
import { BODY_BYTES, DELIVERY_BYTES, RETRY_DELAYS_MS } from '../../src/domain/webhook-policy.js';
import type { Webhook } from '../../src/domain/webhook.js';
import { START_MS } from '../support/memory-ports.js';
import { keysOf, testRedis } from '../support/redis.js';
import { aWebhook } from './webhooks.contract.js';

const BODY = 'x'.repeat(2_000);

async function place(mostBytes: number, count: number) {
  const at = await testRedis();
  onTestFinished(() => at.close());
  const keys = new RedisKeys(at.prefix);
  const store = new RedisWebhookStore(at.redis, keys);
  const deliveries = new RedisWebhookDeliveries(at.redis, keys, mostBytes);
  const webhooks = Array.from({ length: count }, () => aWebhook());
  for (const webhook of webhooks) await store.create(webhook, null);

  let from = FIRST_PLACE;
  /** Events that become a delivery for each of these webhooks; answers with their ids. */
  const happen = async (first: number, events: number, to = webhooks) => {
    const ids = Array.from({ length: events }, (_, n) => eventIdOf(`${START_MS + first + n}-0`));
    const page = {
      ...{ from, to: ids.at(-1) ?? from, webhooks, atMs: START_MS },
      deliveries: ids.flatMap((eventId) => to.map((webhook) => fresh(webhook, eventId))),
    };
    expect(await deliveries.fanOut(page)).toBe('moved');
    from = page.to;
    return ids;
  };
  const bytes = async (): Promise<number> => {
    const names = await keysOf(at.redis, at.prefix);
    const own = names.filter((name) => /:(deliver|backlog)/.test(name));
    const sizes = await Promise.all(
      own.map((name) => at.redis.memory('USAGE', name, 'SAMPLES', 0)),
    );
    return sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
  };
  const counted = async (): Promise<number> =>
    Number(await at.redis.hget(keys.backlog('acme'), 'bytes'));
  const waiting = async ({ id }: Webhook) =>
    (await deliveries.dueOf(id, Number.MAX_SAFE_INTEGER, 100_000)).map(({ eventId }) => eventId);
  return { ...at, keys, store, deliveries, webhooks, happen, bytes, counted, waiting };
}

const fresh = ({ id: webhookId, tenant }: Webhook, eventId: string): Delivery =>
  freshDelivery({ webhookId, tenant, eventId, type: 'migration.queued', body: BODY }, START_MS);

const MIB = 1_048_576;

test('twenty endpoints that are away for a night take what a tenant may take, and no more', async () => {
  const on = await place(8 * MIB, 20);
  const all: string[] = [];
  for (let page = 0; page < 10; page += 1) all.push(...(await on.happen(page * 100, 100)));
  expect(await on.bytes()).toBeLessThan(8 * MIB);
  // The newest of all that happened wait, for every one of them the same.
  const [first = []] = await Promise.all(on.webhooks.map(on.waiting));
  expect(first.length).toBeGreaterThan(200);
  expect(first).toEqual(all.slice(-first.length));
  for (const webhook of on.webhooks) expect(await on.waiting(webhook)).toEqual(first);
  // The tenant is told how many were dropped of each, and no webhook is.
  const told = await new RedisEventLog(on.redis, on.keys).ofTenant('acme', FIRST_PLACE, 1_000);
  const dropped = new Map<unknown, number>();
  for (const { type, data } of told ?? []) {
    expect(type).toBe('webhook.deliveries_dropped');
    const id = data['webhookId'];
    dropped.set(id, (dropped.get(id) ?? 0) + Number(data['dropped']));
  }
  expect([...dropped.values()]).toEqual(on.webhooks.map(() => all.length - first.length));
}, 60_000);

test('a body is there once while anybody waits for it, and its bytes are given back', async () => {
  const on = await place(64 * MIB, 3);
  const [a, b, c] = on.webhooks;
  if (!a || !b || !c) throw new Error('too few webhooks');
  const [one = '', two = ''] = await on.happen(0, 2);
  expect(await on.counted()).toBe(6 * DELIVERY_BYTES + 2 * (BODY.length + BODY_BYTES));
  const [delivery] = await on.deliveries.dueOf(a.id, START_MS, 1);
  if (delivery === undefined) throw new Error('nothing is due');
  expect(delivery).toMatchObject({ eventId: one, body: BODY });
  const held = begun(delivery, START_MS);
  const step = { before: delivery, after: held, begins: true, disables: null, atMs: START_MS };
  for (let turn = 0; turn < 2; turn += 1) expect(await on.deliveries.apply(step)).toBe('applied');
  const { after } = ended(held, { kind: 'taken', status: 204 }, START_MS);
  const end = { ...step, before: held, after, begins: false };
  for (let turn = 0; turn < 2; turn += 1) expect(await on.deliveries.apply(end)).toBe('applied');
  expect(await on.counted()).toBe(5 * DELIVERY_BYTES + 2 * (BODY.length + BODY_BYTES));
  await on.store.remove('acme', b.id);
  await on.deliveries.prune(c.id, START_MS + 1);
  expect(await on.waiting(c)).toEqual([two]);
  expect(await on.counted()).toBe(2 * DELIVERY_BYTES + BODY.length + BODY_BYTES);
  await on.store.remove('acme', a.id);
  await on.store.remove('acme', c.id);
  expect(await on.bytes()).toBe(0);
});

test('a delivery of the version before, which has its body in it, is sent and ends as all others', async () => {
  const on = await place(64 * MIB, 1);
  const [webhook] = on.webhooks;
  if (!webhook) throw new Error('no webhook');
  const before = fresh(webhook, eventIdOf(`${START_MS}-0`));
  const { deliveries, keys, redis } = on;
  await redis.hset(keys.deliveries(webhook.id), before.eventId, `1 ${JSON.stringify(before)}`);
  await redis.zadd(keys.deliveriesDue(webhook.id), START_MS, before.eventId);
  await redis.zadd(keys.deliveryLog(webhook.id), 0, before.eventId);
  const [read] = await deliveries.dueOf(webhook.id, START_MS, 1);
  expect(read).toEqual(before);
  const held = begun(before, START_MS);
  const step = { before, after: held, begins: true, disables: null, atMs: START_MS };
  expect(await deliveries.apply(step)).toBe('applied');
  expect(await deliveries.dueOf(webhook.id, START_MS + 60_000, 1)).toEqual([held]);
  const { after } = ended(held, { kind: 'taken', status: 204 }, START_MS);
  await deliveries.apply({ ...step, before: held, after, begins: false });
  expect(await redis.exists(keys.backlog('acme'))).toBe(0);
});

test('a delivery that failed as often as it may takes no more than is counted for it', async () => {
  const on = await place(64 * MIB, 20);
  await on.happen(0, 10);
  const refused = { kind: 'refused', status: 503 } as const;
  for (const { id } of on.webhooks) {
    for (const delivery of await on.deliveries.dueOf(id, START_MS, 10)) {
      let before = delivery;
      for (let n = 1; n < RETRY_DELAYS_MS.length; n += 1) {
        const held = begun(before, START_MS);
        const { after } = ended(held, refused, START_MS);
        const ends = { before, after: held, begins: true, disables: null, atMs: START_MS };
        await on.deliveries.apply(ends);
        await on.deliveries.apply({ ...ends, before: held, after, begins: false });
        before = after;
      }
    }
  }
  expect(await on.bytes()).toBeLessThan(await on.counted());
}, 120_000);
