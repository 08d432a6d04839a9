// Every precondition of an import has its own documented refusal, and a refused import changes nothing.
import { describe, expect, it } from 'vitest';
import { KEY, SOURCE, SQL_SERVER_WORLD, stage, TARGET, worldOf } from './client.js';

type Case = readonly [what: string, world: object, status: number, code: string, names?: object];

const SQL = { engine: 'SQLServer' };
const CASES: readonly Case[] = [
  ['different engines', worldOf({}, SQL), 403, 'OperationDenied.Engine'],
  ['different regions', worldOf({}, { regionId: 'cn-beijing' }), 403, 'OperationDenied.Region'],
  [
    'an engine that has no imports',
    worldOf({ engine: 'PostgreSQL' }, { engine: 'PostgreSQL' }),
    400,
    'EngineNotSupported',
  ],
  [
    'a general purpose class',
    worldOf({ classType: 'x' }, {}),
    403,
    'OperationDenied.DBInstanceType',
  ],
  ['a shared class', worldOf({}, { classType: 's' }), 403, 'OperationDenied.DBInstanceType'],
  [
    'a read-only instance',
    worldOf({ instanceType: 'Readonly' }, {}),
    400,
    'IncorrectDBInstanceType',
  ],
  [
    'a 2017 cluster by version',
    worldOf(SQL, { ...SQL, engineVersion: '2017_ent' }),
    400,
    'EngineVersionNotSupported',
  ],
  [
    'a 2017 cluster by category',
    worldOf({ ...SQL, engineVersion: '2017_std', category: 'AlwaysOn' }, SQL),
    400,
    'EngineVersionNotSupported',
  ],
  [
    'a source that is not running',
    worldOf({ status: 'Rebooting' }, {}),
    403,
    'OperationDenied.DBInstanceStatus',
  ],
  [
    'a target that is not running',
    worldOf({}, { status: 'Restoring' }),
    403,
    'IncorrectDBInstanceState',
  ],
  ['a locked source', worldOf({ lockMode: 'ManualLock' }, {}), 403, 'OperationDenied.LockMode'],
  [
    'a locked target',
    worldOf({}, { lockMode: 'LockByDiskQuota' }),
    403,
    'OperationDenied.LockMode',
  ],
  ['a database the source lacks', worldOf({ databases: [] }, {}), 404, 'InvalidDBName.NotFound'],
  [
    'a MySQL database the target lacks',
    worldOf({}, { databases: [] }),
    404,
    'InvalidDBName.NotFound',
  ],
  [
    'a source database that is not running',
    worldOf({ databases: [{ name: 'shop', status: 'Creating' }] }, {}),
    403,
    'OperationDenied.DBStatus',
  ],
  [
    'a MySQL target database that is not running',
    worldOf({}, { databases: [{ name: 'shop', status: 'Deleting' }] }),
    403,
    'OperationDenied.DBStatus',
  ],
  [
    'a SQL Server target name that is taken, whatever its case',
    worldOf(SQL, { ...SQL, databases: [{ name: 'Shop' }] }),
    400,
    'InvalidDBName.Duplicate',
    { shop: 'shop' },
  ],
  [
    'a SQL Server target name that breaks the rules',
    worldOf(SQL, { ...SQL, databases: [] }),
    400,
    'InvalidDBName.Malformed',
    { shop: 'Shop' },
  ],
  [
    'a system database as the target name',
    worldOf(SQL, { ...SQL, databases: [] }),
    400,
    'InvalidDBName.Malformed',
    { shop: 'master' },
  ],
  [
    'a target without room for the data',
    worldOf({ databases: [{ name: 'shop', sizeMB: 5000 }] }, { storageGB: 5 }),
    403,
    'QuotaExceeded.DBInstanceStorage',
  ],
];

describe('an import is refused for', () => {
  const cases = CASES.map(([what, ...rest]) => ({ what, rest }));

  it.each(cases)('$what', async ({ rest: [world, status, code, names = ['shop']] }) => {
    const { simulator, import: start } = await stage(world);
    const answer = await start(names);
    expect([answer.status, answer.json['Code']]).toEqual([status, code]);
    expect(simulator.world.runs()).toEqual([]);
  });

  it.each(['DBInstanceId', 'SourceDBInstanceId', 'DBInfo'])('a missing %s', async (name) => {
    const { import: start } = await stage();
    const answer = await start(['shop'], { [name]: '' });
    expect([answer.status, answer.json['Code']]).toEqual([400, 'MissingParameter']);
    expect(answer.json['Message']).toContain(`"${name}"`);
  });

  it('one instance on both sides', async () => {
    const { import: start } = await stage();
    const answer = await start(['shop'], { DBInstanceId: SOURCE });
    expect([answer.status, answer.json['Code']]).toEqual([403, 'OperationDenied.DBInstanceId']);
  });

  it.each(['DBInstanceId', 'SourceDBInstanceId'])('a %s nobody has', async (name) => {
    const { import: start } = await stage();
    const answer = await start(['shop'], { [name]: 'rm-nowhere' });
    expect([answer.status, answer.json['Code']]).toEqual([404, 'InvalidDBInstanceId.NotFound']);
  });

  it('an instance of another account, as if it did not exist', async () => {
    const other = { id: 'LTAIother', secret: 'other-secret' };
    const accounts = [
      { accountId: '1001', accessKeys: [KEY] },
      { accountId: '1002', accessKeys: [other] },
    ];
    const { import: start } = await stage(worldOf({ accountId: '1002' }, {}, { accounts }));
    for (const key of [KEY, other]) {
      const answer = await start(['shop'], {}, { key });
      expect([answer.status, answer.json['Code']]).toEqual([404, 'InvalidDBInstanceId.NotFound']);
    }
  });
});

const MALFORMED: readonly (readonly [string, 'MySQL' | 'SQLServer', string])[] = [
  ['curly quotes, as the documents print them', 'MySQL', '{“DBNames”:[“shop”]}'],
  ['no JSON', 'MySQL', 'shop'],
  ['no object', 'MySQL', '["shop"]'],
  ['null', 'MySQL', 'null'],
  ['another field', 'MySQL', '{"DbNames":["shop"]}'],
  ['a second field', 'MySQL', '{"DBNames":["shop"],"x":1}'],
  ['no database', 'MySQL', '{"DBNames":[]}'],
  ['an object for MySQL', 'MySQL', '{"DBNames":{"shop":"shop"}}'],
  ['a name that is no text', 'MySQL', '{"DBNames":[7]}'],
  ['a name twice', 'MySQL', '{"DBNames":["shop","shop"]}'],
  ['an array for SQL Server', 'SQLServer', '{"DBNames":["erp"]}'],
  ['no pair', 'SQLServer', '{"DBNames":{}}'],
  ['a source twice', 'SQLServer', '{"DBNames":{"erp":"a1","erp":"b1"}}'],
  ['a source twice in another case', 'SQLServer', '{"DBNames":{"erp":"a1","ERP":"b1"}}'],
  ['a target twice', 'SQLServer', '{"DBNames":{"erp":"a1","hr":"a1"}}'],
];

describe('DBInfo is malformed with', () => {
  it.each(MALFORMED)('%s (%s)', async (_what, engine, DBInfo) => {
    const { import: start } = await stage(engine === 'MySQL' ? worldOf({}, {}) : SQL_SERVER_WORLD);
    const answer = await start(null, { DBInfo });
    expect([answer.status, answer.json['Code']]).toEqual([400, 'InvalidDBInfo.Malformed']);
  });
});

it('takes names with quotes, colons and braces in them', async () => {
  const name = 'a":{"b":1,}';
  const { import: start } = await stage(
    worldOf({ ...SQL, databases: [{ name }] }, { ...SQL, databases: [] }),
  );
  expect((await start({ [name]: 'plain' })).status).toBe(200);
});

it('refuses an import that shares an instance with a running one, whichever side it is on', async () => {
  const third = {
    instanceId: 'rm-third',
    accountId: '1001',
    engine: 'MySQL',
    databases: [{ name: 'shop' }],
  };
  const { call, import: start, control } = await stage();
  const { json } = await control('GET', 'world');
  expect(json['instances']).toHaveLength(2);
  await control('PUT', 'world', {
    ...worldOf({}, {}),
    instances: [...[SOURCE, TARGET].map((instanceId) => ({ ...third, instanceId })), third],
  });
  expect((await start(['shop'])).status).toBe(200);
  const codes: unknown[] = [];
  for (const [source, target] of [
    [SOURCE, 'rm-third'],
    ['rm-third', TARGET],
    [TARGET, 'rm-third'],
    ['rm-third', SOURCE],
  ] as const) {
    const DBInfo = '{"DBNames":["shop"]}';
    const params = { DBInstanceId: target, SourceDBInstanceId: source, DBInfo };
    codes.push((await call('ImportDatabaseBetweenInstances', params)).json['Code']);
  }
  expect(codes).toEqual([
    'OperationDenied.DBInstanceStatus',
    'IncorrectDBInstanceState',
    'OperationDenied.DBInstanceStatus',
    'IncorrectDBInstanceState',
  ]);
});
