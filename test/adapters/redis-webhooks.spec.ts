// Webhooks in Redis keep the contract, no secret in the clear, and come under a new master key.
import { randomBytes } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import { AesCredentialVault } from '../../src/adapters/aes-credential-vault.js';
import { RedisEventLog } from '../../src/adapters/redis-event-log.js';
import { RedisKeys } from '../../src/adapters/redis-keys.js';
import {
  RedisSealedCredentials,
  webhookRows,
} from '../../src/adapters/redis-sealed-credentials.js';
import { RedisWebhookDeliveries } from '../../src/adapters/redis-webhook-deliveries.js';
import { RedisWebhookStore } from '../../src/adapters/redis-webhook-store.js';
import { keysOfWebhooks, SealedWebhookSecrets } from '../../src/adapters/sealed-webhook-secrets.js';
import { begun } from '../../src/domain/webhook-delivery.js';
import { RewrapCredentials } from '../../src/use-cases/rewrap-credentials.js';
import {
  MemoryWebhookDeliveries,
  MemoryWebhookStore,
  WebhookShelf,
} from '../support/memory-webhooks.js';
import { dumpOf, findIn } from '../faults/canary-search.js';
import { START_MS } from '../support/memory-ports.js';
import { testRedis } from '../support/redis.js';
import { deliveriesContract } from './deliveries.contract.js';
import { aDelivery, aWebhook, webhooksContract } from './webhooks.contract.js';

for (const contract of [webhooksContract, deliveriesContract]) {
  contract('Redis', async (mostBytes) => {
    const { redis, prefix, close } = await testRedis();
    const keys = new RedisKeys(prefix);
    return {
      store: new RedisWebhookStore(redis, keys),
      deliveries: new RedisWebhookDeliveries(redis, keys, mostBytes),
      events: () => new RedisEventLog(redis, keys).oldest(1_000),
      close,
    };
  });

  contract('memory', async (mostBytes) => {
    const shelf = new WebhookShelf(undefined, mostBytes);
    return {
      store: new MemoryWebhookStore(shelf),
      deliveries: new MemoryWebhookDeliveries(shelf),
      events: () => shelf.events.oldest(1_000),
      close: async () => {},
    };
  });
}

const vaultOf = (...names: readonly string[]) =>
  new AesCredentialVault({
    keys: names.map((id) => ({ id, key: Buffer.alloc(32, id) })),
  });

async function place() {
  const at = await testRedis();
  onTestFinished(() => at.close());
  const keys = new RedisKeys(at.prefix);
  return { ...at, keys, store: new RedisWebhookStore(at.redis, keys) };
}

test('no secret is in Redis in any form, the idempotency record included', async () => {
  const { redis, prefix, keys, store } = await place();
  const secrets = new SealedWebhookSecrets(vaultOf('k1'));
  const secret = secrets.make();
  const webhook = aWebhook();
  const sealing = secrets.seal(webhook, [{ secret, until: null }]);
  await store.create({ ...webhook, ...sealing }, { key: 'k', hash: 'h' });
  await new RedisWebhookDeliveries(redis, keys).add(aDelivery(webhook));
  const text = secret.open();
  expect(Buffer.from(text.slice('whsec_'.length), 'base64')).toHaveLength(32);
  const canaries = [{ name: 'secret', secret: text.slice('whsec_'.length) }];
  const dump = await dumpOf(redis, `${prefix}*`);
  expect(dump.size).toBeGreaterThan(5);
  for (const [key, held] of dump) expect(findIn(key, held, canaries)).toEqual([]);
});

test('what another process has begun since the index was read is not due: it would be sent twice', async () => {
  const { redis, keys, store } = await place();
  const deliveries = new RedisWebhookDeliveries(redis, keys);
  const webhook = aWebhook();
  await store.create(webhook, null);
  const before = aDelivery(webhook, START_MS);
  await deliveries.add(before);
  const after = begun(before, START_MS);
  const step = { before, after, begins: true, disables: null, atMs: START_MS };
  expect(await deliveries.apply(step)).toBe('applied');
  // As the index still was for who read it first.
  await redis.zadd(keys.deliveriesDue(webhook.id), START_MS, before.eventId);
  expect(await deliveries.dueOf(webhook.id, START_MS, 10)).toEqual([]);
});

test('secrets open for their webhook only, and a change of them opens for nobody', () => {
  const secrets = new SealedWebhookSecrets(vaultOf('k1'));
  const owner = { tenant: 'acme', id: 'whk_1' };
  const pair = [
    { secret: secrets.make(), until: null },
    { secret: secrets.make(), until: 7 },
  ];
  const { sealed } = secrets.seal(owner, pair);
  const opened = secrets.open({ ...owner, sealed });
  expect(opened.map(({ secret, until }) => [secret.open(), until])).toEqual(
    pair.map(({ secret, until }) => [secret.open(), until]),
  );
  for (const stranger of [
    { ...owner, id: 'whk_2' },
    { ...owner, tenant: 'rival' },
  ]) {
    expect(() => secrets.open({ ...stranger, sealed })).toThrow(/another owner/);
  }
  expect(() => secrets.open({ ...owner, sealed: `${sealed.slice(0, -2)}AA` })).toThrow(/changed/);
});

test('a rewrap brings every webhook under the first master key, with the same secret', async () => {
  const { redis, keys, store } = await place();
  const old = new SealedWebhookSecrets(vaultOf('k1'));
  const told = new Map<string, string>();
  for (let n = 0; n < 5; n += 1) {
    const webhook = aWebhook({
      tenant: `tenant-${n % 2}`,
      description: randomBytes(4).toString('hex'),
    });
    const secret = old.make();
    told.set(webhook.id, secret.open());
    const sealing = old.seal(webhook, [{ secret, until: null }]);
    await store.create({ ...webhook, ...sealing }, null);
  }
  const rows = new RedisSealedCredentials(redis, keys, webhookRows);
  const both = keysOfWebhooks(vaultOf('k2', 'k1'));
  const report = await new RewrapCredentials(rows, both).all();
  expect(report).toEqual({ rewrapped: 5, already: 0, unopened: [] });
  expect(await rows.keyVersions()).toEqual(['k2']);
  const fresh = new SealedWebhookSecrets(vaultOf('k2'));
  for (const [id, secret] of told) {
    const webhook = await store.any(id);
    if (webhook === null) throw new Error('lost');
    expect(fresh.open(webhook).map((each) => each.secret.open())).toEqual([secret]);
    expect(webhook).toMatchObject({ keyVersion: 'k2', version: 2 });
    await store.remove(webhook.tenant, id);
  }
  expect(await rows.keyVersions()).toEqual([]);
});
