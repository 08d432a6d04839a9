// An import moves both instances and its own words as upstream's does, and leaves what it should behind.
import { describe, expect, it } from 'vitest';
import {
  importIdIn,
  minuteStamp,
  rowsAt,
  SOURCE,
  SQL_SERVER_WORLD,
  stage,
  TARGET,
  worldOf,
  type Fields,
  type Spoken,
  type Stage,
} from './client.js';

const MINUTE_MS = 60_000;
const WINDOW = {
  StartTime: minuteStamp(Date.now() - 5 * MINUTE_MS),
  EndTime: minuteStamp(Date.now() + 60 * MINUTE_MS),
};

async function statusOf({ call }: Stage, DBInstanceId: string): Promise<unknown> {
  const { json } = await call('DescribeDBInstanceAttribute', { DBInstanceId });
  return rowsAt(json, 'Items', 'DBInstanceAttribute')[0]?.['DBInstanceStatus'];
}

async function mySqlWord({ call }: Stage): Promise<unknown> {
  const params = { DBInstanceId: TARGET, Engine: 'MySQL', ...WINDOW };
  const { json } = await call('DescibeImportsFromDatabase', params);
  return rowsAt(json, 'Items', 'ImportResultFromDB')[0]?.['ImportDataStatus'];
}

async function sqlServerRows({ call }: Stage): Promise<Fields[]> {
  const { json } = await call('DescribeImportsForSQLServer', { DBInstanceId: TARGET, ...WINDOW });
  return rowsAt(json, 'Items', 'SQLServerImport');
}

const advance = ({ control }: Stage, advanceMs: number): Promise<Spoken> =>
  control('POST', 'clock', { advanceMs });

const sizes = ({ simulator }: Stage): Record<string, number> =>
  Object.fromEntries(
    (simulator.world.instance(TARGET)?.databases ?? []).map(({ name, sizeMB }) => [name, sizeMB]),
  );

describe('MySQL', () => {
  it('goes NotStart, FullExporting, FullImporting, Success; the instances back to Running', async () => {
    const at = await stage(
      worldOf(
        { databases: [{ name: 'shop', sizeMB: 4096 }] },
        { databases: [{ name: 'shop', sizeMB: 1 }] },
      ),
    );
    expect((await at.import(['shop'])).status).toBe(200);
    const words = [await mySqlWord(at)];
    expect([await statusOf(at, SOURCE), await statusOf(at, TARGET)]).toEqual([
      'TRANSING',
      'Importing',
    ]);
    for (const ms of [10_000, 30_000, 30_000]) {
      await advance(at, ms);
      words.push(await mySqlWord(at));
    }
    expect(words).toEqual(['NotStart', 'FullExporting', 'FullImporting', 'Success']);
    expect([await statusOf(at, SOURCE), await statusOf(at, TARGET)]).toEqual([
      'Running',
      'Running',
    ]);
    expect(sizes(at)).toEqual({ shop: 4096 });
    expect((await at.import(['shop'])).status).toBe(200);
  });

  it('does not support a cancel, unless the profile says so', async () => {
    const at = await stage();
    const ImportId = importIdIn((await at.import(['shop'])).text).digits;
    const refused = await at.call('CancelImport', { DBInstanceId: TARGET, ImportId });
    expect([refused.status, refused.json['Code']]).toEqual([400, 'EngineNotSupported']);
    await at.control('PATCH', 'profile', { cancelMySQL: true });
    expect((await at.call('CancelImport', { DBInstanceId: TARGET, ImportId })).status).toBe(200);
    expect(await mySqlWord(at)).toBe('Canceling');
  });
});

describe('SQL Server', () => {
  it('goes Pending, Importing, Success row by row; the databases appear at the end', async () => {
    const at = await stage(SQL_SERVER_WORLD);
    expect((await at.import({ erp: 'erp2', hr: 'hr' })).status).toBe(200);
    const words = async (): Promise<unknown[]> =>
      (await sqlServerRows(at)).map((row) => row['ImportStatus']);
    const seen = [await words()];
    for (const ms of [6_000, 30_000]) {
      await advance(at, ms);
      seen.push(await words());
    }
    expect(seen).toEqual([
      ['Pending', 'Pending'],
      ['Importing', 'Pending'],
      ['Importing', 'Importing'],
    ]);
    expect(sizes(at)).toEqual({});
    await advance(at, 24_000);
    expect(await words()).toEqual(['Success', 'Success']);
    expect(sizes(at)).toEqual({ erp2: 1024, hr: 100 });
    expect([await statusOf(at, SOURCE), await statusOf(at, TARGET)]).toEqual([
      'Running',
      'Running',
    ]);
  });

  it('cancels later than it answers, and leaves no database', async () => {
    const at = await stage(SQL_SERVER_WORLD);
    const ImportId = importIdIn((await at.import({ erp: 'erp' })).text).digits;
    const cancel = (): Promise<Spoken> =>
      at.call('CancelImport', { DBInstanceId: TARGET, ImportId });
    const answer = await cancel();
    expect([answer.status, Object.keys(answer.json)]).toEqual([200, ['RequestId']]);
    expect((await sqlServerRows(at))[0]?.['ImportStatus']).toBe('Canceling');
    expect(await statusOf(at, TARGET)).toBe('Importing');
    expect((await cancel()).json['Code']).toBe('OperationDenied.IncorrectTaskStatus');
    await advance(at, 1000);
    expect((await sqlServerRows(at))[0]?.['ImportStatus']).toBe('Canceled');
    expect([await statusOf(at, SOURCE), await statusOf(at, TARGET)]).toEqual([
      'Running',
      'Running',
    ]);
    expect(sizes(at)).toEqual({});
    const late = await cancel();
    expect([late.status, late.json['Code']]).toEqual([403, 'OperationDenied.IncorrectTaskStatus']);
  });

  it.each([
    ['an import that is not there', TARGET, '1', 'InvalidTaskId.NotFound'],
    ['an ImportId that is no number', TARGET, '12x', 'InvalidParameter'],
    ['no ImportId', TARGET, '', 'MissingParameter'],
    ['an instance that is not there', 'rm-nowhere', '1', 'InvalidDBInstanceId.NotFound'],
  ])('does not cancel %s', async (_what, DBInstanceId, ImportId, code) => {
    const { call } = await stage(SQL_SERVER_WORLD);
    expect((await call('CancelImport', { DBInstanceId, ImportId })).json['Code']).toBe(code);
  });

  it('wants the target in a cancel, not the source', async () => {
    const at = await stage(SQL_SERVER_WORLD);
    const ImportId = importIdIn((await at.import({ erp: 'erp' })).text).digits;
    const answer = await at.call('CancelImport', { DBInstanceId: SOURCE, ImportId });
    expect([answer.status, answer.json['Code']]).toEqual([400, 'InvalidTaskId.NotFound']);
  });
});

it('ends Failed when it was doomed, and leaves no database', async () => {
  const at = await stage(SQL_SERVER_WORLD);
  await at.control('POST', 'faults', { kind: 'fail_import', instanceId: SOURCE });
  expect((await at.import({ erp: 'erp' })).status).toBe(200);
  await advance(at, 60_000);
  expect((await sqlServerRows(at))[0]?.['ImportStatus']).toBe('Failed');
  expect(sizes(at)).toEqual({});
  expect(await statusOf(at, TARGET)).toBe('Running');
});

it.each([
  ['the size of its databases', {}, 1000 + 2 * 200],
  ['what its source is set to', { [SOURCE]: 77_000 }, 77_000],
  ['what its target is set to, before its source', { [SOURCE]: 77_000, [TARGET]: 9 }, 9],
])('lasts for %s', async (_what, byInstance, expectedMs) => {
  const at = await stage(worldOf({ databases: [{ name: 'shop', sizeMB: 2048 }] }, {}));
  await at.control('PATCH', 'durations', { baseMs: 1000, perGBMs: 200, byInstance });
  await at.import(['shop']);
  const [run] = at.simulator.world.runs();
  expect((run?.endsAt ?? 0) - (run?.startedAt ?? 0)).toBe(expectedMs);
});

it('tells the ImportId as a number, as a string and as a number no double holds, in turn', async () => {
  const at = await stage(worldOf({}, {}, { importIds: { start: 7000 } }));
  const told: { digits: string; isText: boolean }[] = [];
  for (let turn = 0; turn < 6; turn += 1) {
    const found = importIdIn((await at.import(['shop'])).text);
    told.push(found);
    await at.control('POST', `imports/${found.digits}/finish`, { verdict: 'Success' });
  }
  expect(told.map(({ isText }) => isText)).toEqual([false, true, false, false, true, false]);
  expect(told.map(({ digits }) => digits).filter((digits) => digits.length < 6)).toEqual([
    '7000',
    '7001',
    '7003',
    '7004',
  ]);
  for (const { digits } of [told[2], told[5]].filter((id) => id !== undefined)) {
    expect(String(Number(digits))).not.toBe(digits);
    expect(BigInt(digits)).toBeLessThan(2n ** 63n);
  }
  expect(new Set(told.map(({ digits }) => digits)).size).toBe(6);
  const { text } = await at.call('DescibeImportsFromDatabase', {
    DBInstanceId: TARGET,
    Engine: 'MySQL',
    ...WINDOW,
  });
  for (const { digits } of told) expect(text).toContain(`"ImportId":${digits},`);
});
