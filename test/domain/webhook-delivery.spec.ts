// When a delivery is tried again, for how long, and what disables its endpoint.
import { describe, expect, test } from 'vitest';
import {
  begun,
  ended,
  freshDelivery,
  type Delivery,
  type SendOutcome,
} from '../../src/domain/webhook-delivery.js';
import { RETRY_DELAYS_MS } from '../../src/domain/webhook-policy.js';
import { DEFAULT_TYPES, wants, type Webhook, type WebhookType } from '../../src/domain/webhook.js';
import { readUrl } from '../../src/domain/webhook-url.js';

const HOUR_MS = 3_600_000;
const fresh = (eventId = 'evt_1'): Delivery =>
  freshDelivery(
    { ...{ webhookId: 'whk_1', tenant: 'acme', eventId, type: 'migration.queued' }, body: '{}' },
    0,
  );
const REFUSED: SendOutcome = { kind: 'refused', status: 500 };

/** One attempt, at the time it is due. */
function tried(delivery: Delivery, outcome: SendOutcome) {
  const at = delivery.dueAt ?? 0;
  return ended(begun(delivery, at), outcome, at);
}

describe('a delivery that is always refused', () => {
  test('is tried nine times over about a day, each wait longer than the one before or the same', () => {
    let delivery = fresh();
    const times: number[] = [];
    for (;;) {
      times.push(delivery.dueAt ?? 0);
      const { after, disables } = tried(delivery, REFUSED);
      delivery = after;
      expect(disables).toBe(after.status === 'failed' ? 'only_failures' : null);
      if (after.status === 'failed') break;
    }
    expect(times).toHaveLength(9);
    const waits = times.slice(1).map((at, index) => at - (times[index] ?? 0));
    for (const [index, wait] of waits.entries()) {
      const planned = RETRY_DELAYS_MS[index] ?? 0;
      expect(wait).toBeGreaterThanOrEqual(planned);
      expect(wait).toBeLessThanOrEqual(planned * 1.1);
    }
    const whole = times.at(-1) ?? 0;
    expect(whole).toBeGreaterThan(23 * HOUR_MS);
    expect(whole).toBeLessThan(26 * HOUR_MS);
    expect(delivery).toMatchObject({ status: 'failed', dueAt: null, body: null });
    expect(delivery.attempts).toHaveLength(9);
  });

  test('does not come back together with those that failed with it', () => {
    const dues = new Set<number | null>();
    for (let n = 0; n < 200; n += 1) {
      dues.add(tried(tried(fresh(`evt_${n}`), REFUSED).after, REFUSED).after.dueAt);
    }
    expect(dues.size).toBeGreaterThan(150);
  });
});

test.each([
  ['taken', { kind: 'taken', status: 204 }, 'delivered', null],
  ['gone', { kind: 'gone', status: 410 }, 'failed', 'endpoint_gone'],
] as const)('%s ends it at once', (_name, outcome, status, disables) => {
  const came = tried(fresh(), outcome);
  expect(came.disables).toBe(disables);
  expect(came.after).toMatchObject({ status, dueAt: null, begunAt: null, body: null });
});

test.each([
  ['shorter than the schedule', 1_000, 5_000, 5_500],
  ['longer than the schedule', 90_000, 90_000, 90_000],
  ['a week', 604_800_000, 2 * HOUR_MS, 2 * HOUR_MS],
  ['not said', null, 5_000, 5_500],
])('a wait that is asked for (%s) is kept within reason', (_name, retryAfterMs, least, most) => {
  const { after } = tried(fresh(), { kind: 'busy', status: 429, retryAfterMs });
  expect(after.dueAt).toBeGreaterThanOrEqual(least);
  expect(after.dueAt).toBeLessThanOrEqual(most);
});

test('an attempt that was cut off is noted, is no failure, and the next one follows its lease', () => {
  const once = begun(fresh(), 100);
  expect(once.dueAt).toBe(30_100);
  const twice = begun(once, 30_100);
  expect(twice.attempts).toEqual([{ at: 100, durationMs: 0, status: null, error: 'interrupted' }]);
  expect(twice).toMatchObject({ failures: 0, firstBegunAt: 100 });
});

test('its log has the newest twenty attempts', () => {
  let delivery = fresh();
  for (let n = 0; n < 30; n += 1) delivery = begun(delivery, n);
  expect(delivery.attempts).toHaveLength(20);
  expect(delivery.attempts.at(-1)?.at).toBe(28);
});

describe('a webhook', () => {
  const webhook = (types: readonly WebhookType[], more: Partial<Webhook> = {}): Webhook => ({
    ...{ id: 'whk_1', tenant: 'acme', url: 'https://example.com/', description: null, types },
    ...{ afterEventId: 'evt_5', sealed: '', keyVersion: 'k1', olderSecretsUntil: null, version: 1 },
    ...{ createdAt: 0, updatedAt: 0, disabled: null, lastSuccessAt: null },
    ...more,
  });
  const event = { id: 'evt_6', tenant: 'acme', type: 'batch.progress' } as const;

  test('is told of what it names, by itself or by its beginning', () => {
    expect(wants(webhook(['batch.*']), event)).toBe(true);
    expect(wants(webhook(['batch.progress']), event)).toBe(true);
    expect(wants(webhook(['migration.*', 'batch.paused']), event)).toBe(false);
    expect(wants(webhook(DEFAULT_TYPES), event)).toBe(false);
    expect(wants(webhook(DEFAULT_TYPES), { ...event, type: 'batch.paused' })).toBe(true);
  });

  test('is not told of other tenants, of what was before it, nor while it is disabled', () => {
    expect(wants(webhook(['batch.*']), { ...event, tenant: 'rival' })).toBe(false);
    expect(wants(webhook(['batch.*']), { ...event, id: 'evt_5' })).toBe(false);
    const disabled = { at: 0, reason: 'by_user' } as const;
    expect(wants(webhook(['batch.*'], { disabled }), event)).toBe(false);
  });
});

const TOO_LONG = `https://example.com/${'a'.repeat(2_100)}`;

test.each([
  ['ftp://example.com/', 'scheme'],
  ['//example.com/', 'scheme'],
  ['https:example.com', 'scheme'],
  ['javascript:alert(1)', 'scheme'],
  ['https://user@example.com/', 'user'],
  ['https://user:hunter2@example.com/', 'user'],
  ['https://:hunter2@example.com/', 'user'],
  ['https://example.com/#part', 'fragment'],
  ['https://example.com/#', 'fragment'],
  ['https://', 'no host'],
  ['https://exa mple.com/', 'blank'],
  ['https://example.com/\t', 'control'],
  ['https://ex\u00e4mple.com/', 'not ASCII'],
  ['https://\u2460\u2461\u2466.\u24ea.\u24ea.\u2460/', 'digits that look like others'],
  ['https://example.com:0/', 'port 0'],
  ['https://example.com:99999/', 'port'],
  ['https://[::1%25eth0]/', 'zone'],
  ['https://256.1.1.1/', 'no address'],
])('%s is no URL for a webhook (%s)', (text) => {
  const reading = readUrl(text);
  expect(reading.kind).toBe('fault');
  expect(JSON.stringify(reading)).not.toContain('hunter2');
});

test('a URL beyond the limit is none', () => {
  expect(readUrl(TOO_LONG).kind).toBe('fault');
});

test('numbers that mean an address are read as that address', () => {
  const forms = ['2130706433', '0x7f.1', '0177.0.0.1', '127.1', '127.0.0.1.', '0x7f000001'];
  for (const form of forms) {
    expect(readUrl(`http://${form}/a`)).toEqual({ kind: 'url', href: 'http://127.0.0.1/a' });
  }
});
