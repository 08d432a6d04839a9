// Upstream says that the action is gone: one migration learns it, all others wait and say why, until a person resumes.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.js';
import { openStage, type Stage } from './stage.js';

const PAIRS = ['a', 'b', 'c', 'd', 'e', 'f'];

let stage: Stage;
beforeAll(async () => {
  stage = await openStage({
    pairs: Object.fromEntries(PAIRS.map((pair) => [pair, {}])),
    roles: ['all', 'all'],
  });
});
afterAll(() => stage?.close());

const sent = (): number => PAIRS.flatMap((pair) => stage.upstream.submissions(pair)).length;

async function verify(body?: object): Promise<Record<string, unknown>> {
  const request = stage.service.request.post(`/v1/credentials/${stage.credentialId}/verify`);
  const answer = await (body === undefined ? request : request.send(body)).expect(200);
  return answer.body as Record<string, unknown>;
}

test('nothing else is burnt, what waits says why, verify reports it, and resuming is explicit', async () => {
  for (const pair of PAIRS) stage.upstream.strike(pair, { kind: 'gone', times: -1 });
  const first = await stage.migrate('a');
  const failed = await stage.ended(first.id);
  expect(failed).toMatchObject({ status: 'failed', attempt: 1 });
  expect(failed.reason).toMatchObject({
    ...{ code: 'upstream_operation_gone', upstreamCode: 'InvalidApi.NotFound', retryable: false },
  });
  expect(failed.reason?.['remedy']).toMatch(/\w/);
  const [submission, ...more] = stage.upstream.submissions('a');
  expect(more).toEqual([]);
  expect(submission?.outcome).toBe('refused');
  expect(failed.reason?.['upstreamRequestId']).toBe(submission?.requestId);

  const others = await Promise.all(PAIRS.slice(1).map((pair) => stage.migrate(pair)));
  for (const { id } of others) {
    const waiting = await eventually(async () => {
      const view = await stage.see(id);
      expect(view.waitingFor).toMatchObject([{ kind: 'operation_gone', until: null }]);
      return view;
    });
    expect(waiting).toMatchObject({ status: 'queued', reason: null });
  }
  expect(sent()).toBe(1);
  expect(await stage.redis.hlen(stage.key('leases'))).toBe(0);

  expect(await verify()).toMatchObject({ valid: true, code: 'upstream_operation_gone' });
  expect(await verify()).toMatchObject({ valid: true, code: 'upstream_operation_gone' });
  expect(sent()).toBe(1);

  stage.upstream.faults.clear();
  expect(await verify({ resume: true })).not.toHaveProperty('code');
  for (const { id } of others) await stage.succeeds(id, 40_000);
  expect(sent()).toBe(PAIRS.length);
  const retried = await stage.service.request.post(`/v1/migrations/${first.id}/retry`).expect(202);
  expect(retried.body).toMatchObject({ status: 'queued', attempt: 2 });
  await stage.succeeds(first.id, 40_000);
}, 120_000);

test('of many that are told so at once one fails, and the others go back into the line', async () => {
  for (const pair of PAIRS) stage.upstream.strike(pair, { kind: 'gone', times: -1 });
  const all = await Promise.all(PAIRS.map((pair) => stage.migrate(pair)));
  const views = await eventually(async () => {
    const seen = await Promise.all(all.map(({ id }) => stage.see(id)));
    const isSettled = seen.every(({ status }) => status === 'failed' || status === 'queued');
    expect(isSettled && seen.some(({ status }) => status === 'failed')).toBe(true);
    return seen;
  }, 20_000);
  expect(views.filter(({ status }) => status === 'failed')).toHaveLength(1);
  stage.upstream.faults.clear();
  await verify({ resume: true });
  for (const { id, status } of views) if (status === 'queued') await stage.succeeds(id, 40_000);
}, 120_000);
