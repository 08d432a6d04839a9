// What every place that keeps webhooks promises, and that an event becomes deliveries once.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ServiceEvent } from '../../src/domain/event.js';
import { begun, freshDelivery, type Delivery } from '../../src/domain/webhook-delivery.js';
import { MAX_WEBHOOKS } from '../../src/domain/webhook-policy.js';
import type { Webhook } from '../../src/domain/webhook.js';
import type { WebhookDeliveries, WebhookStore } from '../../src/use-cases/ports-webhooks.js';
import { START_MS, TestIds } from '../support/memory-ports.js';

export interface WebhooksUnderTest {
  readonly store: WebhookStore;
  readonly deliveries: WebhookDeliveries;
  /** All events of the log, oldest first. */
  readonly events: () => Promise<readonly ServiceEvent[]>;
  close(): Promise<void>;
}

/** `mostBytes`: that may wait for the endpoints of a tenant. */
export type OpenWebhooks = (mostBytes?: number) => Promise<WebhooksUnderTest>;

const ids = new TestIds();
const FIRST = `evt_${'0'.repeat(26)}`;

export const aWebhook = (more: Partial<Webhook> = {}): Webhook => ({
  ...{ id: ids.make('whk', START_MS), tenant: 'acme', url: 'https://example.com/hook' },
  ...{ description: null, types: ['migration.*'], afterEventId: FIRST, sealed: 'sealed' },
  ...{ keyVersion: 'k1', olderSecretsUntil: null, version: 1, createdAt: START_MS },
  ...{ updatedAt: START_MS, disabled: null, lastSuccessAt: null },
  ...more,
});

export const aDelivery = (webhook: Webhook, dueAt = START_MS): Delivery =>
  freshDelivery(
    {
      ...{ webhookId: webhook.id, tenant: webhook.tenant, eventId: ids.make('evt', START_MS) },
      ...{ type: 'migration.queued', body: '{}' },
    },
    dueAt,
  );

export function webhooksContract(name: string, open: OpenWebhooks): void {
  describe(`webhooks (${name})`, () => {
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

    test('the first webhook sets the cursor, later ones leave it', async () => {
      expect(await deliveries.cursor()).toBeNull();
      await made({ tenant: 'first', afterEventId: `evt_${'1'.repeat(26)}` });
      await made({ tenant: 'first', afterEventId: `evt_${'2'.repeat(26)}` });
      expect(await deliveries.cursor()).toBe(`evt_${'1'.repeat(26)}`);
    });

    test('is found by its tenant only, and listed newest first, page by page', async () => {
      const three = [await made({ tenant: 'list' }), await made({ tenant: 'list' })];
      three.push(await made({ tenant: 'list' }));
      const [oldest, middle, newest] = three;
      expect(await store.find('list', oldest?.id ?? '')).toEqual(oldest);
      expect(await store.find('rival', oldest?.id ?? '')).toBeNull();
      const page = await store.list('list', { limit: 2, afterId: null });
      expect(page.items).toEqual([newest, middle]);
      const rest = await store.list('list', { limit: 2, afterId: page.nextAfterId });
      expect(rest).toEqual({ items: [oldest], nextAfterId: null });
    });

    test('a tenant has no more than it may have, also when all are made at once', async () => {
      const outcomes = await Promise.all(
        Array.from({ length: MAX_WEBHOOKS + 5 }, () =>
          store.create(aWebhook({ tenant: 'many' }), null),
        ),
      );
      const kinds = outcomes.map(({ kind }) => kind);
      expect(kinds.filter((kind) => kind === 'created')).toHaveLength(MAX_WEBHOOKS);
      expect(kinds.filter((kind) => kind === 'full')).toHaveLength(5);
    });

    test('the same idempotency key answers with the first one, within its tenant', async () => {
      const again = { key: 'again', hash: 'one' };
      const webhook = aWebhook({ tenant: 'idem' });
      expect(await store.create(webhook, again)).toEqual({ kind: 'created' });
      const second = await store.create(aWebhook({ tenant: 'idem' }), again);
      expect(second).toEqual({ kind: 'replayed', webhook });
      const other = { ...again, hash: 'two' };
      expect(await store.create(aWebhook({ tenant: 'idem' }), other)).toEqual({
        kind: 'key_reused',
      });
      expect((await store.create(aWebhook({ tenant: 'rival' }), again)).kind).toBe('created');
    });

    test('of two changes to the same version one is written', async () => {
      const webhook = await made({ tenant: 'race' });
      const changed = { ...webhook, version: 2 };
      const outcomes = await Promise.all([
        store.replace({ ...changed, description: 'one' }),
        store.replace({ ...changed, description: 'two' }),
      ]);
      expect(outcomes.toSorted()).toEqual(['replaced', 'stale']);
      expect(await store.replace({ ...changed, tenant: 'rival', version: 3 })).toBe('gone');
    });

    test('of many processes with the same page one adds it, and the cursor moves once', async () => {
      const webhook = await made({ tenant: 'fan' });
      const from = (await deliveries.cursor()) ?? '';
      const page = [aDelivery(webhook), aDelivery(webhook)];
      const to = `evt_${'3'.repeat(26)}`;
      const outcomes = await Promise.all(
        Array.from({ length: 5 }, () =>
          deliveries.fanOut({
            ...{ from, to, deliveries: page },
            webhooks: [webhook],
            atMs: START_MS,
          }),
        ),
      );
      expect(outcomes.filter((outcome) => outcome === 'moved')).toHaveLength(1);
      expect(await deliveries.cursor()).toBe(to);
      const { items } = await deliveries.list(webhook.id, { limit: 10, afterId: null });
      expect(items).toEqual(page.toReversed());
    });

    test('what is gone or disabled gets no deliveries, and the page moves all the same', async () => {
      const gone = await made({ tenant: 'gone' });
      const off = await made({ tenant: 'gone' });
      await store.remove('gone', gone.id);
      await store.replace({ ...off, version: 2 }, { at: 1, reason: 'by_user' });
      const from = (await deliveries.cursor()) ?? '';
      const to = `evt_${'4'.repeat(26)}`;
      const page = [aDelivery(gone), aDelivery(off)];
      const both = { from, to, deliveries: page, webhooks: [gone, off], atMs: START_MS };
      expect(await deliveries.fanOut(both)).toBe('moved');
      expect(await first(gone)).toBeUndefined();
      expect(await first(off)).toBeUndefined();
      expect(await deliveries.add(aDelivery(off))).toBe('refused');
      expect(await deliveries.add(aDelivery(gone))).toBe('refused');
    });

    test('a webhook that is removed takes its deliveries along', async () => {
      const webhook = await made({ tenant: 'removed' });
      const before = await added(webhook);
      expect(await store.remove('rival', webhook.id)).toBe('gone');
      expect(await store.remove('removed', webhook.id)).toBe('removed');
      const step = { before, after: begun(before, START_MS), begins: true, disables: null };
      expect(await deliveries.apply({ ...step, atMs: START_MS })).toBe('gone');
      expect(await first(webhook)).toBeUndefined();
      const due = await deliveries.due(START_MS, 1_000);
      expect(due.map(({ webhookId }) => webhookId)).not.toContain(webhook.id);
      expect(await store.remove('removed', webhook.id)).toBe('gone');
    });
  });
}
