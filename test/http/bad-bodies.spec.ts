// What is wrong with a body is said all at once, in body order, with the contract's codes and pointers.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CREDENTIAL, migrationBody, send, startHttp, type HttpUnderTest } from './http-app.js';

let http: HttpUnderTest;
beforeAll(async () => {
  http = await startHttp();
});
afterAll(async () => {
  await http.app.close();
});

const post = async (body: string) => send(http, 'POST', '/v1/migrations', { body });

async function errorsOf(body: string): Promise<string[]> {
  const answer = await post(body);
  expect(answer.statusCode).toBe(422);
  const { code, errors } = answer.json<{
    code: string;
    errors: { pointer: string; code: string }[];
  }>();
  expect(code).toBe('validation_failed');
  return errors.map((error) => `${error.pointer} ${error.code}`);
}

const MISSING = ['/credentialId', '/sourceInstanceId', '/targetInstanceId', '/dbInfo'];
const REQUIRED = MISSING.map((pointer) => `${pointer} required`);

const TABLE: readonly (readonly [what: string, body: string, errors: readonly string[]])[] = [
  ['an empty object', '{}', REQUIRED],
  ['an array', '[]', [' wrong_type']],
  ['a bare word', '"migrate"', [' wrong_type']],
  [
    'null for what is required',
    migrationBody({ dbInfo: null, credentialId: null }),
    ['/credentialId required', '/dbInfo required'],
  ],
  [
    'numbers for texts',
    migrationBody({ sourceInstanceId: 1, targetInstanceId: [], regionId: {} }),
    ['/sourceInstanceId wrong_type', '/targetInstanceId wrong_type', '/regionId wrong_type'],
  ],
  [
    'ids of the wrong form',
    migrationBody({ sourceInstanceId: 'rm_1', targetInstanceId: '1rm\n' }),
    ['/sourceInstanceId instance_id_invalid', '/targetInstanceId instance_id_invalid'],
  ],
  [
    'one instance for both, whatever its case',
    migrationBody({ targetInstanceId: 'RM-SOURCE' }),
    ['/targetInstanceId same_instance'],
  ],
  [
    'a credential that cannot be',
    migrationBody({ credentialId: 'secret' }),
    ['/credentialId credential_not_found'],
  ],
  [
    'a credential that is not there',
    migrationBody({ credentialId: 'cred_1' }),
    ['/credentialId credential_not_found'],
  ],
  [
    'an unknown property before and after',
    `{"zone":1,${migrationBody({ Engine: 'x' }).slice(1)}`,
    ['/zone unknown_property', '/Engine unknown_property'],
  ],
  [
    'a property whose name needs escaping',
    migrationBody({ 'a/b~c': 1 }),
    ['/a~1b~0c unknown_property'],
  ],
  [
    'names that are traps',
    `{"__proto__":{"preflight":"skip"},"constructor":1,${migrationBody().slice(1)}`,
    ['/__proto__ unknown_property', '/constructor unknown_property'],
  ],
  [
    'a repeated property, escaped the second time',
    `{"priority":1,"prio\\u0072ity":1,${migrationBody().slice(1)}`,
    ['/priority duplicate_property'],
  ],
  [
    'a repeated label',
    `{"labels":{"a":"1","a":"1"},${migrationBody().slice(1)}`,
    ['/labels/a duplicate_property'],
  ],
  [
    'a repeated source database',
    migrationBody().replace('["orders"]', '{"a":"x1","\\u0061":"x2"}'),
    ['/dbInfo/DBNames/a source_db_duplicate'],
  ],
  [
    'repeated DBNames',
    migrationBody().replace('"DBNames":', '"DBNames":["a1"],"DBNames":'),
    ['/dbInfo/DBNames duplicate_property'],
  ],
  [
    'typographic quotes in the string form',
    migrationBody({ dbInfo: '{“DBNames”:["a"]}' }),
    ['/dbInfo db_info_curly_quotes'],
  ],
  ['an engine nobody has', migrationBody({ engine: 'Oracle' }), ['/engine engine_unsupported']],
  ['an engine that is no text', migrationBody({ engine: 1 }), ['/engine wrong_type']],
  [
    'an engine that the shape contradicts',
    migrationBody({ engine: 'SQLServer' }),
    ['/engine engine_shape_mismatch'],
  ],
  ['priorities out of range', migrationBody({ priority: 101 }), ['/priority wrong_type']],
  ['a broken priority', migrationBody({ priority: 0.5 }), ['/priority wrong_type']],
  ['a priority in a string', migrationBody({ priority: '5' }), ['/priority wrong_type']],
  ['an unknown preflight', migrationBody({ preflight: 'Enforce' }), ['/preflight wrong_type']],
  [
    'a truth that is a text',
    migrationBody({ allowDuplicate: 'true' }),
    ['/allowDuplicate wrong_type'],
  ],
  [
    'a region of the wrong form',
    migrationBody({ regionId: 'CN-Hangzhou' }),
    ['/regionId wrong_type'],
  ],
  [
    'a day that does not exist',
    migrationBody({ notBefore: '2026-02-30T00:00:00Z' }),
    ['/notBefore not_before_invalid'],
  ],
  [
    'a time without an offset',
    migrationBody({ notBefore: '2026-02-03T00:00:00' }),
    ['/notBefore not_before_invalid'],
  ],
  [
    'a time that is a number',
    migrationBody({ notBefore: 1_764_000_000 }),
    ['/notBefore wrong_type'],
  ],
  ['labels that are a list', migrationBody({ labels: ['a'] }), ['/labels wrong_type']],
  ['labels that are null', migrationBody({ labels: null }), ['/labels wrong_type']],
  [
    'labels of wrong forms',
    migrationBody({ labels: { 'a:b': 'x', b: 1, c: 'x\u0000', d: 'y'.repeat(64) } }),
    [
      '/labels/a:b label_invalid',
      '/labels/b label_invalid',
      '/labels/c label_invalid',
      '/labels/d label_invalid',
    ],
  ],
  [
    'label keys that are too long or garble a line',
    migrationBody({
      labels: { ['k'.repeat(64)]: '', 'a\nb': '', ['ä'.repeat(63)]: '', 'a b': '' },
    }),
    [`/labels/${'k'.repeat(64)} label_invalid`, '/labels/a\nb label_invalid'],
  ],
  [
    'too many labels',
    migrationBody({ labels: Object.fromEntries([...Array(17).keys()].map((i) => [`k${i}`, ''])) }),
    ['/labels label_invalid'],
  ],
  [
    'everything at once, in body order',
    `{"labels":{"":"x"},"dbInfo":{"DBNames":[]},"x":1,"notBefore":"soon","sourceInstanceId":"a"}`,
    [
      '/labels/ label_invalid',
      '/dbInfo/DBNames db_names_empty',
      '/x unknown_property',
      '/notBefore not_before_invalid',
      '/sourceInstanceId instance_id_invalid',
      '/credentialId required',
      '/targetInstanceId required',
    ],
  ],
];

describe('a body that breaks rules is answered 422 with each of them', () => {
  test.each(TABLE)('%s', async (_, body, errors) => {
    expect(await errorsOf(body)).toEqual(errors);
  });
});

test('names that are traps in JavaScript are plain names of labels and databases', async () => {
  const body = `{"credentialId":"${CREDENTIAL}","sourceInstanceId":"rm-a","targetInstanceId":"rm-b",
    "dbInfo":{"DBNames":["constructor","__proto__"]},"labels":{"__proto__":"x","constructor":"y","toString":""}}`;
  const answer = await post(body);
  expect(answer.statusCode).toBe(202);
  expect(answer.body).toContain('"dbInfo":{"DBNames":["constructor","__proto__"]}');
  expect(answer.body).toContain('"labels":{"__proto__":"x","constructor":"y","toString":""}');
  expect(Object.prototype).not.toHaveProperty('x');
});

test('what is left out has the defaults of the contract, and ids are lower-cased', async () => {
  const answer = await post(migrationBody({ sourceInstanceId: 'RM-Upper', notBefore: null }));
  expect(answer.json()).toMatchObject({
    ...{ sourceInstanceId: 'rm-upper', engine: 'MySQL', preflight: 'enforce', priority: 0 },
    ...{ labels: {}, notBefore: null, regionId: 'cn-hangzhou', batchId: null, estimate: null },
  });
});

test('number-like names keep the order they were written in, in both forms', async () => {
  const names = '{"10":"x10","9":"x9","b":"xb","1":"x1"}';
  const asObject = await post(migrationBody().replace('["orders"]', names));
  const asString = await post(migrationBody({ dbInfo: `{"DBNames":${names}}` }));
  for (const answer of [asObject, asString]) {
    expect(answer.statusCode).toBe(202);
    expect(answer.body).toContain(`"dbInfo":{"DBNames":${names}}`);
    const { id } = answer.json<{ id: string }>();
    const found = await send(http, 'GET', `/v1/migrations/${id}`);
    expect(found.body).toContain(`"dbInfo":{"DBNames":${names}}`);
  }
});
