// The reads answer in the shapes the SDKs know, page as upstream pages, and list imports to the minute asked for.
import { describe, expect, it } from 'vitest';
import {
  KEY,
  minuteStamp,
  rowsAt,
  SOURCE,
  SQL_SERVER_WORLD,
  stage,
  TARGET,
  worldOf,
  type Spoken,
  type Stage,
} from './client.js';

const MINUTE_MS = 60_000;

const list = (
  { call }: Stage,
  from: number,
  to: number,
  more: Record<string, string> = {},
): Promise<Spoken> =>
  call('DescribeImportsForSQLServer', {
    DBInstanceId: TARGET,
    StartTime: minuteStamp(from),
    EndTime: minuteStamp(to),
    ...more,
  });

describe('listings of imports', () => {
  it('show one row for each SQL Server database, totals as its SDKs spell them', async () => {
    const at = await stage(SQL_SERVER_WORLD);
    await at.import({ erp: 'erp2', hr: 'hr2' });
    const { json } = await list(at, Date.now() - MINUTE_MS, Date.now() + MINUTE_MS);
    const rows = rowsAt(json, 'Items', 'SQLServerImport');
    const { StartTime, ...others } = rows[0] ?? {};
    expect(StartTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(others).toEqual({
      ImportId: 85265475235,
      FileName: `${SOURCE}_erp.bak`,
      DBName: 'erp2',
      ImportStatus: 'Pending',
    });
    expect(rows.map((row) => row['DBName'])).toEqual(['erp2', 'hr2']);
    expect(json).toMatchObject({ PageNumber: 1, SQLItemsCounts: 2, TotalRecordCounts: 2 });
  });

  it('show one row for each MySQL import, without names and times', async () => {
    const at = await stage();
    await at.import(['shop', 'blog']);
    const { json } = await at.call('DescibeImportsFromDatabase', {
      DBInstanceId: TARGET,
      Engine: 'MySQL',
      StartTime: minuteStamp(Date.now() - MINUTE_MS),
      EndTime: minuteStamp(Date.now() + MINUTE_MS),
    });
    const rows = rowsAt(json, 'Items', 'ImportResultFromDB');
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ ImportDataType: 'Full', ImportDataStatus: 'NotStart' });
    expect(Object.keys(rows[0] ?? {})).not.toContain('DBName');
    expect(json).toMatchObject({ PageNumber: 1, PageRecordCount: 1, TotalRecordCount: 1 });
  });

  it('show what began in the window, to the minute: an end rounded down misses the last seconds', async () => {
    const at = await stage(SQL_SERVER_WORLD);
    const begun = Date.UTC(2026, 0, 1, 10, 5, 30);
    await at.import({ erp: 'erp' });
    const [run] = at.simulator.world.runs();
    Object.assign(run ?? {}, { startedAt: begun });
    const counts: unknown[] = [];
    for (const [from, to] of [
      [begun, begun + MINUTE_MS],
      [begun - MINUTE_MS, begun],
      [begun + MINUTE_MS, begun + 2 * MINUTE_MS],
    ] as const) {
      counts.push((await list(at, from, to)).json['TotalRecordCounts']);
    }
    expect(counts).toEqual([1, 0, 0]);
  });

  it('list imports of the target alone, and of one ImportId where asked', async () => {
    const at = await stage(SQL_SERVER_WORLD);
    await at.import({ erp: 'erp' });
    const now = Date.now();
    const total = async (more: Record<string, string>): Promise<unknown> =>
      (await list(at, now - MINUTE_MS, now + MINUTE_MS, more)).json['TotalRecordCounts'];
    expect(await total({ DBInstanceId: SOURCE })).toBe(0);
    expect(await total({ ImportId: '85265475235' })).toBe(1);
    expect(await total({ ImportId: '1' })).toBe(0);
  });

  it.each([
    [{ StartTime: '2026-01-01T00:00:00Z' }, 'InvalidStartTime.Malformed'],
    [{ EndTime: 'tomorrow' }, 'InvalidEndTime.Malformed'],
    [{ EndTime: '2000-01-01T00:00Z' }, 'InvalidStartTimeAndEndTime.Malformed'],
    [{ StartTime: '' }, 'MissingParameter'],
    [{ PageSize: '31' }, 'InvalidParameter'],
    [{ PageNumber: '0' }, 'InvalidParameter'],
  ])('refuse %j with %s', async (more, code) => {
    const at = await stage(SQL_SERVER_WORLD);
    const answer = await list(at, Date.now(), Date.now() + MINUTE_MS, more);
    expect([answer.status, answer.json['Code']]).toEqual([400, code]);
  });

  it('serve their own engine alone', async () => {
    const at = await stage();
    const answer = await list(at, Date.now(), Date.now() + MINUTE_MS);
    expect(answer.json['Code']).toBe('EngineNotSupported');
    const other = await at.call('DescibeImportsFromDatabase', {
      DBInstanceId: TARGET,
      Engine: 'SQLServer',
      StartTime: minuteStamp(Date.now()),
      EndTime: minuteStamp(Date.now() + MINUTE_MS),
    });
    expect(other.json['Code']).toBe('EngineNotSupported');
  });
});

describe('databases', () => {
  const many = Array.from({ length: 65 }, (_, index) => ({ name: `db_${index}` }));

  it('come in pages of 30 and without a total', async () => {
    const { call } = await stage(worldOf({ databases: many }, {}));
    const names: unknown[] = [];
    const lengths: number[] = [];
    for (const PageNumber of ['1', '2', '3', '4']) {
      const { json } = await call('DescribeDatabases', { DBInstanceId: SOURCE, PageNumber });
      expect(Object.keys(json)).toEqual(['Databases', 'RequestId']);
      const rows = rowsAt(json, 'Databases', 'Database');
      lengths.push(rows.length);
      names.push(...rows.map((row) => row['DBName']));
    }
    expect(lengths).toEqual([30, 30, 5, 0]);
    expect(names).toEqual(many.map(({ name }) => name));
  });

  it('are empty, not an error, where no name matches', async () => {
    const { call } = await stage();
    const params = { DBInstanceId: SOURCE, DBName: 'nothing' };
    const answer = await call('DescribeDatabases', params);
    expect([answer.status, rowsAt(answer.json, 'Databases', 'Database')]).toEqual([200, []]);
  });
});

describe('instances', () => {
  it('tell their facts in the types upstream uses', async () => {
    const { call } = await stage(worldOf({}, { storageGB: 40, classType: 'h' }));
    const { json } = await call('DescribeDBInstanceAttribute', { DBInstanceId: TARGET });
    expect(rowsAt(json, 'Items', 'DBInstanceAttribute')[0]).toMatchObject({
      DBInstanceId: TARGET,
      Engine: 'MySQL',
      EngineVersion: '8.0',
      Category: 'HighAvailability',
      DBInstanceType: 'Primary',
      DBInstanceClassType: 'h',
      DBInstanceStatus: 'Running',
      LockMode: 'Unlock',
      RegionId: 'cn-hangzhou',
      DBInstanceStorage: 40,
      DBInstanceDiskUsed: String((100 + 100 + 64) * 1024 * 1024),
      Port: '3306',
    });
  });

  it('that are missing answer 404, or an empty list where the profile says so', async () => {
    const { call, control } = await stage();
    const look = (): Promise<Spoken> =>
      call('DescribeDBInstanceAttribute', { DBInstanceId: 'rm-nowhere' });
    const refused = await look();
    expect([refused.status, refused.json['Code']]).toEqual([404, 'InvalidDBInstanceId.NotFound']);
    await control('PATCH', 'profile', { missingInstance: 'empty' });
    const empty = await look();
    expect([empty.status, rowsAt(empty.json, 'Items', 'DBInstanceAttribute')]).toEqual([200, []]);
  });

  it('tell their usage in bytes', async () => {
    const { call } = await stage();
    const { json } = await call('DescribeResourceUsage', { DBInstanceId: SOURCE });
    const MB = 1024 * 1024;
    expect(json).toMatchObject({
      DiskUsed: 264 * MB,
      DataSize: 200 * MB,
      LogSize: 64 * MB,
      SQLSize: -1,
    });
  });

  it('are listed by region, engine and status, for their own account', async () => {
    const { call } = await stage(
      worldOf(
        { status: 'Rebooting' },
        { regionId: 'cn-beijing' },
        {
          accounts: [{ accountId: '1001', accessKeys: [KEY] }],
        },
      ),
    );
    const ids = async (params: Record<string, string>): Promise<unknown[]> =>
      rowsAt((await call('DescribeDBInstances', params)).json, 'Items', 'DBInstance').map(
        (row) => row['DBInstanceId'],
      );
    expect(await ids({ RegionId: 'cn-hangzhou' })).toEqual([SOURCE]);
    expect(await ids({ RegionId: 'cn-beijing', Engine: 'MySQL' })).toEqual([TARGET]);
    expect(await ids({ RegionId: 'cn-hangzhou', DBInstanceStatus: 'Running' })).toEqual([]);
    const { json } = await call('DescribeDBInstances', {});
    expect(json['Code']).toBe('MissingParameter');
  });
});
