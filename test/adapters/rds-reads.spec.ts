// Reads give upstream's facts exactly, every page of them, or a fault: never a part that looks whole.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { UpstreamSession } from '../../src/use-cases/ports-upstream.js';
import { startStub, type Asked, type Reply, type Stub } from './rds-stub.js';
import { gatewayWorld, KEY_ID, type GatewayWorld } from './rds-world.js';

let world: GatewayWorld;
const cleanups: (() => Promise<void>)[] = [];
beforeAll(async () => {
  world = await gatewayWorld();
});
afterEach(async () => {
  await Promise.all(cleanups.splice(0).map((cleanup) => cleanup()));
});
afterAll(() => world.close());

async function upstream(
  answer: (asked: Asked) => Reply | null,
  timeoutMs = 5_000,
): Promise<{ stub: Stub; session: UpstreamSession }> {
  const stub = await startStub(answer);
  cleanups.push(stub.close);
  return { stub, session: await world.session(stub.address, 1, timeoutMs) };
}

const answered = async (body: object | string, status = 200): Promise<UpstreamSession> =>
  (await upstream(() => ({ status, body }))).session;

const WINDOW = { fromMs: Date.UTC(2026, 0, 1, 10, 0, 59), toMs: Date.UTC(2026, 0, 1, 10, 5, 1) };

describe('an instance', () => {
  const row = {
    ...{ DBInstanceId: 'rm-One', DBInstanceStatus: 'Running', Engine: 'SQLServer' },
    ...{ EngineVersion: '2017_ent', Category: 'AlwaysOn', RegionId: 'cn-hangzhou' },
    ...{ DBInstanceClassType: 'd', DBInstanceClass: 'mssql.x4.large.s2', LockMode: 'Unlock' },
    ...{ DBInstanceType: 'Primary', DBInstanceStorage: 20 },
  };

  it('is described in full, its storage in bytes', async () => {
    const body = { Items: { DBInstanceAttribute: [row] } };
    const { stub, session } = await upstream(() => ({ body }));
    expect(await session.instance('rm-one')).toEqual({
      ok: true,
      value: {
        ...{ instanceId: 'rm-one', status: 'Running', engine: 'SQLServer' },
        ...{ engineVersion: '2017_ent', category: 'AlwaysOn', regionId: 'cn-hangzhou' },
        ...{ classType: 'd', instanceClass: 'mssql.x4.large.s2', lockMode: 'Unlock' },
        ...{ instanceType: 'Primary', storageBytes: 20 * 1024 ** 3 },
      },
    });
    expect(stub.asked[0]).toMatchObject({
      action: 'DescribeDBInstanceAttribute',
      parameters: { DBInstanceId: 'rm-one' },
    });
  });

  it('has null for what upstream left out', async () => {
    const few = { DBInstanceId: 'rm-one', DBInstanceStatus: 'Creating', Engine: 'MySQL' };
    const session = await answered({ Items: { DBInstanceAttribute: [few] } });
    const value = { classType: null, lockMode: null, storageBytes: null };
    expect(await session.instance('rm-one')).toMatchObject({ ok: true, value });
  });

  it.each([
    ['an empty list', 200, { Items: { DBInstanceAttribute: [] } }],
    ['an empty wrapper', 200, { Items: {} }],
    ['404', 404, { Code: 'InvalidDBInstanceId.NotFound' }],
    ['400', 400, { Code: 'InvalidDBInstanceName.NotFound' }],
  ])('that upstream does not know, said by %s, is null', async (_, status, body) => {
    const session = await answered(body, status);
    expect(await session.instance('rm-one')).toEqual({ ok: true, value: null });
  });

  it.each([
    ['the list', {}],
    [
      'its status',
      { Items: { DBInstanceAttribute: [{ DBInstanceId: 'rm-one', Engine: 'MySQL' }] } },
    ],
    [
      'it, but with another',
      { Items: { DBInstanceAttribute: [{ ...row, DBInstanceId: 'rm-2' }] } },
    ],
  ])('is a fault, not absent, in an answer without %s', async (_, body) => {
    const fault = { class: 'unclear', code: 'unexpected_answer' };
    expect(await (await answered(body)).instance('rm-one')).toMatchObject({ ok: false, fault });
  });
});

describe('databases', () => {
  const pageOf = (size: number, page: number): object => {
    const rows = Array.from({ length: size }, (_, i) => ({
      DBName: `d${page}_${i}`,
      DBStatus: 'Running',
    }));
    return { Databases: { Database: rows } };
  };

  it('come from every page, up to the first short one', async () => {
    const { stub, session } = await upstream(({ parameters }) => {
      const page = Number(parameters['PageNumber']);
      return { body: pageOf(page < 3 ? 100 : 7, page) };
    });
    const read = await session.databases('rm-one');
    expect(read.ok && read.value).toHaveLength(207);
    expect(read.ok && read.value[206]).toEqual({ name: 'd3_6', status: 'Running' });
    expect(stub.asked.map(({ parameters }) => parameters['PageSize'])).toEqual([
      '100',
      '100',
      '100',
    ]);
  });

  it('are a fault when one page of them is, or when they never end', async () => {
    const { session } = await upstream(({ parameters }) =>
      parameters['PageNumber'] === '1' ? { body: pageOf(100, 1) } : { status: 500, body: '' },
    );
    const fault = { class: 'unclear', code: 'not_json' };
    expect(await session.databases('rm-one')).toMatchObject({ ok: false, fault });
    const endless = await upstream(() => ({ body: pageOf(100, 1) }));
    expect(await endless.session.databases('rm-one')).toMatchObject({
      ok: false,
      fault: { class: 'unclear', code: 'too_many_pages' },
    });
    expect(endless.stub.asked).toHaveLength(50);
  });

  it('keep their names as they are', async () => {
    const names = ['订单', ' lead', 'A_b'];
    const rows = names.map((DBName) => ({
      DBName,
      DBStatus: 'Running',
      ' AccountPrivilegeInfo': [],
    }));
    const read = await (await answered({ Databases: { Database: rows } })).databases('rm-one');
    expect(read.ok && read.value.map(({ name }) => name)).toEqual(names);
  });
});

it('usage counts bytes, and -1 is no data', async () => {
  const body = '{"DiskUsed":900719925474099,"DataSize":-1,"Engine":"MySQL"}';
  const value = { diskUsedBytes: 900_719_925_474_099, dataBytes: null };
  expect(await (await answered(body)).usage('rm-one')).toEqual({ ok: true, value });
});

describe('imports', () => {
  it('of SQL Server are folded by id: one word for each row, the names beside', async () => {
    const rows =
      '{"ImportId":9200000000000000001,"DBName":"a","ImportStatus":"Success"},' +
      '{"ImportId":9200000000000000003,"DBName":"c","ImportStatus":"Pending"},' +
      '{"ImportId":"9200000000000000001","DBName":"b","ImportStatus":"Importing"}';
    const body = `{"Items":{"SQLServerImport":[${rows}]},"TotalRecordCounts":3}`;
    const { stub, session } = await upstream(() => ({ body }));
    expect(await session.imports('SQLServer', 'rm-one', WINDOW)).toEqual({
      ok: true,
      value: [
        { importId: '9200000000000000001', words: ['Success', 'Importing'], databases: ['a', 'b'] },
        { importId: '9200000000000000003', words: ['Pending'], databases: ['c'] },
      ],
    });
    expect(stub.asked[0]).toMatchObject({
      action: 'DescribeImportsForSQLServer',
      parameters: { StartTime: '2026-01-01T10:00Z', EndTime: '2026-01-01T10:06Z', PageSize: '100' },
    });
    expect(stub.asked[0]?.parameters).not.toHaveProperty('ImportId');
  });

  it('of MySQL come from the action that upstream spells so, without names', async () => {
    const rows = [{ ImportId: 12, ImportDataStatus: 'FullImporting' }];
    const { stub, session } = await upstream(() => ({
      body: { Items: { ImportResultFromDB: rows } },
    }));
    const value = [{ importId: '12', words: ['FullImporting'], databases: [] }];
    expect(await session.imports('MySQL', 'rm-one', WINDOW, '12')).toEqual({ ok: true, value });
    expect(stub.asked[0]).toMatchObject({
      action: 'DescibeImportsFromDatabase',
      parameters: { Engine: 'MySQL', ImportId: '12' },
    });
  });

  it('are asked for in a window that ends after it starts', async () => {
    const { stub, session } = await upstream(() => ({ body: { Items: [] } }));
    const minute = Date.UTC(2026, 0, 1, 10, 0);
    await session.imports('MySQL', 'rm-one', { fromMs: minute, toMs: minute });
    expect(stub.asked[0]?.parameters).toMatchObject({
      StartTime: '2026-01-01T10:00Z',
      EndTime: '2026-01-01T10:01Z',
    });
  });

  it('without an id are a fault, as their list would only look complete', async () => {
    const session = await answered({ Items: { SQLServerImport: [{ ImportStatus: 'Success' }] } });
    expect(await session.imports('SQLServer', 'rm-one', WINDOW)).toMatchObject({
      ok: false,
      fault: { class: 'unclear', code: 'import_id_missing' },
    });
  });

  it('asked for by id: a row without one is of that import, a row with another is left out', async () => {
    const rows = [{ ImportStatus: 'Success' }, { ImportId: 6, ImportStatus: 'Failed' }];
    const session = await answered({ Items: { SQLServerImport: rows } });
    const value = [{ importId: '5', words: ['Success'], databases: [] }];
    expect(await session.imports('SQLServer', 'rm-one', WINDOW, '5')).toEqual({ ok: true, value });
  });

  it('are a fault, not none, in an answer without the list', async () => {
    expect(
      await (await answered({ RequestId: 'r' })).imports('MySQL', 'rm-1', WINDOW),
    ).toMatchObject({
      ok: false,
      fault: { code: 'unexpected_answer', requestId: 'r' },
    });
  });
});

describe('a fault', () => {
  it('keeps code, request id and message, the AccessKeyId masked, and is not tried again', async () => {
    const body = { Code: 'Forbidden.RAM', Message: `${KEY_ID} may not`, RequestID: 'r-9' };
    const { stub, session } = await upstream(() => ({ status: 403, body }));
    const facts = { class: 'auth', code: 'Forbidden.RAM', requestId: 'r-9', retryAfterMs: null };
    const fault = { ...facts, message: 'LTAI****0001 may not' };
    expect(await session.usage('rm-one')).toEqual({ ok: false, fault });
    expect(stub.asked).toHaveLength(1);
  });

  it('of the way there is a word of ours', async () => {
    const { session } = await upstream(() => null, 100);
    const fault = { class: 'unclear', code: 'timeout' };
    expect(await session.usage('rm-one')).toMatchObject({ ok: false, fault });
  });
});
