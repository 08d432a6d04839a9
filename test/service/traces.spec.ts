// One trace tells a migration from the caller's request to the upstream's RequestId and its end, whichever processes worked on it.
import assert from 'node:assert/strict';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findIn, type Canary } from '../faults/canary-search.js';
import { CALLER, callersTrace } from '../support/callers-trace.js';
import { eventually } from '../support/eventually.js';
import {
  startOtlpReceiver,
  type OtlpReceiver,
  type ReceivedSpan,
} from '../support/otlp-receiver.js';
import { sourceOf, targetOf } from '../support/simulator.js';
import { openStage, type Stage } from './stage.js';

const SERVER = 2;
const CLIENT = 3;
const CONSUMER = 5;
const SUBMIT = 'upstream ImportDatabaseBetweenInstances';

let receiver: OtlpReceiver;
beforeAll(async () => {
  receiver = await startOtlpReceiver();
});
afterAll(() => receiver?.close());

/** Once the end of the migration is there, so is all before it that the same process sent. */
async function traceWith(traceId: string, ...names: readonly string[]) {
  return eventually(() => {
    const spans = receiver.inTrace(traceId);
    for (const name of names)
      assert(
        spans.some((span) => span.name === name),
        `no ${name}`,
      );
    assert.deepEqual(orphans(spans), []);
    return spans;
  });
}

/** Names of those whose parent nobody has sent, but for the caller's own. */
function orphans(spans: readonly ReceivedSpan[]): readonly string[] {
  const ids = new Set([CALLER, ...spans.map(({ spanId }) => spanId)]);
  return spans
    .filter(({ parentSpanId }) => parentSpanId === null || !ids.has(parentSpanId))
    .map(({ name }) => name);
}

function one(spans: readonly ReceivedSpan[], name: string): ReceivedSpan {
  const [found, ...more] = spans.filter((span) => span.name === name);
  assert(found !== undefined, `no span ${name}`);
  assert.equal(more.length, 0, `several spans ${name}`);
  return found;
}

const roles = [
  ['one process', ['all']],
  ['api and worker', ['api', 'worker']],
] as const;

describe.each(roles)('with %s', (what, processes) => {
  let stage: Stage;
  beforeAll(async () => {
    const pairs = ['fine', 'fails', 'long', 'one', 'two', 'off'];
    stage = await openStage({
      pairs: Object.fromEntries(pairs.map((pair) => [pair, {}])),
      roles: processes,
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: `${receiver.url}/` },
    });
  });
  afterAll(() => stage?.close());

  const migrate = async (
    pair: string,
    traceparent: string,
    requestId = 'traced',
  ): Promise<string> => {
    const answer = await stage.service.request
      .post('/v1/migrations')
      .set({ traceparent, 'x-request-id': requestId })
      .send(stage.body(pair))
      .expect(202);
    return (answer.body as { readonly id: string }).id;
  };

  test('a migration is one trace from the request of the caller to its end', async () => {
    const { traceId, traceparent } = callersTrace();
    const id = await migrate('fine', traceparent, 'order-4711');
    const view = await stage.succeeds(id);
    const spans = await traceWith(traceId, 'migration succeeded', 'POST /v1/migrations');

    const request = one(spans, 'POST /v1/migrations');
    expect(request).toMatchObject({ parentSpanId: CALLER, kind: SERVER, isError: false });
    expect(request.attributes).toEqual({
      ...{ 'http.request.method': 'POST', 'http.route': '/v1/migrations' },
      ...{ 'http.response.status_code': 202, 'request.id': 'order-4711' },
    });
    const accepted = one(spans, 'migration accept');
    expect(accepted.parentSpanId).toBe(request.spanId);
    expect(accepted.attributes).toEqual({ 'migration.id': id });

    const look = one(spans, 'look submit');
    expect(look).toMatchObject({ parentSpanId: accepted.spanId, kind: CONSUMER });
    expect(one(spans, 'look schedule').parentSpanId).toBe(accepted.spanId);
    expect(one(spans, 'decide').parentSpanId).toBe(one(spans, 'look schedule').spanId);
    const preflight = one(spans, 'preflight');
    expect(preflight.parentSpanId).toBe(look.spanId);
    const reads = spans.filter(({ parentSpanId }) => parentSpanId === preflight.spanId);
    expect(reads.map(({ name }) => name)).toContain('upstream DescribeDBInstanceAttribute');

    const submission = one(spans, SUBMIT);
    expect(submission).toMatchObject({ parentSpanId: look.spanId, kind: CLIENT, isError: false });
    expect(submission.attributes).toEqual({
      ...{ 'upstream.action': 'ImportDatabaseBetweenInstances', 'cloud.region': 'cn-hangzhou' },
      ...{ 'http.response.status_code': 200, 'upstream.request_id': view.upstreamRequestId },
      'migration.attempt': 1,
    });
    const [sent] = stage.upstream.submissions('fine');
    expect(sent?.requestId).toBe(view.upstreamRequestId);

    const end = one(spans, 'migration succeeded');
    expect(end.attributes).toMatchObject({
      ...{ 'migration.from': 'importing', 'migration.import_id': view.importId },
      'upstream.request_id': view.upstreamRequestId,
    });
    expect(end.parentSpanId).toBe(one(spans, 'look track').spanId);
    for (const { resource } of spans) {
      expect(resource).toMatchObject({ 'service.name': 'rds-import', 'service.version': '0.1.0' });
    }
    const senders = new Set(spans.map(({ resource }) => resource['service.instance.id']));
    expect(senders.size).toBe(processes.length);
  });

  test('a refusal is on its call and on its end, by code and without a message', async () => {
    const { traceId, traceparent } = callersTrace();
    const refusal = { kind: 'code', code: 'InvalidDBName.NotFound' };
    stage.upstream.strike('fails', refusal);
    const view = await stage.ended(await migrate('fails', traceparent));
    const spans = await traceWith(traceId, 'migration failed');
    const call = one(spans, SUBMIT);
    expect(call.isError).toBe(true);
    expect(call.attributes).toMatchObject({
      ...{ 'error.type': refusal.code, 'upstream.code': refusal.code },
      'upstream.request_id': view.reason?.['upstreamRequestId'],
    });
    const end = one(spans, 'migration failed');
    expect(end.isError).toBe(true);
    expect(end.attributes['error.type']).toBe('upstream_rejected');
  });

  test('looks that find nothing new leave nothing in it', async () => {
    const { traceId, traceparent } = callersTrace();
    const id = await migrate('long', traceparent);
    await stage.succeeds(id);
    const spans = await traceWith(traceId, 'migration succeeded');
    const listings = stage.upstream.journal
      .entries(0, 'DescibeImportsFromDatabase')
      .filter(({ params }) => params['DBInstanceId'] === targetOf('long'));
    // One before the submission, one at least that saw it run, one that saw its end.
    expect(listings.length).toBeGreaterThan(2);
    expect(spans.filter(({ name }) => name === 'look track')).toHaveLength(1);
    expect(spans.filter(({ name }) => name === 'look submit')).toHaveLength(1);
  });

  test('the migrations of a batch are in the trace of its request', async () => {
    const { traceId, traceparent } = callersTrace();
    const answer = await stage.service.request
      .post('/v1/batches')
      .set({ traceparent })
      .send({ migrations: [stage.body('one'), stage.body('two')] })
      .expect(202);
    const { id } = answer.body as { readonly id: string };
    const spans = await eventually(async () => {
      const trace = await traceWith(traceId, 'migration succeeded', 'POST /v1/batches');
      assert.equal(trace.filter(({ name }) => name === 'migration succeeded').length, 2);
      return trace;
    });
    const accepted = one(spans, 'batch accept');
    expect(accepted.attributes).toEqual({ 'batch.id': id, 'batch.migrations': 2 });
    expect(spans.filter(({ name }) => name === SUBMIT)).toHaveLength(2);
  });

  test('a caller who does not want the trace kept is heeded to its end', async () => {
    const { traceId, traceparent } = callersTrace('00');
    await stage.succeeds(await migrate('off', traceparent));
    const marker = callersTrace();
    await stage.service.request
      .get('/v1/migrations')
      .set({ traceparent: marker.traceparent })
      .expect(200);
    await traceWith(marker.traceId, 'GET /v1/migrations');
    expect(receiver.inTrace(traceId)).toEqual([]);
  });

  test('probes are told nowhere; a malformed traceparent begins a trace of its own', async () => {
    const { request } = stage.service;
    const { traceparent, traceId } = callersTrace();
    await request.get('/health/live').set({ traceparent }).expect(200);
    await request
      .get('/v1/migrations/mig_nothing')
      .set({ traceparent: `${traceparent}-x`, 'x-request-id': `alone-${what.replaceAll(' ', '')}` })
      .expect(404);
    const span = await eventually(() => {
      const found = receiver.spans.find(
        ({ attributes }) => attributes['request.id'] === `alone-${what.replaceAll(' ', '')}`,
      );
      assert(found !== undefined);
      return found;
    });
    expect(span).toMatchObject({ name: 'GET /v1/migrations/:id', parentSpanId: null });
    expect(span.traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(receiver.inTrace(traceId)).toEqual([]);
  });

  test('no secret, no name of a database and no instance is in any of it', async () => {
    const { key } = stage.upstream;
    const nonces = stage.upstream.journal.entries(0).flatMap(({ nonce }) => nonce ?? []);
    const canaries: readonly Canary[] = [
      { name: 'AccessKeySecret', secret: key.secret },
      { name: 'AccessKeyId', secret: key.id },
      { name: 'admin key', secret: stage.env['BOOTSTRAP_ADMIN_KEY'] ?? '' },
      { name: 'master key', secret: stage.env['MASTER_KEYS']?.slice(3) ?? '' },
      { name: 'source', secret: sourceOf('fine') },
      { name: 'target', secret: targetOf('fine') },
      { name: 'message', secret: 'The specified' },
      ...nonces.slice(0, 50).map((secret) => ({ name: 'nonce', secret })),
    ];
    expect(receiver.bodies.length).toBeGreaterThan(0);
    expect(receiver.bodies.flatMap((body) => findIn('a span', body, canaries))).toEqual([]);
    for (const database of ['"orders"', '"items"', 'DBInfo']) {
      expect(receiver.bodies.filter((body) => body.includes(database))).toEqual([]);
    }
    expect([...receiver.asked]).toEqual(['POST /v1/traces application/json']);
  });
});
