// What every place that keeps deliveries promises: due in time, begun by one, ended once, bounded.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { begun, ended, type Delivery } from '../../src/domain/webhook-delivery.js';
import {
  BODY_BYTES,
  DELIVERY_BYTES,
  MAX_ENDED_DELIVERIES,
  RETRY_DELAYS_MS,
} from '../../src/domain/webhook-policy.js';
import type { Webhook } from '../../src/domain/webhook.js';
import type { WebhookDeliveries, WebhookStore } from '../../src/use-cases/ports-webhooks.js';
import { START_MS } from '../support/memory-ports.js';
import {
  aDelivery,
  aWebhook,
  type OpenWebhooks,
  type WebhooksUnderTest,
} from './webhooks.contract.js';

export function deliveriesContract(name: string, open: OpenWebhooks): void {
  describe(`deliveries (${name})`, () => {
    let under: WebhooksUnderTest;
    let store: WebhookStore;
    let deliveries: WebhookDeliveries;
    beforeAll(async () => {
      under = await open();
      ({ store, deliveries } = under);
    });
    afterAll(() => under.close());

    async function made(more: Partial<Webhook> = {}): Promise<Webhook> {
      const webhook = aWebhook(more);
      expect(await store.create(webhook, null)).toEqual({ kind: 'created' });
      return webhook;
    }

    async function added(webhook: Webhook, dueAt = START_MS): Promise<Delivery> {
      const delivery = aDelivery(webhook, dueAt);
      expect(await deliveries.add(delivery)).toBe('added');
      return delivery;
    }

    const first = async (webhook: Webhook): Promise<Delivery | undefined> =>
      (await deliveries.list(webhook.id, { limit: 1, afterId: null })).items[0];

    test('is due from its time on, the longest due first, and only while it is enabled', async () => {
      const webhook = await made({ tenant: 'due' });
      const later = await added(webhook, START_MS + 20);
      const sooner = await added(webhook, START_MS + 10);
      const dueOf = async (at: number) =>
        (await deliveries.dueOf(webhook.id, at, 10)).map(({ eventId }) => eventId);
      expect(await dueOf(START_MS + 9)).toEqual([]);
      expect(await dueOf(START_MS + 20)).toEqual([sooner.eventId, later.eventId]);
      const own = async () =>
        (await deliveries.due(START_MS + 15, 1_000)).filter((one) => one.webhookId === webhook.id);
      expect(await own()).toEqual([{ webhookId: webhook.id, dueAt: START_MS + 10 }]);
      await store.replace({ ...webhook, version: 2 }, { at: 1, reason: 'by_user' });
      expect(await own()).toEqual([]);
      await store.replace({ ...webhook, version: 3 }, null);
      expect(await own()).toEqual([{ webhookId: webhook.id, dueAt: START_MS + 10 }]);
    });

    test('of two processes one begins an attempt; nobody begins one of a disabled webhook', async () => {
      const webhook = await made({ tenant: 'begin' });
      const before = await added(webhook);
      const begins = (atMs: number) =>
        deliveries.apply({
          ...{ before, after: begun(before, atMs), begins: true, disables: null, atMs },
        });
      const outcomes = await Promise.all([begins(START_MS), begins(START_MS + 1)]);
      expect(outcomes.toSorted()).toEqual(['applied', 'stale']);
      const held = await first(webhook);
      expect(await deliveries.dueOf(webhook.id, START_MS + 29_000, 10)).toEqual([]);
      expect(await deliveries.dueOf(webhook.id, START_MS + 31_000, 10)).toEqual([held]);
      await store.replace({ ...webhook, version: 2 }, { at: 1, reason: 'by_user' });
      if (held === undefined) throw new Error('nothing is held');
      const step = { before: held, after: begun(held, START_MS), begins: true, disables: null };
      expect(await deliveries.apply({ ...step, atMs: START_MS })).toBe('disabled');
    });

    test('an endpoint that is gone is disabled with an event; what is pending goes on once it is enabled', async () => {
      const webhook = await made({ tenant: 'answered-gone' });
      const waiting = await added(webhook);
      const delivery = await added(webhook);
      await endedAs(delivery, { kind: 'gone', status: 410 }, START_MS + 5);
      const stored = await store.any(webhook.id);
      expect(stored?.disabled).toEqual({ at: START_MS + 5, reason: 'endpoint_gone' });
      const told = (await under.events()).filter(({ tenant }) => tenant === webhook.tenant);
      expect(told).toMatchObject([
        {
          type: 'webhook.disabled',
          at: START_MS + 5,
          data: { webhookId: webhook.id, reason: 'endpoint_gone' },
        },
      ]);
      await store.replace({ ...webhook, version: 2 }, null);
      expect((await store.any(webhook.id))?.disabled).toBeNull();
      expect(await deliveries.dueOf(webhook.id, START_MS, 10)).toEqual([waiting]);
    });

    async function endedAs(
      before: Delivery,
      outcome: Parameters<typeof ended>[1],
      atMs: number,
    ): Promise<void> {
      const held = begun(before, atMs);
      await deliveries.apply({ before, after: held, begins: true, disables: null, atMs });
      const step = { before: held, ...ended(held, outcome, atMs), begins: false, atMs };
      expect(await deliveries.apply(step)).toBe('applied');
    }

    test('a delivery that failed to its end disables unless another one succeeded meanwhile', async () => {
      const lastTry = (delivery: Delivery): Delivery => ({
        ...delivery,
        ...{ failures: RETRY_DELAYS_MS.length, firstBegunAt: START_MS + 10 },
      });
      for (const [succeededAt, isDisabled] of [
        [START_MS + 9, true],
        [START_MS + 10, false],
      ] as const) {
        const webhook = await made({ tenant: `exhausted-${succeededAt}` });
        await endedAs(await added(webhook), { kind: 'taken', status: 200 }, succeededAt);
        expect((await store.any(webhook.id))?.lastSuccessAt).toBe(succeededAt);
        const refused = { kind: 'refused', status: 500 } as const;
        await endedAs(lastTry(await added(webhook)), refused, START_MS + 99);
        const stored = await store.any(webhook.id);
        expect(stored?.disabled?.reason).toBe(isDisabled ? 'only_failures' : undefined);
        const told = (await under.events()).filter(({ tenant }) => tenant === webhook.tenant);
        expect(told).toHaveLength(isDisabled ? 1 : 0);
      }
    });

    test('keeps the newest that ended, and all that wait', async () => {
      const webhook = await made({ tenant: 'bounded' });
      const waiting = await added(webhook);
      await Promise.all(
        Array.from({ length: MAX_ENDED_DELIVERIES + 3 }, async (_, n) => {
          await endedAs(await added(webhook), { kind: 'taken', status: 200 }, START_MS + n);
        }),
      );
      const all = await deliveries.list(webhook.id, { limit: 2_000, afterId: null });
      expect(all.items).toHaveLength(MAX_ENDED_DELIVERIES + 1);
      expect(all.items.at(-1)).toEqual(waiting);
    });

    test('where more waits for a tenant than may, those of the oldest events are dropped, which is told', async () => {
      // A body of two bytes for every two deliveries: there is room for three events of two webhooks.
      const ofEvent = 2 * DELIVERY_BYTES + BODY_BYTES + 2;
      const small = await open(3 * ofEvent);
      const hooks = [aWebhook({ tenant: 'crowded' }), aWebhook({ tenant: 'crowded' })];
      for (const webhook of hooks) await small.store.create(webhook, null);
      const rival = aWebhook({ tenant: 'other' });
      await small.store.create(rival, null);
      const events = Array.from({ length: 5 }, () => {
        const [a, b] = hooks.map((webhook) => aDelivery(webhook));
        return a && b ? [a, { ...b, eventId: a.eventId }] : [];
      });
      const from = (await small.deliveries.cursor()) ?? '';
      const page = [aDelivery(rival), ...events.flat()];
      const webhooks = [...hooks, rival];
      const to = `evt_${'3'.repeat(26)}`;
      const fanOut = { from, to, deliveries: page, webhooks, atMs: START_MS };
      expect(await small.deliveries.fanOut(fanOut)).toBe('moved');
      const left = async ({ id }: Webhook) =>
        (await small.deliveries.list(id, { limit: 9, afterId: null })).items.map(
          ({ eventId }) => eventId,
        );
      const newest = events.slice(2).map(([delivery]) => delivery?.eventId);
      for (const webhook of hooks) expect((await left(webhook)).toReversed()).toEqual(newest);
      expect(await left(rival)).toHaveLength(1);
      const told = (await small.events()).map(({ type, tenant, data }) => ({
        type,
        tenant,
        ...data,
      }));
      expect(told).toMatchObject(
        hooks.map(({ id }) => ({
          ...{ type: 'webhook.deliveries_dropped', tenant: 'crowded' },
          ...{ webhookId: id, dropped: 2 },
        })),
      );
      await small.close();
    });

    test('is dropped once its event is too old, whatever became of it', async () => {
      const webhook = await made({ tenant: 'pruned' });
      await added(webhook);
      await deliveries.prune(webhook.id, START_MS);
      expect(await first(webhook)).toBeDefined();
      await deliveries.prune(webhook.id, START_MS + 1);
      expect(await first(webhook)).toBeUndefined();
      expect(await deliveries.dueOf(webhook.id, START_MS, 10)).toEqual([]);
    });
  });
}
