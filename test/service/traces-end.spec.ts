// Log lines have the id of the trace; what is left is told before the end; a collector that is away costs nothing.
import assert from 'node:assert/strict';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { callersTrace } from '../support/callers-trace.js';
import { eventually } from '../support/eventually.js';
import { startOtlpReceiver, type OtlpReceiver } from '../support/otlp-receiver.js';
import { openStage, type View } from './stage.js';

/** Of a transition what became of the migration, of any other line what it says. */
function nameOf(line: string): string {
  const { to, msg } = JSON.parse(line) as { readonly to?: string; readonly msg: string };
  return to ?? msg;
}

let receiver: OtlpReceiver;
beforeAll(async () => {
  receiver = await startOtlpReceiver();
});
afterAll(() => receiver?.close());

test('what is told last is sent before the process ends', async () => {
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url };
  const stage = await openStage({ pairs: { last: {} }, env });
  const { traceId, traceparent } = callersTrace();
  await stage.service.request.get('/v1/batches').set({ traceparent }).expect(200);
  expect(await stage.service.stop()).toBe(0);
  expect(receiver.inTrace(traceId).map(({ name }) => name)).toEqual(['GET /v1/batches']);
  await stage.close();
});

test('a collector that is away costs neither work nor the end of the process, and one line', async () => {
  const gone = await startOtlpReceiver();
  await gone.close();
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: gone.url };
  const stage = await openStage({ pairs: { away: {}, still: {} }, env });
  for (const pair of ['away', 'still']) await stage.succeeds((await stage.migrate(pair)).id);
  const startedAt = performance.now();
  expect(await stage.service.stop()).toBe(0);
  expect(performance.now() - startedAt).toBeLessThan(9_500);
  const lines = stage.service
    .logs()
    .split('\n')
    .filter((line) => line.includes('spans were dropped'));
  expect(lines.length).toBeLessThanOrEqual(1);
  await stage.close();
});

test('the log lines of a migration have the id of its trace, that of its request too', async () => {
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url };
  const stage = await openStage({ pairs: { logged: {} }, roles: ['api', 'worker'], env });
  const { traceId, traceparent } = callersTrace();
  const answer = await stage.service.request
    .post('/v1/migrations')
    .set({ traceparent })
    .send(stage.body('logged'))
    .expect(202);
  await stage.succeeds((answer.body as View).id);
  await eventually(() => {
    const lines = stage.processes.flatMap((process) => process.logs().split('\n'));
    const names = lines.filter((line) => line.includes(traceId)).map(nameOf);
    const each = ['request', 'queued', 'checking', 'submitting', 'importing', 'succeeded'];
    assert.deepEqual(new Set(names), new Set(each));
    assert.equal(names.length, each.length);
  });
  await stage.close();
});
