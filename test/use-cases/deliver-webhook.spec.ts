// Who sends, and with which signatures: one process at a time, a share each, and nobody after SIGTERM.
import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { START_MS } from '../support/memory-ports.js';
import { TAKEN } from '../support/memory-sender.js';
import { WebhookWorld } from '../support/webhook-world.js';

const DAY_MS = 24 * 3_600_000;

describe('two processes', () => {
  test('never send one attempt twice, whoever looks when', async () => {
    const world = new WebhookWorld();
    const id = await world.register();
    const ids = Array.from({ length: 200 }, () => world.happens());
    await world.process.fanOut.run();
    world.sender.answer = async () => {
      await setImmediate();
      return TAKEN;
    };
    await Promise.all(Array.from({ length: 5 }, () => world.boot().deliver.look(id)));
    expect(world.sentIds.toSorted()).toEqual(ids.toSorted());
  });

  test('take over from one another: what one began and never ended goes out again by its id', async () => {
    const world = new WebhookWorld();
    const id = await world.register();
    const event = world.happens();
    await world.process.fanOut.run();
    // The first dies with the request under way.
    world.sender.answer = () => new Promise(() => {});
    void world.boot().deliver.look(id);
    await expect.poll(() => world.sender.sent.length).toBe(1);
    world.sender.answer = () => TAKEN;
    await world.boot().deliver.look(id);
    expect(world.sender.sent).toHaveLength(1);
    world.clock.moveBy(30_000);
    await world.boot().deliver.look(id);
    expect(world.sentIds).toEqual([event, event]);
    const [delivery] = await world.log(id);
    expect(delivery).toMatchObject({ status: 'delivered', failures: 0 });
    expect(delivery?.attempts.map(({ status, error }) => status ?? error)).toEqual([
      'interrupted',
      204,
    ]);
  });

  test('of one process two looks at the same endpoint are one', async () => {
    const world = new WebhookWorld();
    const id = await world.register();
    for (let n = 0; n < 50; n += 1) world.happens();
    await world.process.fanOut.run();
    let most = 0;
    let now = 0;
    world.sender.answer = async () => {
      now += 1;
      most = Math.max(most, now);
      await setImmediate();
      now -= 1;
      return TAKEN;
    };
    const { deliver } = world.boot();
    await Promise.all([deliver.look(id), deliver.look(id), deliver.look(id)]);
    expect(world.sender.sent).toHaveLength(50);
    expect(most).toBe(4);
  });
});

test('a slow endpoint gives its place away after its share and comes again', async () => {
  const world = new WebhookWorld();
  const id = await world.register();
  for (let n = 0; n < 50; n += 1) world.happens();
  await world.process.fanOut.run();
  world.sender.answer = () => {
    world.clock.moveBy(1_000);
    return TAKEN;
  };
  expect(await world.process.deliver.look(id)).toBe(world.clock.now());
  expect(world.sender.sent).toHaveLength(4);
});

test('from SIGTERM on no request begins', async () => {
  const world = new WebhookWorld();
  const id = await world.register();
  world.happens();
  await world.process.fanOut.run();
  world.shutdown.isUnderWay = true;
  expect(await world.process.deliver.look(id)).toBeNull();
  expect(world.sender.sent).toEqual([]);
});

describe('a rotation of the secret', () => {
  const signersOf = (world: WebhookWorld): readonly string[] =>
    (world.sender.sent.at(-1)?.secrets ?? []).map((secret) => secret.open());

  test('lets the old one sign along for a day, and no longer', async () => {
    const world = new WebhookWorld();
    const { webhook, secret: first } = await world.manage.create({
      ...{ tenant: 'acme', url: 'https://example.com/', description: null },
      ...{ types: ['migration.*'], idempotency: null },
    });
    const { secret: second } = await world.manage.rotate('acme', webhook.id);
    world.clock.moveBy(DAY_MS - 1);
    world.happens();
    await world.settle();
    expect(signersOf(world)).toEqual([second.open(), first.open()]);
    world.clock.moveBy(1);
    world.happens();
    await world.settle();
    expect(signersOf(world)).toEqual([second.open()]);
  });

  test('whose answer was lost may be made again: the secret that the receiver has still signs', async () => {
    const world = new WebhookWorld();
    const id = await world.register();
    const [known] = world.secrets.open(await stored(world, id));
    await world.manage.rotate('acme', id);
    const { secret, webhook } = await world.manage.rotate('acme', id);
    expect(webhook.olderSecretsUntil).toBe(START_MS + DAY_MS);
    world.happens();
    await world.settle();
    expect(signersOf(world)).toHaveLength(3);
    expect(signersOf(world)[0]).toBe(secret.open());
    expect(signersOf(world)).toContain(known?.secret.open());
  });

  async function stored(world: WebhookWorld, id: string) {
    const webhook = await world.store.any(id);
    if (webhook === null) throw new Error('lost');
    return webhook;
  }
});
