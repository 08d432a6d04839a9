// No secret is ever seen: in no key or file of Redis, no log line, no answer and no header, after all that can go well and wrong.
import { randomBytes } from 'node:crypto';
import type supertest from 'supertest';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStage, type Stage } from '../service/stage.js';
import { callerOf } from '../support/documented.js';
import { eventually } from '../support/eventually.js';
import { dumpOf, filesUnder, findIn, formsOf, type Canary } from './canary-search.js';
import { startPrivateRedis, type PrivateRedis } from './private-redis.js';

/** A run of one kind of trouble each; times −1 would never end. */
const FAULTS: Readonly<Record<string, object>> = {
  fine: { kind: 'slow', delayMs: 100 },
  throttle: { kind: 'throttle' },
  error500: { kind: 'error500' },
  after: { kind: 'error500_after' },
  lost: { kind: 'lost_reply' },
  reset: { kind: 'reset_before' },
  hang: { kind: 'hang' },
  garbage: { kind: 'garbage' },
  truncated: { kind: 'truncated' },
  noid: { kind: 'no_import_id' },
  late: { kind: 'late_visibility' },
  fails: { kind: 'fail_import' },
  code: { kind: 'code', code: 'InvalidDBName.NotFound' },
  auth: { kind: 'code', code: 'Forbidden.RAM', status: 403 },
};
const SETTLED = ['succeeded', 'failed', 'outcome_unknown'];

const random = (name: string): string => `${name}/+${randomBytes(18).toString('base64url')}`;
const adminKey = `canaryAdmin+/${randomBytes(18).toString('base64url')}`;
const masterKey = randomBytes(32);
const wrongSecret = random('wrongSecret');
const token = random('securityToken');
const replaced = random('replacedSecret');
const refused = random('refusedSecret');

let redis: PrivateRedis;
let stage: Stage;
let canaries: readonly Canary[];
const seen: string[] = [];
beforeAll(async () => {
  redis = await startPrivateRedis();
  stage = await openStage({
    pairs: Object.fromEntries(Object.keys(FAULTS).map((pair) => [pair, { importMs: 300 }])),
    roles: ['api', 'worker'],
    own: redis,
    env: {
      ...{ LOG_LEVEL: 'trace', UPSTREAM_TIMEOUT_MS: '700', OUTCOME_GRACE_MS: '1000' },
      WEBHOOK_ALLOWED_CIDRS: '127.0.0.0/8',
      ...{ BOOTSTRAP_ADMIN_KEY: adminKey, MASTER_KEYS: `k1:${masterKey.toString('base64')}` },
    },
  });
  canaries = [
    { name: 'AccessKeySecret', secret: stage.upstream.key.secret },
    { name: 'wrong AccessKeySecret', secret: wrongSecret },
    { name: 'replaced AccessKeySecret', secret: replaced },
    { name: 'refused AccessKeySecret', secret: refused },
    { name: 'SecurityToken', secret: token },
    { name: 'admin key', secret: adminKey },
    { name: 'master key', secret: masterKey.toString('base64') },
    { name: 'master key in hex', secret: masterKey.toString('hex') },
  ];
}, 60_000);
afterAll(async () => {
  await stage?.close();
  await redis?.close();
});

/** Sends, and keeps all that came back. */
async function say(call: supertest.Test): Promise<supertest.Response> {
  const answer = await call;
  seen.push(`${JSON.stringify(answer.headers)}\n${answer.text}`);
  return answer;
}

async function storeCredential(key: string, more: object): Promise<string> {
  const fields = { name: key, type: 'access_key', regionId: 'cn-hangzhou' };
  const { id: accessKeyId } = stage.upstream.key;
  const { request } = stage.service;
  const send = () =>
    say(
      request
        .post('/v1/credentials')
        .set('idempotency-key', key)
        .send({ ...fields, accessKeyId, ...more }),
    );
  const first = await send();
  expect((await send()).text).toBe(first.text);
  return (first.body as { readonly id?: string }).id ?? '';
}

async function settles(id: string): Promise<string> {
  return eventually(async () => {
    const answer = await say(stage.service.request.get(`/v1/migrations/${id}`));
    const { status } = answer.body as { readonly status: string };
    expect(SETTLED).toContain(status);
    return status;
  }, 60_000);
}

test('the search finds a secret in each of its forms and in each of its places', async () => {
  const planted: Canary = { name: 'planted', secret: random('planted') };
  for (const form of formsOf(planted.secret)) {
    expect(findIn('a text', `before ${form} after`, [planted])).toEqual(['a text: planted']);
  }
  const inner = Buffer.from(`{"x":"${planted.secret}"}`).toString('base64');
  expect(findIn('a text', inner, [planted])).toEqual(['a text: planted']);
  const { redis: client } = redis;
  const { secret } = planted;
  await client.set('planted:string', secret);
  await client.hset('planted:hash', 'field', Buffer.from(secret).toString('hex'));
  await client.rpush('planted:list', secret);
  await client.sadd('planted:set', encodeURIComponent(secret));
  await client.zadd('planted:zset', 1, Buffer.from(secret).toString('base64'));
  await client.xadd('planted:stream', '*', 'field', secret);
  await client.set(`planted:${secret}`, '');
  const dump = await dumpOf(client);
  const found = [...dump.values()].filter((text) => findIn('', text, [planted]).length > 0);
  expect(found).toHaveLength(7);
  const files = [...(await filesUnder(redis.folder)).entries()];
  const hits = files.filter(([, text]) => findIn('', text, [planted]).length > 0);
  expect(hits.map(([path]) => path).join()).toContain('appendonly');
  await client.unlink(...[...dump.keys()].filter((key) => key.startsWith('planted:')));
  expect(stage.service.logs()).toContain('"level":');
});

test('after successes, every class of error, refusals, a crash and a restart none is anywhere', async () => {
  const { request } = stage.service;
  const wrong = await storeCredential('wrong', { accessKeySecret: wrongSecret });
  const sts = await storeCredential('sts', {
    ...{ type: 'sts', accessKeySecret: replaced, securityToken: token },
  });
  await say(
    request.post('/v1/credentials').send({ name: refused, accessKeySecret: refused, x: 1 }),
  );
  await say(request.post('/v1/credentials').type('json').send(`{"accessKeySecret":"${refused}",`));
  for (const id of [wrong, sts]) await say(request.post(`/v1/credentials/${id}/verify`));
  await say(
    request
      .patch(`/v1/credentials/${sts}`)
      .send({ accessKeySecret: replaced, securityToken: token }),
  );
  const nobody = callerOf(stage.service.url);
  await say(nobody.get('/v1/migrations').set('authorization', `Bearer ${wrongSecret.slice(-20)}`));
  await say(nobody.get(`/v1/migrations?key=none`));

  // Told of everything from here on, in vain. Its secret may be in the one answer that is not kept.
  const hook = { url: 'http://127.0.0.1:1/hook' };
  const told = (await request.post('/v1/webhooks').send(hook).expect(201)).body as object;
  const signing = { name: 'webhook secret', secret: String('secret' in told && told.secret) };
  canaries = [...canaries, signing, { ...signing, secret: signing.secret.slice('whsec_'.length) }];

  const ids: string[] = [];
  for (const [pair, fault] of Object.entries(FAULTS)) {
    stage.upstream.strike(pair, fault);
    ids.push((await stage.migrate(pair)).id);
  }
  const unauthorised = { credentialId: wrong, allowDuplicate: true };
  ids.push((await stage.migrate('fine', unauthorised)).id);
  await eventually(() => expect(stage.upstream.runs('fine')).not.toEqual([]));
  await stage.processes.find(({ url }) => url === '')?.kill();
  await stage.service.kill();
  await stage.launch('api');
  await stage.launch('worker');
  const ends: string[] = [];
  for (const id of ids) ends.push(await settles(id));
  expect(new Set(ends)).toEqual(new Set(SETTLED));
  const paths = ['migrations', 'batches', 'credentials', 'audit', 'api-keys', 'webhooks'].map(
    (one) => `/v1/${one}`,
  );
  for (const path of [...paths, '/health/ready', '/metrics', '/openapi.json', '/v1/none']) {
    await say(stage.service.request.get(path));
  }

  const places = [
    ...[...(await dumpOf(redis.redis))].map(([key, text]) => [`redis ${key}`, text] as const),
    ...(await filesUnder(redis.folder)),
    ...stage.processes.map(({ pid, logs }) => [`log of ${pid}`, logs()] as const),
    ...seen.map((text, index) => [`answer ${index}`, text] as const),
  ];
  expect(places.length).toBeGreaterThan(100);
  expect(places.flatMap(([where, text]) => findIn(where, text, canaries))).toEqual([]);
}, 240_000);
