// What GET /metrics tells of a running service: sound text, true numbers, nobody's names, and only to whom it may concern.
import assert from 'node:assert/strict';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { STATUSES } from '../../src/domain/migration.js';
import { metricsOf, queries } from '../architecture/deploy-files.js';
import { callerOf } from '../support/documented.js';
import { eventually } from '../support/eventually.js';
import { readExposition, total, type Reading } from '../support/exposition.js';
import { sourceOf, targetOf } from '../support/simulator.js';
import { openStage, type Stage } from './stage.js';

const PAIRS = ['canaryone', 'canarytwo', 'canarythree', 'canaryfour'] as const;
const TENANT = 'canary-tenant';
const LABEL = 'canary-label';

let stage: Stage;
let ids: readonly string[];
let text: string;
let reading: Reading;
let keys: { readonly id: string; readonly key: string };

async function read(): Promise<string> {
  const answer = await stage.service.request.get('/metrics').expect(200);
  expect(answer.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
  return answer.text;
}

const own = () => callerOf(stage.service.url).set('authorization', `Bearer ${keys.key}`);

async function makeKey(scopes: readonly string[], tenant: string): Promise<typeof keys> {
  const body = { name: 'canary-name', tenant, scopes };
  const answer = await stage.service.request.post('/v1/api-keys').send(body).expect(201);
  return answer.body as typeof keys;
}

async function credentialOf(): Promise<string> {
  const { id, secret } = stage.upstream.key;
  const body = { name: 'canary-credential', type: 'access_key', regionId: 'cn-hangzhou' };
  const secrets = { accessKeyId: id, accessKeySecret: secret };
  const answer = await own()
    .post('/v1/credentials')
    .send({ ...body, ...secrets })
    .expect(201);
  return (answer.body as { readonly id: string }).id;
}

/** A batch of a tenant of its own: a chain over the same source, one of which fails, one of which is canceled. */
beforeAll(async () => {
  stage = await openStage({ pairs: Object.fromEntries(PAIRS.map((pair) => [pair, {}])) });
  keys = await makeKey(['migrations:write', 'migrations:read', 'credentials:write'], TENANT);
  const credentialId = await credentialOf();
  const migrations = PAIRS.map((pair) => ({
    ...stage.body(pair, { labels: { team: LABEL }, credentialId }),
    sourceInstanceId: sourceOf(PAIRS[0]),
  }));
  stage.upstream.strike(PAIRS[3], { kind: 'code', code: 'CanaryCode.OfNobody', status: 400 });
  const body = { name: 'canary-batch', migrations };
  const answer = await own().post('/v1/batches').send(body).expect(202);
  const { id } = answer.body as { readonly id: string };
  await eventually(async () => {
    const batch = await own().get(`/v1/batches/${id}`).expect(200);
    assert((batch.body as { readonly finishedAt: string | null }).finishedAt !== null);
  }, 30_000);
  const made = await own().get(`/v1/migrations?batchId=${id}`).expect(200);
  ids = (made.body as { readonly items: readonly { readonly id: string }[] }).items.map(
    (one) => one.id,
  );
  await own().get(`/v1/migrations/${ids[0] ?? ''}?canary-query=1`);
  await callerOf(stage.service.url).get('/canary/path/of/nobody').expect(404);
  // The gauges of the service are kept for a second.
  await eventually(async () => {
    text = await read();
    reading = readExposition(text);
    assert.equal(total(reading, 'rds_import_migrations', { status: 'failed' }), 1);
  });
}, 60_000);
afterAll(() => stage?.close());

it('is sound after a batch', () => {
  expect(reading.faults).toEqual([]);
});

it('counts migrations by status over all tenants, and nothing that has ended waits or holds', () => {
  const statuses = STATUSES.map((status) => [
    status,
    total(reading, 'rds_import_migrations', { status }),
  ]);
  const none = STATUSES.map((status) => [status, 0] as const);
  expect(Object.fromEntries(statuses)).toEqual({
    ...Object.fromEntries(none),
    succeeded: 3,
    failed: 1,
  });
  for (const name of [
    'waiting',
    'instances_reserved',
    'overdue_imports',
    'breakers_open',
    'upstream_pauses_open',
    'queued_oldest_seconds',
  ]) {
    expect([name, total(reading, `rds_import_${name}`)]).toEqual([name, 0]);
  }
  expect(total(reading, 'rds_import_redis_up')).toBe(1);
  expect(total(reading, 'rds_import_redis_latency_seconds')).toBeGreaterThan(0);
});

it('counts every transition once, each dispatch, and each call upstream by its action and answer', () => {
  const moved = (from: string, to: string): number =>
    total(reading, 'rds_import_transitions_total', { from, to });
  expect(moved('none', 'queued')).toBe(4);
  expect(moved('queued', 'checking')).toBe(4);
  expect(moved('importing', 'succeeded')).toBe(3);
  expect(moved('submitting', 'failed')).toBe(1);
  expect(total(reading, 'rds_import_dispatch_seconds_count')).toBe(4);
  const calls = (labels: Record<string, string>): number =>
    total(reading, 'rds_import_upstream_calls_total', labels);
  const action = 'ImportDatabaseBetweenInstances';
  expect(calls({ action, code: 'ok' })).toBe(3);
  expect(calls({ action, code: 'other' })).toBe(1);
  expect(calls({})).toBe(total(reading, 'rds_import_upstream_call_seconds_count'));
  expect(calls({})).toBe(stage.upstream.journal.entries().length);
});

it('counts requests by the pattern of their route', () => {
  const count = (labels: Record<string, string>): number =>
    total(reading, 'rds_import_http_requests_total', labels);
  expect(count({ method: 'POST', route: '/v1/batches', status: '2xx' })).toBe(1);
  expect(count({ method: 'GET', route: '/v1/migrations/:id' })).toBeGreaterThan(0);
  expect(count({ route: 'none', status: '4xx' })).toBe(1);
});

it('has every metric that the dashboard and the alert rules name', () => {
  const { families } = reading;
  const isThere = (name: string): boolean =>
    families.has(name) || families.has(name.replace(/_(?:bucket|sum|count)$/, ''));
  const names = [...new Set(queries.flatMap(metricsOf))];
  expect(names.length).toBeGreaterThan(20);
  expect(names.filter((name) => !isThere(name))).toEqual([]);
});

it('every metric of ours is on the dashboard', () => {
  const shown = new Set(
    queries.flatMap(metricsOf).map((name) => name.replace(/_(?:bucket|count)$/, '')),
  );
  const ours = [...reading.families.keys()].filter((name) => name.startsWith('rds_import_'));
  expect(ours.filter((name) => !shown.has(name))).toEqual([]);
});

it('names no tenant, instance, credential, label, id, key or word of a caller or upstream', () => {
  const canaries = [
    ...ids,
    TENANT,
    LABEL,
    keys.id,
    keys.key,
    stage.credentialId,
    stage.upstream.key.id,
  ];
  const instances = PAIRS.flatMap((pair) => [sourceOf(pair), targetOf(pair)]);
  const found = [...canaries, ...instances].filter((word) => text.includes(word));
  expect(found).toEqual([]);
  expect(text.toLowerCase()).not.toContain('canary');
  expect(text).not.toContain('cn-hangzhou');
});

describe('who may read it', () => {
  it('nobody without a key, no key without the scope, and a key with it', async () => {
    const { url } = stage.service;
    await callerOf(url).get('/metrics').expect(401);
    await own().get('/metrics').expect(403);
    const { key } = await makeKey(['metrics:read'], TENANT);
    const allowed = callerOf(url).get('/metrics').set('authorization', `Bearer ${key}`);
    expect((await allowed).status).toBe(200);
  });

  it('everybody where METRICS_PUBLIC is true, and still nobody anything else', async () => {
    const started = await stage.launch('api', { METRICS_PUBLIC: 'true' });
    // The document is that of a service whose figures need a key.
    expect((await fetch(`${started.url}/metrics`)).status).toBe(200);
    await callerOf(started.url).get('/v1/migrations').expect(401);
  });
});
