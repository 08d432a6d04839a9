// From an event to an endpoint: once for each that wants it, for a day, by one process at a time.
import { describe, expect, test } from 'vitest';
import { START_MS } from '../support/memory-ports.js';
import { TAKEN } from '../support/memory-sender.js';
import { WebhookWorld } from '../support/webhook-world.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const REFUSED = { kind: 'refused', status: 500 } as const;

describe('an event', () => {
  test('is told to every webhook of its tenant that wants it, from their creation on, and to no other', async () => {
    const world = new WebhookWorld();
    const before = world.happens();
    const migrations = await world.register();
    const batches = await world.register({ types: ['batch.*'] });
    const theirs = await world.register({ tenant: 'rival' });
    const own = [world.happens(), world.happens('migration.succeeded')];
    const ofBatch = world.happens('batch.progress');
    const ofRival = world.happens('migration.failed', 'rival');
    await world.settle();
    const idsOf = async (id: string, tenant = 'acme') =>
      (await world.inspect.list(tenant, id, { limit: 9, afterId: null })).items
        .map(({ eventId }) => eventId)
        .toSorted();
    expect(await idsOf(migrations)).toEqual(own);
    expect(await idsOf(batches)).toEqual([ofBatch]);
    expect(await idsOf(theirs, 'rival')).toEqual([ofRival]);
    expect(world.sentIds).not.toContain(before);
    expect(world.sentIds.toSorted()).toEqual([...own, ofBatch, ofRival].toSorted());
  });

  test('goes out as it is on the wire of all others', async () => {
    const world = new WebhookWorld();
    await world.register();
    const id = world.happens();
    await world.settle();
    expect(JSON.parse(world.sender.sent[0]?.body ?? '')).toEqual({
      ...{ id, type: 'migration.queued', at: new Date(START_MS).toISOString(), tenant: 'acme' },
      data: { migrationId: 'mig_1' },
    });
  });

  test('of thousands becomes one delivery each, however many processes do it at once', async () => {
    const world = new WebhookWorld();
    await world.register();
    const ids = Array.from({ length: 1_050 }, () => world.happens());
    await Promise.all(Array.from({ length: 4 }, () => world.boot().fanOut.run()));
    await world.settle();
    expect(world.sentIds.toSorted()).toEqual(ids.toSorted());
  });

  test('that was dropped before it was told is missed, and the ones after it are not', async () => {
    const world = new WebhookWorld();
    await world.register();
    world.happens();
    world.clock.moveBy(DAY_MS);
    const kept = [world.happens(), world.happens()];
    await world.shelf.events.dropBefore(world.clock.now());
    await world.settle();
    expect(world.sentIds.toSorted()).toEqual(kept);
    expect(world.journal.warnings).toContainEqual(expect.stringContaining('dropped'));
  });
});

test('where the log lost events that were told on already, those that come are told all the same', async () => {
  const world = new WebhookWorld();
  await world.register();
  world.shelf.cursor = `evt_${'7'.repeat(10)}${'0'.repeat(16)}`;
  await world.settle();
  const event = world.happens();
  await world.settle();
  expect(world.sentIds).toEqual([event]);
  expect(world.journal.warnings).toContainEqual(expect.stringContaining('lost'));
});

describe('a delivery', () => {
  test('to an endpoint that recovers after hours arrives once, and the log tells the story', async () => {
    const world = new WebhookWorld();
    const id = await world.register();
    world.sender.answer = () => ({ kind: 'unsent', error: 'connection_refused' });
    const event = world.happens();
    await world.passTime(10 * 60_000);
    expect(await world.log(id)).toMatchObject([{ status: 'pending', failures: 4 }]);
    world.sender.answer = () => TAKEN;
    await world.passTime(HOUR_MS);
    const [delivery] = await world.log(id);
    expect(delivery).toMatchObject({ status: 'delivered', dueAt: null });
    expect(delivery?.attempts.map(({ status, error }) => status ?? error)).toEqual([
      ...Array.from({ length: 4 }, () => 'connection_refused'),
      204,
    ]);
    expect(world.sentIds).toEqual(Array.from({ length: 5 }, () => event));
    await world.passTime(2 * DAY_MS);
    expect(world.sender.sent).toHaveLength(5);
  });

  test('that fails for a day disables an endpoint that took nothing else, and tells the others', async () => {
    const world = new WebhookWorld();
    const broken = await world.register();
    const watcher = await world.register({ types: ['webhook.disabled'] });
    world.sender.answer = ({ body }) => (body.includes('webhook.disabled') ? TAKEN : REFUSED);
    world.happens();
    await world.passTime(23 * HOUR_MS);
    expect((await world.manage.find('acme', broken)).disabled).toBeNull();
    await world.passTime(3 * HOUR_MS);
    const { disabled } = await world.manage.find('acme', broken);
    expect(disabled?.reason).toBe('only_failures');
    expect(await world.log(broken)).toMatchObject([{ status: 'failed', failures: 9 }]);
    const [told] = await world.log(watcher);
    expect(told).toMatchObject({ type: 'webhook.disabled', status: 'delivered' });
    const sent = JSON.parse(world.sender.sent.at(-1)?.body ?? '') as { data: object };
    expect(sent.data).toMatchObject({ webhookId: broken, reason: 'only_failures' });
    expect(JSON.stringify(sent)).not.toContain('example.com');
    expect(world.figures.disablings).toBe(1);
  });

  test('that fails for a day disables nothing when another one was taken meanwhile', async () => {
    const world = new WebhookWorld();
    const id = await world.register();
    const poison = world.happens();
    world.sender.answer = ({ eventId }) => (eventId === poison ? REFUSED : TAKEN);
    await world.passTime(HOUR_MS);
    world.happens();
    await world.passTime(2 * DAY_MS);
    expect((await world.manage.find('acme', id)).disabled).toBeNull();
    const statuses = (await world.log(id)).map(({ status }) => status);
    expect(statuses).toEqual(['delivered', 'failed']);
  });

  test('that is answered with 410 disables at once; enabled again, what was pending goes on', async () => {
    const world = new WebhookWorld();
    const id = await world.register();
    const gone = world.happens();
    const waiting = Array.from({ length: 6 }, () => world.happens());
    world.sender.answer = ({ eventId }) =>
      eventId === gone ? { kind: 'gone', status: 410 } : REFUSED;
    await world.settle();
    expect((await world.manage.find('acme', id)).disabled?.reason).toBe('endpoint_gone');
    const before = world.sender.sent.length;
    expect(before).toBeLessThanOrEqual(4);
    world.sender.answer = () => TAKEN;
    await world.passTime(HOUR_MS);
    const missed = world.happens();
    await world.passTime(HOUR_MS);
    expect(world.sender.sent).toHaveLength(before);
    await world.manage.patch({ tenant: 'acme', id, enabled: true });
    await world.settle();
    const delivered = (await world.log(id)).filter(({ status }) => status === 'delivered');
    expect(delivered.map(({ eventId }) => eventId).toSorted()).toEqual(waiting.toSorted());
    expect(world.sentIds).not.toContain(missed);
  });

  test('waits as long as a busy endpoint asks for', async () => {
    const world = new WebhookWorld();
    const id = await world.register();
    world.sender.answer = () => ({ kind: 'busy', status: 429, retryAfterMs: 600_000 });
    world.happens();
    await world.settle();
    expect((await world.log(id))[0]?.dueAt).toBe(START_MS + 600_000);
  });
});

test('a test event takes the way of all others, to this endpoint alone', async () => {
  const world = new WebhookWorld();
  const id = await world.register({ types: ['batch.failed'] });
  const other = await world.register();
  const { eventId } = await world.inspect.test('acme', id);
  await world.settle();
  expect(await world.log(id)).toMatchObject([
    { eventId, type: 'webhook.test', status: 'delivered' },
  ]);
  expect(await world.log(other)).toEqual([]);
  expect(JSON.parse(world.sender.sent[0]?.body ?? '')).toMatchObject({
    ...{ id: eventId, type: 'webhook.test', tenant: 'acme', data: { webhookId: id } },
  });
  await world.manage.patch({ tenant: 'acme', id, enabled: false });
  await expect(world.inspect.test('acme', id)).rejects.toMatchObject({ code: 'webhook_disabled' });
});

test('what is older than is kept is dropped from every log', async () => {
  const world = new WebhookWorld();
  const id = await world.register();
  world.happens();
  await world.settle();
  world.clock.moveBy(90 * DAY_MS);
  await world.process.fanOut.prune();
  expect(await world.log(id)).toHaveLength(1);
  world.clock.moveBy(1);
  await world.process.fanOut.prune();
  expect(await world.log(id)).toEqual([]);
});
