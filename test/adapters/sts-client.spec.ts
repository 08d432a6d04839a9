// The STS client signs as upstream checks it, waits no longer than told, and lets nothing of an answer out but a session.
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { parseEndpoint, stsEndpointOf, type Endpoint } from '../../src/adapters/rds-endpoints.js';
import { scrubber } from '../../src/adapters/rds-text.js';
import { MAX_ANSWER_BYTES } from '../../src/adapters/rds-transport.js';
import { StsClient, type SessionAnswer } from '../../src/adapters/sts-client.js';
import type { Simulator } from '../../src/simulator/server.js';
import { Secret, type RamRole } from '../../src/use-cases/ports-credentials.js';
import { startRawStub, startStub, type Reply, type Stub } from './rds-stub.js';
import { EXTERNAL_ID, OWN_KEY, ROLE_ARN, rolePlan, startRoleCloud } from './role-world.js';

const clock = { now: () => Date.now() };
const KEYS = {
  accessKeyId: new Secret(OWN_KEY.id),
  accessKeySecret: new Secret(OWN_KEY.secret),
  securityToken: null,
};

function ask(
  endpoint: Endpoint,
  role: RamRole = rolePlan(),
  { keys = KEYS, timeoutMs = 5_000 } = {},
): Promise<SessionAnswer> {
  const scrub = scrubber(keys, 'LTAI****ey01');
  const order = { endpoint, keys, role, usualName: 'rds-import-cred_1', scrub };
  return new StsClient(clock, timeoutMs).assumeRole(order);
}

describe('against the simulator, which checks every signature', () => {
  let cloud: Simulator;
  beforeEach(async () => {
    cloud = await startRoleCloud();
  });
  afterEach(() => cloud.close());

  it('gets a session that ends in an hour', async () => {
    const answer = await ask(parseEndpoint(cloud.url));
    if (!answer.ok) throw new Error(answer.fault.code);
    const { secrets, expiresAt } = answer.session;
    expect(secrets.accessKeyId.open()).toMatch(/^STS\./);
    expect(secrets.securityToken?.open()).toMatch(/^CAIS/);
    expect(cloud.world.keys.get(secrets.accessKeyId.open())?.secret).toBe(
      secrets.accessKeySecret.open(),
    );
    expect(Math.abs(expiresAt - Date.now() - 3_600_000)).toBeLessThan(5_000);
    const [entry] = cloud.journal.entries(0, 'AssumeRole');
    expect(entry).toMatchObject({ outcome: 'answered', version: '2015-04-01', scheme: 'V3' });
    expect(entry?.params).toEqual({
      ...{ RoleArn: ROLE_ARN, RoleSessionName: 'rds-import-cred_1' },
      ...{ DurationSeconds: '3600', ExternalId: EXTERNAL_ID },
    });
  });

  it('signs every character of what it sends', async () => {
    const policy = '{"Statement":[{"Action":"rds:*","Resource":"*"}],"Version":"1"} (\'!~+&=%)';
    const answer = await ask(
      parseEndpoint(cloud.url),
      rolePlan({ policy, roleSessionName: 'a@b.c-d_e' }),
    );
    expect(answer.ok).toBe(true);
    const [entry] = cloud.journal.entries(0, 'AssumeRole');
    expect(entry?.params).toMatchObject({ Policy: policy, RoleSessionName: 'a@b.c-d_e' });
  });

  it.each([
    ['another secret', { keys: { ...KEYS, accessKeySecret: new Secret('wrong') } }, {}],
    ['another external id', {}, { externalId: new Secret('other') }],
  ])('is refused for good with %s', async (_what, options, role) => {
    const answer = await ask(parseEndpoint(cloud.url), rolePlan(role), options);
    expect(answer).toMatchObject({ ok: false, fault: { class: 'auth' } });
  });

  it('is refused for good a role that is not there', async () => {
    const roleArn = 'acs:ram::1234567890123456:role/gone';
    expect(await ask(parseEndpoint(cloud.url), rolePlan({ roleArn }))).toMatchObject({
      fault: { class: 'rejected', code: 'EntityNotExist.Role' },
    });
  });
});

describe('against a stub', () => {
  let stub: Stub;
  let reply: Reply;
  beforeEach(async () => {
    stub = await startStub(() => reply);
  });
  afterEach(() => stub.close());

  const given = {
    ...{ AccessKeyId: 'STS.canary', AccessKeySecret: 'canary-temporary' },
    ...{ SecurityToken: 'canary-token', Expiration: '2999-01-01T00:00:00Z' },
  };

  it('puts nothing into the URL', async () => {
    reply = { body: { Credentials: given } };
    await ask(stub.endpoint);
    expect(stub.asked[0]?.url).toBe('/');
    expect(stub.asked[0]?.headers['content-type']).toBe('application/x-www-form-urlencoded');
  });

  it('never believes a session to last longer than it was asked for', async () => {
    reply = { body: { Credentials: given } };
    const answer = await ask(stub.endpoint);
    expect(answer.ok && answer.session.expiresAt).toBeLessThanOrEqual(Date.now() + 3_600_000);
    expect(inspect(answer, { depth: Infinity, showHidden: true })).not.toContain('canary');
  });

  it.each([
    ['no session', {}],
    ['half a session', { Credentials: { ...given, SecurityToken: '' } }],
    ['a session without an end', { Credentials: { ...given, Expiration: 'soon' } }],
  ])('takes %s for an answer that settles nothing', async (_what, body) => {
    reply = { body };
    const answer = await ask(stub.endpoint);
    expect(answer).toMatchObject({ fault: { class: 'unclear', code: 'unexpected_answer' } });
    expect(JSON.stringify(answer)).not.toContain('canary');
  });

  it('follows no redirect', async () => {
    const elsewhere = await startStub(() => ({ body: { Credentials: given } }));
    onTestFinished(() => elsewhere.close());
    reply = { status: 307, headers: { location: elsewhere.address }, body: '' };
    expect(await ask(stub.endpoint)).toMatchObject({ fault: { code: 'redirected' } });
    expect(elsewhere.asked).toEqual([]);
  });

  it.each([
    ['Throttling.User', 400, 'throttled'],
    ['InternalError', 500, 'unclear'],
    ['NoPermission', 403, 'auth'],
    ['InvalidAccessKeyId.Inactive', 400, 'auth'],
    ['InvalidParameter.RoleArn', 400, 'rejected'],
  ])('reads %s as upstream means it', async (Code, status, kind) => {
    const Message = `no: ${OWN_KEY.id} ${OWN_KEY.secret}`;
    reply = { status, body: { Code, Message, RequestId: 'R-1' } };
    const answer = await ask(stub.endpoint);
    expect(answer).toMatchObject({ fault: { class: kind, code: Code, requestId: 'R-1' } });
    expect(JSON.stringify(answer)).not.toContain('canary');
  });

  it('reads no more than a megabyte', async () => {
    reply = { body: 'x'.repeat(MAX_ANSWER_BYTES + 1) };
    expect(await ask(stub.endpoint)).toMatchObject({ fault: { code: 'oversize' } });
  });
});

it('waits no longer than told', async () => {
  const silent = await startRawStub(() => {});
  onTestFinished(() => silent.close());
  const startedAt = performance.now();
  const answer = await ask(silent.endpoint, rolePlan(), { timeoutMs: 200 });
  expect(answer).toMatchObject({ fault: { class: 'unclear', code: 'timeout' } });
  expect(performance.now() - startedAt).toBeLessThan(2_000);
});

it('asks each region at its own host, and no region id names another', () => {
  const host = 'sts.cn-hangzhou.aliyuncs.com';
  expect(stsEndpointOf('cn-hangzhou', null)).toEqual({
    ...{ isTls: true, hostname: host, port: 443, host },
  });
  const override = parseEndpoint('http://127.0.0.1:8080');
  expect(stsEndpointOf('cn-hangzhou', override)).toBe(override);
  expect(stsEndpointOf('cn-x.evil.test/', null)).toBeNull();
});
