// One request makes one migration, however often it is sent; what is not a request makes none and is told why.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callerOf } from '../support/documented.js';
import { openStage, type Stage, type View } from './stage.js';

const LATER = '2099-01-01T00:00:00.000Z';
const BODY_LIMIT = 65_536;

const STATUS_OF: Readonly<Record<string, number>> = { malformed_json: 400, body_too_large: 413 };

interface Case {
  readonly what: string;
  readonly body: () => string;
  /** Of the problem; with `at` of one of its violations. */
  readonly code: string;
  readonly at?: string;
}

let stage: Stage;
beforeAll(async () => {
  stage = await openStage({
    pairs: { one: {}, two: {}, erp: { engine: 'SQLServer', databases: ['__proto__'] } },
    env: { BODY_LIMIT_BYTES: String(BODY_LIMIT) },
  });
});
afterAll(() => stage?.close());

const post = (text: string, path = '/v1/migrations') =>
  stage.service.request.post(path).type('application/json').send(text);

async function listed(query = ''): Promise<readonly View[]> {
  const answer = await stage.service.request.get(`/v1/migrations${query}`).expect(200);
  return (answer.body as { items: View[] }).items;
}

describe('a hostile body', () => {
  const text = (more: object): string => JSON.stringify(stage.body('one', more));
  const raw = (dbInfo: string): string =>
    text({}).replace(/"dbInfo":\{.*?\}/, `"dbInfo":${dbInfo}`);
  const cases: readonly Case[] = [
    { what: 'cut off', body: () => text({}).slice(0, -2), code: 'malformed_json' },
    { what: 'with more behind it', body: () => `${text({})} x`, code: 'malformed_json' },
    { what: 'nested very deeply', body: () => '['.repeat(60_000), code: 'malformed_json' },
    { what: 'in typographic quotes', body: () => '{“dbInfo”: 1}', code: 'malformed_json' },
    {
      what: 'over the limit',
      body: () => text({ labels: { a: 'x'.repeat(BODY_LIMIT) } }),
      code: 'body_too_large',
    },
    { what: 'that is an array', body: () => '[]', code: 'wrong_type', at: '' },
    { what: 'that is null', body: () => 'null', code: 'wrong_type', at: '' },
    {
      what: 'with one property twice',
      body: () => text({}).replace('{', `{"credentialId":"${stage.credentialId}",`),
      code: 'duplicate_property',
      at: '/credentialId',
    },
    {
      what: 'with __proto__',
      body: () => text({}).replace('{', '{"__proto__":{"preflight":"skip"},'),
      code: 'unknown_property',
      at: '/__proto__',
    },
    {
      what: 'with a source twice, spelled in two ways',
      body: () => raw('{"DBNames":{"shop":"one","\\u0073hop":"two"}}'),
      code: 'source_db_duplicate',
      at: '/dbInfo/DBNames/shop',
    },
    {
      what: 'with a source twice inside of the string form',
      body: () => text({ dbInfo: '{"DBNames":{"shop":"one","shop":"one"}}' }),
      code: 'source_db_duplicate',
      at: '/dbInfo/DBNames/shop',
    },
    {
      what: 'with typographic quotes inside of the string form',
      body: () => text({ dbInfo: '{“DBNames”: ["shop"]}' }),
      code: 'db_info_curly_quotes',
      at: '/dbInfo',
    },
    {
      what: 'with one instance twice',
      body: () => text({ targetInstanceId: 'rm-onesrc' }),
      code: 'same_instance',
      at: '/targetInstanceId',
    },
    {
      what: 'for a credential that is not there',
      body: () => text({ credentialId: 'cred_0' }),
      code: 'credential_not_found',
      at: '/credentialId',
    },
  ];

  it.each(cases)('$what is refused soon and by name, as a problem', async (one) => {
    const { body, code, at } = one;
    const since = performance.now();
    const answer = await post(body()).set('x-request-id', 'hostile-1');
    expect(performance.now() - since).toBeLessThan(2_000);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(answer.headers['x-request-id']).toBe('hostile-1');
    const status = at === undefined ? STATUS_OF[code] : 422;
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({
      ...{ status, requestId: 'hostile-1' },
      code: at === undefined ? code : 'validation_failed',
    });
    const { errors = [] } = answer.body as { errors?: { pointer: string; code: string }[] };
    const isNamed = errors.some((error) => error.pointer === at && error.code === code);
    expect(isNamed).toBe(at !== undefined);
  });

  it('names every broken rule at once, in body order', async () => {
    const body = { zebra: 1, dbInfo: { DBNames: ['a', 'a'] }, priority: 'high', labels: [] };
    const { errors } = (await post(JSON.stringify(body)).expect(422)).body as {
      errors: { pointer: string; code: string }[];
    };
    expect(errors.map(({ pointer, code }) => `${pointer} ${code}`)).toEqual(
      expect.arrayContaining([
        '/zebra unknown_property',
        '/dbInfo/DBNames/1 db_name_duplicate',
        '/priority wrong_type',
        '/credentialId required',
        '/sourceInstanceId required',
        '/targetInstanceId required',
      ]),
    );
    const places = ['/zebra', '/dbInfo/DBNames/1', '/priority'];
    const order = errors.map(({ pointer }) => pointer).filter((place) => places.includes(place));
    expect(order).toEqual(places);
  });

  it('stores nothing', async () => {
    expect(await listed()).toEqual([]);
    expect(stage.upstream.journal.entries()).toEqual([]);
  });
});

it('a database may be called __proto__', async () => {
  const dbInfo = '{"DBNames":{"__proto__":"proto"}}';
  const body = JSON.stringify(stage.body('erp')).replace(/"dbInfo":\{.*?\}/, `"dbInfo":${dbInfo}`);
  const answer = await post(body).expect(202);
  expect(answer.text).toContain(`"dbInfo":${dbInfo}`);
  await stage.succeeds((answer.body as View).id);
  expect(stage.upstream.runs('erp')[0]?.pairs).toMatchObject([
    { source: '__proto__', target: 'proto' },
  ]);
});

describe('the same migration while the first has not ended', () => {
  it('is refused with a link to the first, unless a duplicate is allowed', async () => {
    const first = await stage.migrate('two', { notBefore: LATER });
    const answer = await post(
      JSON.stringify(stage.body('two', { dbInfo: { DBNames: ['items', 'orders'] } })),
    ).expect(409);
    const path = `/v1/migrations/${first.id}`;
    expect(answer.body).toMatchObject({ code: 'duplicate_active', conflictsWith: path });
    expect(answer.headers['link']).toContain(`<${path}>`);
    const second = await stage.migrate('two', { allowDuplicate: true, notBefore: LATER });
    expect(second.id).not.toBe(first.id);
    await stage.migrate('two', { dbInfo: { DBNames: ['orders'] }, notBefore: LATER });
  });
});

describe('an Idempotency-Key', () => {
  const keyed = (path: string, key: string, body: object) =>
    stage.service.request.post(path).set('idempotency-key', key).send(body);

  it('makes one migration of fifty equal requests at once, and one import', async () => {
    const body = stage.body('one', { labels: { run: 'fifty' } });
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => keyed('/v1/migrations', 'fifty', body)),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(new Set(answers.map(({ headers }) => String(headers['location']))).size).toBe(1);
    const made = answers.filter(({ headers }) => headers['idempotent-replayed'] === undefined);
    expect(made).toHaveLength(1);
    const [only, ...others] = await listed('?label=run:fifty');
    expect(others).toEqual([]);
    const end = await stage.succeeds(only?.id ?? '');
    const again = await keyed('/v1/migrations', 'fifty', body).expect(202);
    expect(again.headers['idempotent-replayed']).toBe('true');
    expect(again.text).toBe(made[0]?.text);
    expect(stage.upstream.submissions('one')).toHaveLength(1);
    expect(stage.started('one')).toEqual([end.importId]);
  });

  it('is refused with another body', async () => {
    const body = stage.body('one', { labels: { run: 'other' } });
    const answer = await keyed('/v1/migrations', 'fifty', body).expect(422);
    expect(answer.body).toMatchObject({ code: 'idempotency_key_reused' });
    expect(await listed('?label=run:other')).toEqual([]);
  });

  it('makes one credential of ten equal requests at once', async () => {
    const body = {
      ...{ name: 'keyed', type: 'access_key', regionId: 'cn-hangzhou' },
      ...{ accessKeyId: 'LTAIkeyedkey00000001', accessKeySecret: 'keyed-secret' },
    };
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => keyed('/v1/credentials', 'ten', body).expect(201)),
    );
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
  });

  it('belongs to the tenant, not to a route: elsewhere it is another request', async () => {
    const body = stage.body('one', { labels: { run: 'elsewhere' } });
    const answer = await keyed('/v1/migrations', 'ten', body).expect(422);
    expect(answer.body).toMatchObject({ code: 'idempotency_key_reused' });
    expect(await listed('?label=run:elsewhere')).toEqual([]);
  });
});

it('answers every unknown path with a problem that carries the request id', async () => {
  const answer = await callerOf(stage.service.url).get('/v2/nothing').expect(404);
  expect(answer.headers['content-type']).toBe('application/problem+json');
  expect(answer.body).toMatchObject({ code: 'not_found' });
  expect((answer.body as { requestId: string }).requestId).toBe(answer.headers['x-request-id']);
});
