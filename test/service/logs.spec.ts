// The log of a real process: exactly one line for each entry of each history, and one for each answer, without a secret.
import assert from 'node:assert/strict';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { openStage, type Stage, type View } from './stage.js';

interface Line {
  readonly msg: string;
  readonly level: number;
  readonly [field: string]: unknown;
}

const PAIRS = ['one', 'two', 'three', 'four', 'five'] as const;
let stage: Stage;
let batchId: string;
let views: readonly View[];
let lines: readonly Line[];

const linesOf = (): readonly Line[] =>
  stage.processes.flatMap((one) =>
    one
      .logs()
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Line),
  );

/** One fails and halts its batch; retried; one is canceled and tried again; one is resolved by a person. */
beforeAll(async () => {
  stage = await openStage({
    pairs: { one: {}, two: {}, three: {}, four: { importMs: 30_000 }, five: {} },
    roles: ['api', 'worker'],
    env: { OUTCOME_GRACE_MS: '1000' },
  });
  const { request } = stage.service;
  stage.upstream.strike('one', { kind: 'code', code: 'OperationDenied.Engine', status: 400 });
  const migrations = ['one', 'two', 'three'].map((pair, index) => ({
    ...stage.body(pair),
    sourceInstanceId: 'rm-onesrc',
    priority: -index,
  }));
  const made = await request
    .post('/v1/batches')
    .set('x-request-id', 'req-of-the-batch')
    .send({ onFailure: 'halt', migrations })
    .expect(202);
  batchId = (made.body as { readonly id: string }).id;
  const ended = async (): Promise<void> => {
    const answer = await request.get(`/v1/batches/${batchId}`).expect(200);
    assert((answer.body as { readonly finishedAt: unknown }).finishedAt !== null);
  };
  await eventually(ended, 20_000);
  await request.post(`/v1/batches/${batchId}/retry-failed`).expect(202);
  await eventually(async () => {
    const answer = await request.get(`/v1/batches/${batchId}`).expect(200);
    assert.equal((answer.body as { readonly status: string }).status, 'succeeded');
  }, 20_000);
  const later = await stage.migrate('five', { notBefore: '2999-01-01T00:00:00.000Z' });
  await request.post(`/v1/migrations/${later.id}/cancel`).expect(202);
  await request.post(`/v1/migrations/${later.id}/retry`).expect(202);
  stage.upstream.strike('four', { kind: 'reset_before' });
  const lost = await stage.migrate('four');
  await stage.reaches(lost.id, 'outcome_unknown', 30_000);
  const body = { outcome: 'not_started' };
  await request.post(`/v1/migrations/${lost.id}/resolve`).send(body).expect(202);
  await stage.reaches(lost.id, 'importing', 30_000);
  const all = await request.get('/v1/migrations?limit=200').expect(200);
  views = (all.body as { readonly items: readonly View[] }).items;
  // What is written last is read last.
  await eventually(() => {
    lines = linesOf();
    assert(lines.some(({ msg, route }) => msg === 'request' && route === '/v1/migrations'));
  });
}, 120_000);
afterAll(() => stage?.close());

it('has exactly one line for each entry of each history, with all that finds it again', () => {
  expect(views.length).toBe(PAIRS.length);
  const told = lines.filter(({ msg }) => msg === 'transition');
  const short = (one: Readonly<Record<string, unknown>>): string =>
    JSON.stringify([one['migrationId'], one['from'], one['to'], one['code']]);
  const entries = views.flatMap(({ id, history }) =>
    history.map((entry) => short({ ...entry, migrationId: id })),
  );
  expect(told.map(short).toSorted()).toEqual(entries.toSorted());
  for (const line of told) {
    expect(line).toMatchObject({ level: 30, tenant: 'default' });
    expect(line['requestId']).toMatch(/^[A-Za-z0-9._-]{1,128}$/);
    expect(line['attempt']).toBeGreaterThanOrEqual(1);
  }
  const members = told.filter(({ requestId }) => requestId === 'req-of-the-batch');
  expect(new Set(members.map((line) => line['migrationId'])).size).toBe(3);
  expect(new Set(members.map((line) => line['batchId']))).toEqual(new Set([batchId]));
  const codes = new Set(told.map(({ code }) => code));
  for (const code of ['batch_halted', 'canceled_by_user', 'upstream_rejected', 'outcome_unknown']) {
    expect([...codes]).toContain(code);
  }
});

it('has one line for each answer: its route and never its path, its key by id and never itself', () => {
  const answers = lines.filter(({ msg }) => msg === 'request');
  const accepted = answers.filter(({ requestId }) => requestId === 'req-of-the-batch');
  expect(accepted).toEqual([
    expect.objectContaining({ method: 'POST', route: '/v1/batches', status: 202 }),
  ]);
  expect(accepted[0]?.['durationMs']).toBeGreaterThan(0);
  expect(accepted[0]?.['keyId']).toMatch(/^\S+$/);
  const routes = new Set(answers.map(({ route }) => route));
  expect([...routes]).toContain('/v1/migrations/:id/resolve');
  expect(JSON.stringify(answers)).not.toContain('mig_');
  expect(JSON.stringify(lines)).not.toContain(stage.env['BOOTSTRAP_ADMIN_KEY'] ?? 'none');
});
