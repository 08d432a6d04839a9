// Only a known key, the right signature, a fresh time and a new nonce come in; everybody else learns why not.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { callV1, callV3, KEY, stage, stamp, worldOf } from './client.js';

const MINUTE_MS = 60_000;
const READ = ['DescribeResourceUsage', { DBInstanceId: 'rm-target' }] as const;

it('refuses an unknown access key with 404', async () => {
  const { call } = await stage();
  const answer = await call(...READ, { key: { id: 'LTAInobody', secret: KEY.secret } });
  expect([answer.status, answer.json['Code']]).toEqual([404, 'InvalidAccessKeyId.NotFound']);
});

it('refuses a wrong secret, in both signature versions', async () => {
  const { call, simulator } = await stage();
  const answer = await call(...READ, { key: { id: KEY.id, secret: 'wrong' } });
  expect([answer.status, answer.json['Code']]).toEqual([400, 'SignatureDoesNotMatch']);
  await simulator.close();
  const other = await stage(
    worldOf(
      {},
      {},
      {
        accounts: [{ accountId: '1001', accessKeys: [{ id: KEY.id, secret: 'another' }] }],
      },
    ),
  );
  const inV1 = await callV1(other.simulator.url, ...READ);
  expect([inV1.status, inV1.json['Code']]).toEqual([400, 'SignatureDoesNotMatch']);
});

it('answers an error with RequestId, HostId, Code, Message and Recommend', async () => {
  const { call, simulator } = await stage();
  const { json } = await call(...READ, { key: { id: 'LTAInobody', secret: 'x' } });
  expect(Object.keys(json)).toEqual(['RequestId', 'HostId', 'Code', 'Message', 'Recommend']);
  expect(json['RequestId']).toMatch(/^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/);
  expect(json['HostId']).toBe(new URL(simulator.url).host);
});

it.each([-16, 16])('refuses a timestamp %i minutes away', async (minutes) => {
  const { call } = await stage();
  const answer = await call(...READ, { date: stamp(Date.now() + minutes * MINUTE_MS) });
  expect([answer.status, answer.json['Code']]).toEqual([400, 'InvalidTimeStamp.Expired']);
});

it('admits a timestamp 14 minutes away, and refuses one that is no timestamp', async () => {
  const { call } = await stage();
  expect((await call(...READ, { date: stamp(Date.now() - 14 * MINUTE_MS) })).status).toBe(200);
  const answer = await call(...READ, { date: new Date().toISOString() });
  expect([answer.status, answer.json['Code']]).toEqual([400, 'InvalidTimeStamp.Format']);
});

it('refuses a nonce it has seen from the same key, for as long as its timestamp may live', async () => {
  const { call, control } = await stage();
  const nonce = 'seen-once';
  const date = stamp(Date.now() + 14 * MINUTE_MS);
  expect((await call(...READ, { nonce, date })).status).toBe(200);
  await control('POST', 'clock', { advanceMs: 28 * MINUTE_MS });
  const again = await call(...READ, { nonce, date });
  expect([again.status, again.json['Code']]).toEqual([400, 'SignatureNonceUsed']);
});

it('does not use up the nonce of a request whose signature was wrong', async () => {
  const { call } = await stage();
  const nonce = 'tried-twice';
  await call(...READ, { nonce, key: { id: KEY.id, secret: 'wrong' } });
  expect((await call(...READ, { nonce })).status).toBe(200);
});

it('lets two keys use the same nonce', async () => {
  const second = { id: 'LTAIsecond', secret: 'second-secret' };
  const { call } = await stage(
    worldOf({}, {}, { accounts: [{ accountId: '1001', accessKeys: [KEY, second] }] }),
  );
  for (const key of [KEY, second]) {
    expect((await call(...READ, { nonce: 'shared', key })).status).toBe(200);
  }
});

it('admits every text a parameter can hold, in the query, in a form and under V1', async () => {
  const { simulator } = await stage();
  const read = { version: '2015-04-01', key: KEY };
  const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(text, fc.boolean(), async (Value, asForm) => {
      const inV3 = await callV3(simulator.url, 'GetCallerIdentity', { Value }, { ...read, asForm });
      const inV1 = await callV1(simulator.url, 'GetCallerIdentity', {
        Value,
        Version: '2015-04-01',
      });
      expect([inV3.status, inV1.status]).toEqual([200, 200]);
      expect(simulator.journal.entries().at(-1)?.params).toEqual({ Value });
    }),
  );
});

it('wants the security token of a temporary key, and no other', async () => {
  const accounts = [{ accountId: '1001', accessKeys: [{ ...KEY, securityToken: 'token-1' }] }];
  const { call } = await stage(worldOf({}, {}, { accounts }));
  const codeWith = async (key: { id: string; secret: string; token?: string }): Promise<unknown> =>
    (await call(...READ, { key })).json['Code'];
  expect(await codeWith(KEY)).toBe('MissingSecurityToken');
  expect(await codeWith({ ...KEY, token: 'token-2' })).toBe(
    'InvalidSecurityToken.MismatchWithAccessKey',
  );
  expect(await codeWith({ ...KEY, token: 'token-1' })).toBeUndefined();
});

it('refuses a header of the protocol that was not signed', async () => {
  const { call } = await stage();
  const answer = await call(...READ, { headers: { 'x-acs-security-token': 'smuggled' } });
  expect(answer.status).toBe(400);
  const other = await call(...READ, { headers: { 'x-acs-extra': 'smuggled' } });
  expect(other.json['Code']).toBe('IncompleteSignature');
});

it('refuses a body that is not the one that was signed', async () => {
  const { simulator } = await stage();
  const answer = await callV3(simulator.url, ...READ, {
    asForm: true,
    headers: {
      'x-acs-content-sha256': 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    },
  });
  expect(answer.json['Code']).toBe('SignatureDoesNotMatch');
});

it.each(['AccessKeyId', 'SignatureNonce', 'Timestamp', 'SignatureMethod'])(
  'names the missing parameter %s',
  async (name) => {
    const { simulator } = await stage();
    const answer = await callV1(simulator.url, 'DescribeDatabases', { [name]: '' });
    expect([answer.status, answer.json['Code']]).toEqual([400, 'MissingParameter']);
    expect(answer.json['Message']).toContain(`"${name}"`);
  },
);

it('does not know other actions and versions', async () => {
  const { call } = await stage();
  const action = await call('DescribeMoon', {});
  expect([action.status, action.json['Code']]).toEqual([404, 'InvalidAction.NotFound']);
  const version = await call(...READ, { version: '1999-01-01' });
  expect([version.status, version.json['Code']]).toEqual([400, 'NoSuchVersion']);
});

it('tells who a key belongs to', async () => {
  const { call } = await stage();
  const { json } = await call('GetCallerIdentity', {}, { version: '2015-04-01' });
  expect(json).toMatchObject({
    AccountId: '1001',
    Arn: 'acs:ram::1001:root',
    IdentityType: 'Account',
  });
});
