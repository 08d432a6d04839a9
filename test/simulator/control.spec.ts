// The control routes show the whole truth, change exactly what they are told, and refuse the rest in words.
import { describe, expect, it } from 'vitest';
import {
  importIdIn,
  KEY,
  rowsAt,
  SOURCE,
  SQL_SERVER_WORLD,
  stage,
  TARGET,
  worldOf,
  type Fields,
  type Spoken,
} from './client.js';

const list = ({ json }: Spoken, name: string): Fields[] => rowsAt(json, name);

describe('the journal', () => {
  it('holds every request, admitted or not, and tells which started an import', async () => {
    const at = await stage();
    await at.import(['shop'], {}, { nonce: 'n-1' });
    await at.import(['shop'], {}, { nonce: 'n-2' });
    await at.import(['shop'], {}, { nonce: 'n-3', key: { id: 'LTAInobody', secret: 'x' } });
    const entries = list(await at.control('GET', 'journal'), 'entries');
    expect(entries).toMatchObject([
      {
        seq: 1,
        action: 'ImportDatabaseBetweenInstances',
        version: '2014-08-15',
        accessKeyId: KEY.id,
        nonce: 'n-1',
        params: {
          DBInstanceId: TARGET,
          SourceDBInstanceId: SOURCE,
          DBInfo: '{"DBNames":["shop"]}',
        },
        outcome: 'accepted',
        status: 200,
        code: null,
        importId: '85265475235',
      },
      {
        seq: 2,
        nonce: 'n-2',
        outcome: 'refused',
        code: 'OperationDenied.DBInstanceStatus',
        importId: null,
      },
      {
        seq: 3,
        nonce: 'n-3',
        outcome: 'refused',
        code: 'InvalidAccessKeyId.NotFound',
        status: 404,
      },
    ]);
  });

  it('can be read on from an entry, and of one action', async () => {
    const at = await stage();
    await at.import(['shop']);
    await at.call('DescribeResourceUsage', { DBInstanceId: TARGET });
    const seqs = async (query: string): Promise<unknown[]> =>
      list(await at.control('GET', `journal?${query}`), 'entries').map((entry) => entry['seq']);
    expect(await seqs('afterSeq=1')).toEqual([2]);
    expect(await seqs('action=DescribeResourceUsage')).toEqual([2]);
    expect(await seqs('afterSeq=2')).toEqual([]);
  });

  it('holds no secret, no token, no signature', async () => {
    const token = 'canary-token';
    const accounts = [{ accountId: '1001', accessKeys: [{ ...KEY, securityToken: token }] }];
    const at = await stage(worldOf({}, {}, { accounts }));
    await at.import(['shop'], {}, { key: { ...KEY, token } });
    const seen = [await at.control('GET', 'journal'), await at.control('GET', 'world')];
    for (const { text } of seen) {
      expect(text).not.toContain(token);
      expect(text).not.toContain(KEY.secret);
      expect(text).not.toContain('Signature=');
    }
  });
});

describe('the world', () => {
  it('tells each import with its start, its end and what it ends as', async () => {
    const at = await stage(SQL_SERVER_WORLD);
    await at.import({ erp: 'erp2' });
    const world = await at.control('GET', 'world');
    expect(list(world, 'imports')).toMatchObject([
      {
        importId: '85265475235',
        engine: 'SQLServer',
        sourceInstanceId: SOURCE,
        targetInstanceId: TARGET,
        databases: [{ source: 'erp', target: 'erp2' }],
        ended: false,
        verdict: 'Success',
        status: 'Pending',
      },
    ]);
    const { startedAt, endsAt } = list(world, 'imports')[0] ?? {};
    expect(Date.parse(String(endsAt)) - Date.parse(String(startedAt))).toBe(60_000);
    expect(list(world, 'instances').map(({ status }) => status)).toEqual(['TRANSING', 'Importing']);
  });

  it('is replaced as a whole, and reset returns to the new one', async () => {
    const at = await stage();
    await at.import(['shop'], {}, { nonce: 'again' });
    await at.control('POST', 'faults', { kind: 'error500', times: -1 });
    await at.control('POST', 'clock', { advanceMs: 3_600_000 });
    expect((await at.control('PUT', 'world', SQL_SERVER_WORLD)).status).toBe(200);
    for (let turn = 0; turn < 2; turn += 1) {
      expect((await at.import({ erp: 'erp' }, {}, { nonce: 'again' })).status).toBe(200);
      const world = await at.control('POST', 'reset');
      expect(list(world, 'imports')).toEqual([]);
      expect(list(world, 'instances').map(({ status }) => status)).toEqual(['Running', 'Running']);
      expect(list(await at.control('GET', 'journal'), 'entries')).toEqual([]);
    }
  });

  it('stays as it was when the new one is wrong, and says where it is wrong', async () => {
    const at = await stage();
    const wrong = await at.control('PUT', 'world', worldOf({}, { storageGB: 'big' }));
    expect([wrong.status, wrong.json]).toEqual([
      400,
      { error: 'world.instances[1].storageGB must be a number of at least 0' },
    ]);
    expect((await at.import(['shop'])).status).toBe(200);
  });
});

describe('one instance', () => {
  it('takes new fields and keeps the others', async () => {
    const at = await stage();
    const patch = { lockMode: 'ManualLock', databases: [{ name: 'fresh', sizeMB: 7 }] };
    const { json } = await at.control('PATCH', `instances/${TARGET}`, patch);
    expect(json).toMatchObject({
      instanceId: TARGET,
      engine: 'MySQL',
      lockMode: 'ManualLock',
      databases: [{ name: 'fresh', status: 'Running', sizeMB: 7 }],
      diskUsedBytes: (7 + 64) * 1024 * 1024,
    });
    expect((await at.import(['shop'])).json['Code']).toBe('OperationDenied.LockMode');
  });

  it('keeps a status set while an import runs', async () => {
    const at = await stage();
    const { digits } = importIdIn((await at.import(['shop'])).text);
    await at.control('PATCH', `instances/${TARGET}`, { status: 'Rebooting' });
    await at.control('POST', `imports/${digits}/finish`, { verdict: 'Success' });
    const statuses = at.simulator.world.instances().map(({ status }) => status);
    expect(statuses).toEqual(['Running', 'Rebooting']);
  });
});

it.each(['Success', 'Failed', 'Canceled'])(
  'an import can be made to end as %s, once',
  async (verdict) => {
    const at = await stage(SQL_SERVER_WORLD);
    const { digits } = importIdIn((await at.import({ erp: 'erp' })).text);
    const finish = (): Promise<Spoken> =>
      at.control('POST', `imports/${digits}/finish`, { verdict });
    expect((await finish()).json).toMatchObject({
      importId: digits,
      ended: true,
      verdict,
      status: verdict,
    });
    const names = at.simulator.world.instance(TARGET)?.databases.map(({ name }) => name);
    expect(names).toEqual(verdict === 'Success' ? ['erp'] : []);
    const again = await finish();
    expect([again.status, again.json['error']]).toEqual([
      409,
      `import ${digits} ended as ${verdict}`,
    ]);
  },
);

describe('mistakes', () => {
  it.each([
    ['POST', 'faults', { kind: 'flood' }, 400, /^fault\.kind must be one of throttle, /],
    ['POST', 'faults', { kind: 'slow', delay: 3 }, 400, /^fault\.delay is not known$/],
    ['POST', 'faults', { kind: 'slow', times: 0 }, 400, /^fault\.times must be -1/],
    ['POST', 'faults', { kind: 'code' }, 400, /^fault\.code must be given$/],
    ['POST', 'faults', [], 400, /^fault must be an object$/],
    ['POST', 'faults', undefined, 400, /^the body must be JSON$/],
    ['POST', 'clock', { advanceMs: 'soon' }, 400, /^clock\.advanceMs must be a number/],
    ['PATCH', 'instances/rm-nowhere', {}, 404, /^there is no instance rm-nowhere$/],
    ['PATCH', `instances/${TARGET}`, { instanceId: 'x' }, 400, /cannot be changed$/],
    ['PATCH', `instances/${TARGET}`, { colour: 'red' }, 400, /^instance\.colour is not known$/],
    ['PATCH', 'durations', { baseMs: -1 }, 400, /^durations\.baseMs must be a number/],
    ['POST', 'imports/77/finish', { verdict: 'Success' }, 404, /^there is no import 77$/],
    ['GET', 'journal?afterSeq=x', undefined, 400, /^afterSeq must be an integer/],
    ['GET', 'moon', undefined, 404, /^there is no control route GET \/control\/moon$/],
    ['DELETE', 'world', undefined, 404, /^there is no control route DELETE /],
  ])('%s %s %j is %i', async (...[method, path, body, status, error]) => {
    const { control } = await stage();
    const answer = await control(method, path, body);
    expect(answer.status).toBe(status);
    expect(answer.json['error']).toMatch(error);
  });
});
