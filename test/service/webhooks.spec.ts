// Endpoints told over real HTTP: every event of a batch, once by its id, also when they fail first, and signed.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FIRST_PLACE } from '../../src/adapters/event-ids.js';
import { RedisEventLog } from '../../src/adapters/redis-event-log.js';
import { RedisKeys } from '../../src/adapters/redis-keys.js';
import {
  isSignedBy,
  startReceiver,
  type Received,
  type Receiver,
} from '../adapters/webhook-receiver.js';
import { dumpOf, findIn } from '../faults/canary-search.js';
import { eventually } from '../support/eventually.js';
import { callerOf } from '../support/documented.js';
import { sourceOf, targetOf } from '../support/simulator.js';
import { NOTHING_LEFT, openStage, type Stage } from './stage.js';

const PAIRS = Array.from({ length: 6 }, (_, index) => `hook${index}`);

interface Webhook {
  readonly id: string;
  readonly secret: string;
}

let stage: Stage;
let receiver: Receiver;
beforeAll(async () => {
  receiver = await startReceiver();
  stage = await openStage({
    pairs: Object.fromEntries(PAIRS.map((pair) => [pair, { importMs: 300 }])),
    roles: ['all', 'worker'],
    env: { WEBHOOK_ALLOWED_CIDRS: '127.0.0.0/8' },
  });
});
afterAll(async () => {
  await stage?.close();
  await receiver?.close();
});

const at = (path: string): string => `http://127.0.0.1:${receiver.port}${path}`;
const receivedAt = (path: string): readonly Received[] =>
  receiver.received.filter((request) => request.path === path);

async function register(body: object, request = stage.service.request): Promise<Webhook> {
  const answer = await request.post('/v1/webhooks').send(body).expect(201);
  return answer.body as Webhook;
}

const idsIn = (requests: readonly Received[]): readonly string[] =>
  requests.map(({ headers }) => String(headers['webhook-id']));

async function logOf(id: string) {
  const answer = await stage.service.request.get(`/v1/webhooks/${id}/deliveries?limit=200`);
  return (
    answer.body as {
      items: readonly {
        readonly eventId: string;
        readonly type: string;
        readonly status: string;
        readonly attempts: readonly {
          readonly httpStatus: number | null;
          readonly error: string;
        }[];
      }[];
    }
  ).items;
}

test('a receiver that fails and recovers has every event of a batch once by its id, each rightly signed', async () => {
  const hook = await register({ url: at('/flaky'), types: ['migration.*', 'batch.*'] });
  const taken: Received[] = [];
  const failed = new Set<unknown>();
  receiver.answer = (response, request) => {
    const id = request.headers['webhook-id'];
    if (request.path !== '/flaky') return response.writeHead(204).end();
    // Each event fails the first time it comes, as with a receiver that is down for a while.
    if (!failed.has(id)) {
      failed.add(id);
      return response.writeHead(500).end('down');
    }
    taken.push(request);
    return response.writeHead(200).end('ok');
  };
  const migrations = PAIRS.map((pair) => ({
    sourceInstanceId: sourceOf(pair),
    targetInstanceId: targetOf(pair),
    dbInfo: { DBNames: ['orders', 'items'] },
  }));
  const { request } = stage.service;
  const body = { credentialId: stage.credentialId, migrations };
  const batch = (await request.post('/v1/batches').send(body).expect(202)).body as { id: string };
  await eventually(async () => {
    const view = (await request.get(`/v1/batches/${batch.id}`)).body as { status: string };
    expect(view.status).toBe('succeeded');
  }, 20_000);
  const log = new RedisEventLog(stage.redis, new RedisKeys(stage.key()));
  // Read again each time: how far the batch has come is told once more after its end.
  const all = await eventually(async () => {
    const ids = ((await log.ofTenant('default', FIRST_PLACE, 1_000)) ?? []).map(({ id }) => id);
    expect(idsIn(taken).toSorted()).toEqual(ids.toSorted());
    return ids;
  }, 20_000);
  expect(all.length).toBeGreaterThan(PAIRS.length * 5);
  for (const one of taken) {
    expect(isSignedBy(hook.secret, one)).toBe(true);
    expect(JSON.parse(one.body)).toMatchObject({
      id: one.headers['webhook-id'],
      tenant: 'default',
    });
  }
  const told = await logOf(hook.id);
  expect(told.map(({ eventId }) => eventId)).toEqual(all.toReversed());
  for (const { status, attempts } of told) {
    expect(status).toBe('delivered');
    expect(attempts.map(({ httpStatus }) => httpStatus)).toEqual([500, 200]);
  }
  expect(receivedAt('/flaky')).toHaveLength(2 * all.length);
  expect(await stage.left()).toEqual(NOTHING_LEFT);
}, 60_000);

test('the secret is in no log line and in no key of Redis, and its endpoint is in no log line', async () => {
  const { id, secret } = await register({ url: at('/token-4711') });
  const rotated = await stage.service.request.post(`/v1/webhooks/${id}/rotate-secret`).expect(200);
  const { secret: fresh } = rotated.body as Webhook;
  await stage.service.request.post(`/v1/webhooks/${id}/test`).expect(202);
  const [request] = await eventually(() => {
    const requests = receivedAt('/token-4711');
    expect(requests).toHaveLength(1);
    return requests;
  });
  if (request === undefined) throw new Error('nothing came');
  expect([isSignedBy(secret, request), isSignedBy(fresh, request)]).toEqual([true, true]);
  const canaries = [secret, fresh].map((text) => ({ name: 'secret', secret: text.slice(6) }));
  const dump = await dumpOf(stage.redis, `${stage.key()}*`);
  expect(dump.size).toBeGreaterThan(10);
  for (const [key, text] of dump) expect(findIn(key, text, canaries)).toEqual([]);
  for (const { logs } of stage.processes) expect(logs()).not.toMatch(/whsec_|token-4711/);
  const audit = await stage.service.request.get('/v1/audit').expect(200);
  expect(audit.text).toContain(`/v1/webhooks/${id}/rotate-secret`);
  expect(audit.text).not.toMatch(/whsec_|token-4711/);
});

test('a tenant is told nothing of another one, and cannot reach its webhooks', async () => {
  const key = (
    await stage.service.request
      .post('/v1/api-keys')
      .send({ name: 'rival', tenant: 'rival', scopes: ['webhooks:read', 'webhooks:write'] })
      .expect(201)
  ).body as { key: string };
  const bearer = { authorization: `Bearer ${key.key}` };
  const rival = callerOf(stage.service.url);
  const theirs = await rival
    .post('/v1/webhooks')
    .set(bearer)
    .send({ url: at('/rival'), types: ['migration.*', 'batch.*'] })
    .expect(201);
  const own = await register({ url: at('/own'), types: ['migration.*'] });
  const { id } = await stage.migrate('hook0');
  await stage.succeeds(id);
  await eventually(() => expect(receivedAt('/own').length).toBeGreaterThan(3));
  await rival
    .post(`/v1/webhooks/${(theirs.body as Webhook).id}/test`)
    .set(bearer)
    .expect(202);
  await eventually(() => expect(receivedAt('/rival')).toHaveLength(1));
  expect(receivedAt('/rival')[0]?.body).toContain('"webhook.test"');
  for (const path of [`/${own.id}`, `/${own.id}/deliveries`]) {
    await rival.get(`/v1/webhooks${path}`).set(bearer).expect(404);
  }
  await rival.delete(`/v1/webhooks/${own.id}`).set(bearer).expect(404);
  await stage.service.request.delete(`/v1/webhooks/${own.id}`).expect(204);
});

test('an endpoint that answers 410 is disabled, the others are told, and a redirect goes nowhere', async () => {
  const watcher = await register({ url: at('/watcher'), types: ['webhook.disabled'] });
  const gone = await register({ url: at('/gone') });
  const moved = await register({ url: at('/moved') });
  receiver.answer = (response, { path }) => {
    if (path === '/gone') response.writeHead(410).end();
    else if (path === '/moved') response.writeHead(307, { location: at('/elsewhere') }).end();
    else response.writeHead(204).end();
  };
  const { request } = stage.service;
  for (const { id } of [gone, moved]) await request.post(`/v1/webhooks/${id}/test`).expect(202);
  await eventually(async () => {
    const view = (await request.get(`/v1/webhooks/${gone.id}`)).body as object;
    expect(view).toMatchObject({ enabled: false, disabledReason: 'endpoint_gone' });
  });
  await eventually(() => {
    const [told] = receivedAt('/watcher');
    expect(JSON.parse(told?.body ?? '{}')).toMatchObject({
      ...{ type: 'webhook.disabled', data: { webhookId: gone.id, reason: 'endpoint_gone' } },
    });
  });
  await eventually(async () => {
    const [delivery] = await logOf(moved.id);
    expect(delivery?.attempts[0]).toMatchObject({ httpStatus: 307, error: null });
  });
  expect(receivedAt('/elsewhere')).toEqual([]);
  await request.post(`/v1/webhooks/${gone.id}/test`).expect(409);
  await request.patch(`/v1/webhooks/${gone.id}`).send({ enabled: true }).expect(200);
  await request.delete(`/v1/webhooks/${watcher.id}`).expect(204);
});

test.each(['http://10.0.0.1/', 'http://169.254.169.254/latest/', 'http://[::1]:80/', 'http://0/'])(
  'an address beside the allowed network is refused: %s',
  async (url) => {
    const answer = await stage.service.request.post('/v1/webhooks').send({ url }).expect(422);
    expect(answer.body).toMatchObject({
      errors: [{ pointer: '/url', code: 'webhook_url_refused' }],
    });
  },
);
