// AssumeRole gives out temporary keys that the RDS side takes until they end, and gives none to whom a role does not trust.
import { expect, it } from 'vitest';
import { KEY, record, stage, TARGET, worldOf, type Spoken, type Stage } from './client.js';

const OTHER_KEY = { id: 'LTAIotherkey', secret: 'other-secret' };
const WORLD = worldOf(
  {},
  {},
  {
    accounts: [
      {
        ...{ accountId: '1001', accessKeys: [KEY] },
        roles: [{ name: 'plain' }, { name: 'named', externalId: 'external' }],
      },
      {
        ...{ accountId: '2002', accessKeys: [OTHER_KEY] },
        roles: [{ name: 'shared', trusts: ['1001', '2002'] }],
      },
    ],
  },
);
const ARN = 'acs:ram::1001:role/plain';

interface Key {
  readonly id: string;
  readonly secret: string;
  readonly token: string;
}

const assume = ({ call }: Stage, params: object = {}, key: object = KEY): Promise<Spoken> =>
  call(
    'AssumeRole',
    { RoleArn: ARN, RoleSessionName: 'test', ...params },
    { version: '2015-04-01', key: key as Key },
  );

function keyIn({ json }: Spoken): Key {
  const given = record(json['Credentials']);
  const text = (name: string): string => String(given[name]);
  return { id: text('AccessKeyId'), secret: text('AccessKeySecret'), token: text('SecurityToken') };
}

const readAs = async ({ call }: Stage, key: Key): Promise<unknown> =>
  (await call('DescribeDBInstanceAttribute', { DBInstanceId: TARGET }, { key })).json['Code'];

it('a session acts for the account of its role, with its token', async () => {
  const at = await stage(WORLD);
  const answer = await assume(at);
  expect(answer.status).toBe(200);
  const end = Date.parse(String(record(answer.json['Credentials'])['Expiration']));
  expect(Math.abs(end - Date.now() - 3_600_000)).toBeLessThan(5_000);
  const key = keyIn(answer);
  expect(await readAs(at, key)).toBeUndefined();
  expect(await readAs(at, { ...key, token: 'other' })).toMatch(/^InvalidSecurityToken/);
  expect(await readAs(at, { ...key, secret: 'other' })).toBe('SignatureDoesNotMatch');
  const shared = keyIn(await assume(at, { RoleArn: 'acs:ram::2002:role/shared' }));
  expect(await readAs(at, shared)).toBe('InvalidDBInstanceId.NotFound');
});

it('ends by the clock of the simulator, or at once when it is told to', async () => {
  const at = await stage(WORLD);
  const key = keyIn(await assume(at, { DurationSeconds: '900' }));
  const later = keyIn(await assume(at));
  const { world } = at.simulator;
  expect(world.keys.get(key.id)?.expiresAt).toBeLessThan(world.keys.get(later.id)?.expiresAt ?? 0);
  expect((await at.control('POST', 'sessions/expire')).json).toEqual({ expired: 2 });
  expect((await at.control('POST', 'sessions/expire')).json).toEqual({ expired: 0 });
  for (const each of [key, later])
    expect(await readAs(at, each)).toBe('InvalidSecurityToken.Expired');
  expect(await readAs(at, keyIn(await assume(at)))).toBeUndefined();
  await at.control('POST', 'reset');
  expect(await readAs(at, key)).toBe('InvalidAccessKeyId.NotFound');
});

it.each([
  ['a role that is not there', { RoleArn: 'acs:ram::1001:role/gone' }, KEY, 'EntityNotExist.Role'],
  ['a key that the role does not trust', {}, OTHER_KEY, 'NoPermission'],
  [
    'another external id',
    { RoleArn: 'acs:ram::1001:role/named', ExternalId: 'x' },
    KEY,
    'NoPermission',
  ],
  ['no external id', { RoleArn: 'acs:ram::1001:role/named' }, KEY, 'NoPermission'],
  ['a session of a second', { DurationSeconds: '1' }, KEY, 'InvalidParameter'],
  ['a name with blanks', { RoleSessionName: 'a b' }, KEY, 'InvalidParameter'],
  ['no name', { RoleSessionName: '' }, KEY, 'MissingParameter'],
  ['another secret', {}, { ...KEY, secret: 'wrong' }, 'SignatureDoesNotMatch'],
])('gives none for %s', async (_what, params, key, code) => {
  const at = await stage(WORLD);
  const answer = await assume(at, params, key);
  expect(answer.json['Code']).toBe(code);
  expect(at.simulator.world.keys.size).toBe(2);
});

it('gives one for the right external id, and a session assumes no further role', async () => {
  const at = await stage(WORLD);
  const named = { RoleArn: 'acs:ram::1001:role/named', ExternalId: 'external' };
  const key = keyIn(await assume(at, named));
  expect((await assume(at, {}, key)).json['Code']).toBe('NoPermission');
});

it('is refused by an ordered fault', async () => {
  const at = await stage(WORLD);
  const fault = { kind: 'code', action: 'AssumeRole', code: 'NoPermission', status: 403 };
  await at.control('POST', 'faults', fault);
  expect(await assume(at)).toMatchObject({ status: 403, json: { Code: 'NoPermission' } });
  expect((await assume(at)).status).toBe(200);
});
