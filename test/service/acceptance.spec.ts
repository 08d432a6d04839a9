// One request makes one migration, however often it is sent; what is not a request makes none and is told why.
import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStage, type Stage, type View } from './stage.js';

const LATER = '2099-01-01T00:00:00.000Z';
const BODY_LIMIT = 65_536;

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
  const { body } = await stage.service.request.get(`/v1/migrations${query}`).expect(200);
  return (body as { items: View[] }).items;
}

describe('a hostile body', () => {
  const text = (more: object): string => JSON.stringify(stage.body('one', more));
  const raw = (dbInfo: string): string =>
    text({}).replace(/"dbInfo":\{.*?\}/, `"dbInfo":${dbInfo}`);
  const cases: readonly (readonly [string, () => string, number, string, string?])[] = [
    ['cut off', () => text({}).slice(0, -2), 400, 'malformed_json'],
    ['with something behind it', () => `${text({})} x`, 400, 'malformed_json'],
    ['nested a million deep', () => '['.repeat(60_000), 400, 'malformed_json'],
    [
      'over the limit',
      () => text({ labels: { a: 'x'.repeat(BODY_LIMIT) } }),
      413,
      'body_too_large',
    ],
    ['in typographic quotes', () => '{“dbInfo”: 1}', 400, 'malformed_json'],
    ['that is an array', () => '[]', 422, 'wrong_type', ''],
    ['that is null', () => 'null', 422, 'wrong_type', ''],
    [
      'with one property twice',
      () => text({}).replace('{', `{"credentialId":"${stage.credentialId}",`),
      422,
      'duplicate_property',
      '/credentialId',
    ],
    [
      'with __proto__',
      () => text({}).replace('{', '{"__proto__":{"preflight":"skip"},'),
      422,
      'unknown_property',
      '/__proto__',
    ],
    [
      'with a source twice, spelled in two ways',
      () => raw('{"DBNames":{"shop":"one","\\u0073hop":"two"}}'),
      422,
      'source_db_duplicate',
      '/dbInfo/DBNames/shop',
    ],
    [
      'with a source twice inside of the string form',
      () => text({ dbInfo: '{"DBNames":{"shop":"one","shop":"one"}}' }),
      422,
      'source_db_duplicate',
      '/dbInfo',
    ],
    [
      'with typographic quotes inside of the string form',
      () => text({ dbInfo: '{“DBNames”: ["shop"]}' }),
      422,
      'db_info_curly_quotes',
      '/dbInfo',
    ],
    [
      'with one instance twice',
      () => text({ targetInstanceId: 'rm-onesrc' }),
      422,
      'same_instance',
    ],
    ['for a stranger', () => text({ credentialId: 'cred_0' }), 422, 'credential_not_found'],
  ];

  it.each(cases)('%s is refused soon and by name, as a problem', async (...one) => {
    const [, body, status, code, pointer] = one;
    const since = performance.now();
    const answer = await post(body()).set('x-request-id', 'hostile-1').expect(status);
    expect(performance.now() - since).toBeLessThan(2_000);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(answer.headers['x-request-id']).toBe('hostile-1');
    const { errors, ...problem } = answer.body as {
      readonly code: string;
      readonly errors?: readonly { readonly code: string; readonly pointer: string }[];
    };
    expect(problem).toMatchObject({ status, requestId: 'hostile-1' });
    expect(problem.code).toBe(status === 422 ? 'validation_failed' : code);
    if (status !== 422) return;
    expect(errors?.map((error) => error.code)).toContain(code);
    if (pointer !== undefined) expect(errors?.map((error) => error.pointer)).toContain(pointer);
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
    stage.expectOneImport('one', end);
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
});

it('answers every unknown path with a problem that carries the request id', async () => {
  const answer = await supertest(stage.service.url).get('/v2/nothing').expect(404);
  expect(answer.headers['content-type']).toBe('application/problem+json');
  expect(answer.body).toMatchObject({ code: 'not_found' });
  expect((answer.body as { requestId: string }).requestId).toBe(answer.headers['x-request-id']);
});
