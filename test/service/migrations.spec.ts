// A migration of either engine goes from the request to its verified end, and is told as the contract says.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { targetOf } from '../support/simulator.js';
import { NOTHING_LEFT, openStage, type Stage, type View } from './stage.js';

const VIEW_KEYS = [
  ...['id', 'batchId', 'status', 'reason', 'credentialId', 'regionId', 'sourceInstanceId'],
  ...[
    'waitingFor',
    'targetInstanceId',
    'engine',
    'dbInfo',
    'databases',
    'key',
    'row',
    'dependsOn',
    'parked',
    'importId',
    'upstreamRequestId',
  ],
  ...['upstream', 'blockedBy', 'preflight', 'preflightReport', 'priority', 'notBefore', 'labels'],
  ...[
    'attempt',
    'allowedActions',
    'cancelAskedAt',
    'estimate',
    'createdAt',
    'submittedAt',
    'startedAt',
  ],
  ...['finishedAt', 'history'],
];

let stage: Stage;
let accepted: View;
let ends: readonly View[];

/** Four imports: upstream tells their ids as a number, a string, a number above 2^53, a number. */
beforeAll(async () => {
  stage = await openStage({
    pairs: {
      one: {},
      two: {},
      erp: { engine: 'SQLServer', databases: ['erp', 'hr', '10'] },
      crm: { engine: 'SQLServer', databases: ['crm'] },
    },
  });
  accepted = await stage.migrate('one', { labels: { team: 'payments' }, priority: 7 });
  const views = [
    accepted,
    await stage.migrate('two', { dbInfo: '{"DBNames":["orders"]}' }),
    await stage.migrate('erp', { dbInfo: { DBNames: { erp: 'erp_new', hr: 'hr', '10': 'ten' } } }),
    await stage.migrate('crm', { engine: 'SQLServer', dbInfo: { DBNames: { crm: 'crm' } } }),
  ];
  ends = await Promise.all(views.map(({ id }) => stage.ended(id)));
});
afterAll(() => stage?.close());

describe('migrations of both engines', () => {
  it('succeed', () => {
    expect(ends.map(({ status, reason }) => ({ status, reason }))).toEqual(
      ends.map(() => ({ status: 'succeeded', reason: null })),
    );
  });

  it('have the very digits of upstream as ImportId, also above 2^53', () => {
    const pairs = ['one', 'two', 'erp', 'crm'];
    const told = ends.map(({ importId }) => importId);
    expect(told).toEqual(pairs.map((pair) => String(stage.upstream.runs(pair)[0]?.importId)));
    const isBeyondDoubles = told.map((id) => BigInt(id ?? 0) > BigInt(Number.MAX_SAFE_INTEGER));
    expect(isBeyondDoubles).toContain(true);
    expect(isBeyondDoubles).toContain(false);
  });

  it('are found by their ImportId', async () => {
    for (const { id, importId } of ends) {
      const answer = await stage.service.request.get(`/v1/imports/${importId}`).expect(200);
      expect(answer.body).toMatchObject({ id, importId });
    }
    await stage.service.request.get('/v1/imports/1').expect(404);
  });

  it('leave the databases of SQL Server on the target, under their new names', () => {
    const names = stage.upstream.world.instance(targetOf('erp'))?.databases.map((one) => one.name);
    expect(names?.toSorted()).toEqual(['erp_new', 'hr', 'ten']);
  });

  it('were each submitted once', () => {
    for (const [index, pair] of ['one', 'two', 'erp', 'crm'].entries()) {
      expect(stage.started(pair)).toEqual([ends[index]?.importId]);
      expect(stage.upstream.submissions(pair)).toHaveLength(1);
    }
  });

  it('leave no reservation, no outbox entry and no job behind', async () => {
    expect(await stage.left()).toEqual(NOTHING_LEFT);
  });
});

describe('the view', () => {
  it('has every key of the contract, null where nothing is known yet', () => {
    expect(Object.keys(accepted).toSorted()).toEqual(VIEW_KEYS.toSorted());
    expect(accepted).toEqual({
      id: expect.stringMatching(/^mig_[0-9a-z]{26}$/) as unknown,
      status: 'queued',
      credentialId: stage.credentialId,
      regionId: 'cn-hangzhou',
      sourceInstanceId: 'rm-onesrc',
      targetInstanceId: 'rm-onedst',
      engine: 'MySQL',
      dbInfo: { DBNames: ['orders', 'items'] },
      databases: ['orders', 'items'].map((name) => ({ source: name, target: name })),
      ...{ preflight: 'enforce', priority: 7, labels: { team: 'payments' }, attempt: 1 },
      ...{ batchId: null, row: null, key: null, dependsOn: [], parked: null },
      ...{ reason: null, importId: null, upstreamRequestId: null, upstream: null },
      ...{ preflightReport: null, notBefore: null, estimate: null },
      ...{ submittedAt: null, startedAt: null, finishedAt: null },
      ...{ blockedBy: [], waitingFor: [], allowedActions: ['cancel'], cancelAskedAt: null },
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as unknown,
      history: [{ at: accepted.createdAt, from: null, to: 'queued', code: null, message: null }],
    });
  });

  it('tells the whole history, each step after the one before', () => {
    for (const { history } of ends) {
      expect(history.map(({ from, to }) => [from, to])).toEqual([
        [null, 'queued'],
        ['queued', 'checking'],
        ['checking', 'submitting'],
        ['submitting', 'importing'],
        ['importing', 'succeeded'],
      ]);
      const times = history.map(({ at }) => at);
      expect(times).toEqual(times.toSorted());
    }
  });

  it('has its times in order and the id of the call that started the import', () => {
    for (const end of ends) {
      const { createdAt, submittedAt, startedAt, finishedAt } = end;
      const times = [createdAt, submittedAt, startedAt, finishedAt].flatMap((time) => time ?? []);
      expect(times).toHaveLength(4);
      expect(times).toEqual(times.toSorted());
      expect(end.history.at(-1)?.at).toBe(end.finishedAt);
    }
    const [first] = ends;
    expect(first?.upstreamRequestId).toBe(stage.upstream.submissions('one')[0]?.requestId);
  });

  it('keeps number-like keys of SQL Server in the order they were written in', async () => {
    const { text } = await stage.service.request.get(`/v1/migrations/${ends[2]?.id}`);
    expect(text).toContain('"dbInfo":{"DBNames":{"10":"ten","erp":"erp_new","hr":"hr"}}');
    const odd = { notBefore: '2099-01-01T00:00:00.000Z', targetInstanceId: 'rm-otherdst' };
    const raw = JSON.stringify(stage.body('erp', odd)).replace(
      /"dbInfo":\{.*?\}/,
      '"dbInfo":{"DBNames":{"b":"bb","2":"two","1":"one"}}',
    );
    const answer = await stage.service.request
      .post('/v1/migrations')
      .type('application/json')
      .send(raw)
      .expect(202);
    expect(answer.text).toContain('"dbInfo":{"DBNames":{"b":"bb","2":"two","1":"one"}}');
  });
});

describe('a single resource', () => {
  it('carries an ETag that spares the body of the next look', async () => {
    const path = `/v1/migrations/${ends[0]?.id}`;
    const first = await stage.service.request.get(path).expect(200);
    const tag = String(first.headers['etag']);
    expect(tag).toMatch(/^"[\w-]+"$/);
    const second = await stage.service.request.get(path).set('if-none-match', tag).expect(304);
    expect(second.text).toBe('');
    await stage.service.request.get(path).set('if-none-match', '"other"').expect(200);
  });
});
