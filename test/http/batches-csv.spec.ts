// A batch in CSV is the same batch in JSON; a broken CSV is told by line and column, a broken rule by row and column name.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CSV_EXAMPLES } from '../../src/http/batch-examples.js';
import { CREDENTIAL, send, startHttp, type HttpUnderTest } from './http-app.js';

let http: HttpUnderTest;
beforeAll(async () => {
  http = await startHttp();
});
afterAll(async () => {
  await http.app.close();
});

const HEADER = 'sourceInstanceId,targetInstanceId,databases';
const CSV = { 'content-type': 'text/csv; charset=utf-8; header=present' };
const OUTER = `credentialId=${CREDENTIAL}`;

const post = async (body: string | Buffer, query = OUTER, headers: Record<string, string> = {}) =>
  send(http, 'POST', `/v1/batches?${query}`, { body, headers: { ...CSV, ...headers } });

async function accepted(body: string | Buffer, query = OUTER) {
  const answer = await post(body, query);
  expect(answer.body).toContain('"id":"bat_');
  const fresh = http.batches.accepted.at(-1);
  if (fresh === undefined) throw new Error('Nothing reached the store.');
  return { batch: fresh.batch, members: fresh.members.map(({ migration }) => migration) };
}

async function errorsOf(body: string, query = OUTER): Promise<string[]> {
  const answer = await post(body, query);
  expect(answer.statusCode).toBe(422);
  const { errors } = answer.json<{ errors: { pointer: string; code: string }[] }>();
  return errors.map(({ pointer, code }) => `${pointer} ${code}`);
}

describe('a batch in CSV', () => {
  test('is the batch that its columns and its query string say', async () => {
    const columns = 'key,dependsOn,priority,engine,notBefore,regionId,credentialId,preflight';
    const query =
      `${OUTER}&name=Shops&preflight=warn&priority=-5&maxConcurrent=4&onFailure=halt&label=team:a:b` +
      '&label=wave:1&windowStart=22:00&windowEnd=06:00&windowTimeZone=Asia/Shanghai' +
      '&windowDays=tue,mon&windowFit=true';
    const { batch, members } = await accepted(
      [
        `${HEADER},${columns}`,
        'RM-1,rm-2,a;b,first,,,,,,,',
        `rm-3,rm-4,10=x10;9=x9,,first,7,SQLServer,2026-12-01T00:00:00Z,cn-beijing,${CREDENTIAL},skip`,
      ].join('\n'),
      query,
    );
    expect(batch).toMatchObject({
      ...{ name: 'Shops', maxConcurrent: 4, onFailure: 'halt' },
      window: {
        ...{ start: '22:00', end: '06:00', timeZone: 'Asia/Shanghai' },
        ...{ days: ['mon', 'tue'], fit: true },
      },
    });
    expect(members[0]).toMatchObject({
      ...{ sourceInstanceId: 'rm-1', engine: 'MySQL', preflight: 'warn', priority: -5 },
      ...{ labels: { team: 'a:b', wave: '1' }, regionId: 'cn-hangzhou', notBefore: null },
      databases: ['a', 'b'].map((name) => ({ source: name, target: name })),
    });
    expect(members[1]).toMatchObject({
      ...{ engine: 'SQLServer', preflight: 'skip', priority: 7, regionId: 'cn-beijing' },
      ...{ notBefore: Date.UTC(2026, 11, 1), dependsOn: [members[0]?.id] },
      databases: [
        { source: '10', target: 'x10' },
        { source: '9', target: 'x9' },
      ],
    });
  });

  test('may have quotes, CR LF, a byte order mark, columns in any order, and no end of the last line', async () => {
    const text =
      '\uFEFFdatabases,"targetInstanceId",sourceInstanceId\r\n' +
      '"a;""b"";d, e",rm-2,rm-1\r\n"x","rm-4","rm-3"';
    const { members } = await accepted(text);
    expect(members[0]?.databases.map(({ source }) => source)).toEqual(['a', '"b"', 'd, e']);
    expect(members[1]).toMatchObject({ sourceInstanceId: 'rm-3', targetInstanceId: 'rm-4' });
    expect((await accepted(`${text}\r\n`)).members).toHaveLength(2);
  });

  test('is the one that the documentation shows', async () => {
    expect((await accepted(CSV_EXAMPLES.csv.value)).members).toHaveLength(2);
  });

  test('is planned without being accepted', async () => {
    const before = http.batches.accepted.length;
    const url = `/v1/batches/plan?${OUTER}`;
    const body = `${HEADER}\nrm-1,rm-2,a\nrm-2,rm-3,a\n`;
    const answer = await send(http, 'POST', url, { body, headers: CSV });
    expect(answer.json()).toMatchObject({ total: 2, instances: 3, steps: [[0], [1]], times: null });
    expect(http.batches.accepted).toHaveLength(before);
  });

  test('is repeated by its key only with the same query string', async () => {
    const headers = { 'idempotency-key': 'csv-1' };
    const body = `${HEADER}\nrm-1,rm-2,a\n`;
    const first = await post(body, OUTER, headers);
    const again = await post(body, OUTER, headers);
    expect(again.headers['idempotent-replayed']).toBe('true');
    expect(again.body).toBe(first.body);
    const other = await post(body, `${OUTER}&priority=1`, headers);
    expect(other.json()).toMatchObject({ code: 'idempotency_key_reused' });
  });
});

const BROKEN: readonly (readonly [what: string, body: string, says: string])[] = [
  ['nothing', '', 'empty'],
  ['a quote that is never closed', `${HEADER}\nrm-1,"rm-2,a\n\n`, 'line 2, column 6'],
  ['a quote inside of a plain field', `${HEADER}\nrm-1,rm"2,a\n`, 'line 2, column 8'],
  ['something after a closing quote', `${HEADER}\n"ä\n1"x,rm-2,a\n`, 'line 3, column 3'],
  ['a carriage return alone', `${HEADER}\rrm-1,rm-2,a`, `line 1, column ${HEADER.length + 1}`],
  ['a row with too few fields', `${HEADER}\nrm-1,"rm-\n2",a\nrm-1,rm-2\n`, 'line 4 has 2 fields'],
  ['a row with too many fields', `${HEADER}\nrm-1,rm-2,a,b\n`, 'line 2 has 4 fields'],
  ['an empty line before the end', `${HEADER}\n\nrm-1,rm-2,a\n`, 'line 2 has 1 fields'],
  ['a hundred columns more', `${HEADER}${','.repeat(100)}`, 'more than 100 fields'],
];

describe('a broken CSV is answered 400 with its place', () => {
  test.each(BROKEN)('%s', async (_, body, says) => {
    const answer = await post(body);
    expect(answer.statusCode).toBe(400);
    const { code, detail } = answer.json<{ code: string; detail: string }>();
    expect(code).toBe('malformed_request');
    expect(detail).toContain(says);
  });

  test('bytes that are not UTF-8', async () => {
    expect((await post(Buffer.from([0x61, 0xff]))).statusCode).toBe(400);
  });
});

const REFUSED: readonly (readonly [what: string, body: string, errors: readonly string[]])[] = [
  [
    'columns that are unknown, repeated and missing',
    'sourceInstanceId,zone,sourceInstanceId,databases\n',
    [
      ...['/zone unknown_property', '/sourceInstanceId duplicate_property'],
      '/targetInstanceId required',
    ],
  ],
  ['no row', `${HEADER}\n`, ['/migrations batch_empty']],
  [
    'cells that break rules, in their order',
    `key,databases,priority,${HEADER.replace(',databases', '')}\n,a;;b,1.5,x,\na b,,,rm-1,rm-1\n`,
    [
      ...['/migrations/0/databases db_name_invalid', '/migrations/0/priority wrong_type'],
      ...['/migrations/0/sourceInstanceId instance_id_invalid'],
      ...['/migrations/0/targetInstanceId required', '/migrations/1/key wrong_type'],
      ...['/migrations/1/targetInstanceId same_instance', '/migrations/1/databases required'],
    ],
  ],
  [
    'pairs without a target, repeated sources and targets',
    `${HEADER}\nrm-1,rm-2,a1=b1;c1\nrm-3,rm-4,a1=b1;a1=b2;a2=b1\n`,
    [
      '/migrations/0/databases db_name_invalid',
      '/migrations/1/databases source_db_duplicate',
      '/migrations/1/databases target_db_duplicate',
    ],
  ],
  [
    'dependencies',
    `${HEADER},key,dependsOn\nrm-1,rm-2,a,x,y;z\nrm-3,rm-4,a,y,x\n`,
    ['/migrations/0/dependsOn dependency_unknown', '/migrations/0/dependsOn dependency_cycle'],
  ],
  [
    'an engine that the databases contradict',
    `${HEADER},engine\nrm-1,rm-2,a,SQLServer\n`,
    ['/migrations/0/engine engine_shape_mismatch'],
  ],
  [
    'the same row twice',
    `${HEADER}\nrm-1,rm-2,a\nrm-1,rm-2,a\n`,
    ['/migrations/1 migration_duplicate'],
  ],
];

describe('a CSV that breaks rules is answered 422 with each of them', () => {
  test.each(REFUSED)('%s', async (_, body, errors) => {
    expect(await errorsOf(body)).toEqual(errors);
  });

  test('parameters of the query come first, under their own names', async () => {
    const query =
      'zone=1&priority=high&maxConcurrent=1&maxConcurrent=2&label=team&windowStart=25:00' +
      '&windowDays=monday&windowFit=yes&migrations=x&labels=x&window=x&dbInfo=x';
    const errors = await errorsOf(`${HEADER}\nrm-1,rm-1,a\n`, query);
    expect(errors.slice(0, 5).toSorted()).toEqual(
      ['zone', 'migrations', 'labels', 'window', 'dbInfo']
        .map((name) => `/${name} unknown_property`)
        .toSorted(),
    );
    expect(errors.slice(5).toSorted()).toEqual(
      [
        ...['/priority wrong_type', '/maxConcurrent wrong_type', '/label label_invalid'],
        ...['/windowStart window_invalid', '/windowDays window_invalid'],
        ...['/windowFit window_invalid', '/migrations/0/targetInstanceId same_instance'],
        '/migrations/0/credentialId required',
      ].toSorted(),
    );
    expect(errors.at(-1)).toBe('/migrations/0/credentialId required');
  });

  test('a window of which parts are missing, and labels that are too many or too long', async () => {
    const labels = [...Array(17).keys()].map((i) => `&label=k${i}:v`).join('');
    const body = `${HEADER}\nrm-1,rm-2,a\n`;
    expect(await errorsOf(body, `${OUTER}&windowStart=22:00${labels}`)).toEqual([
      '/label label_invalid',
      '/windowEnd required',
      '/windowTimeZone required',
    ]);
    expect(await errorsOf(body, `${OUTER}&label=${'k'.repeat(64)}:v`)).toEqual([
      '/label label_invalid',
    ]);
  });
});

test('CSV is taken nowhere else, and only in UTF-8', async () => {
  const body = `${HEADER}\nrm-1,rm-2,a\n`;
  for (const url of ['/v1/migrations', '/v1/credentials', '/v1/batches/bat_1/pause']) {
    const answer = await send(http, 'POST', url, { body, headers: CSV });
    expect([url, answer.statusCode]).toEqual([url, 415]);
  }
  const latin = { 'content-type': 'text/csv; charset=iso-8859-1' };
  expect((await post(body, OUTER, latin)).statusCode).toBe(415);
});
