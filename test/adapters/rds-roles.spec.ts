// Credentials with a role: their sessions sign every call, in the account of the role.
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RdsUpstream } from '../../src/adapters/rds-gateway.js';
import type { Simulator } from '../../src/simulator/server.js';
import { Secret } from '../../src/use-cases/ports-credentials.js';
import type { SubmissionCommand, UpstreamSession } from '../../src/use-cases/ports-upstream.js';
import { gatewayWorld, WHO, type GatewayWorld } from './rds-world.js';
import { OWN_KEY, ROLE_ARN, roleSecrets, SOURCE, startRoleCloud, TARGET } from './role-world.js';

let world: GatewayWorld;
let cloud: Simulator;
let upstream: RdsUpstream;
const worlds: GatewayWorld[] = [];
const ROLE = { ...WHO, credentialId: 'cred_role' };
beforeEach(async () => {
  world = await gatewayWorld();
  worlds.push(world);
  cloud = await startRoleCloud();
  upstream = world.upstream(cloud.url, { stsAddress: cloud.url });
  await world.put({ id: ROLE.credentialId, roleArn: ROLE_ARN }, roleSecrets());
});
afterEach(() => cloud.close());
afterAll(() => Promise.all(worlds.map((each) => each.close())));

async function session(who = ROLE): Promise<UpstreamSession> {
  const opened = await upstream.open(who, 1, 'submission');
  if (opened.kind === 'open') return opened.session;
  throw new Error(JSON.stringify(opened));
}
const command = (attempt = 1): SubmissionCommand => ({
  ...{ migrationId: 'mig_1', attempt, sourceInstanceId: SOURCE, targetInstanceId: TARGET },
  ...{ engine: 'MySQL', databases: [{ source: 'orders', target: 'orders' }], atMs: Date.now() },
});
const signers = (): (string | null)[] => {
  const rds = cloud.journal.entries(0, null).filter(({ action }) => action !== 'AssumeRole');
  return rds.map(({ accessKeyId }) => accessKeyId);
};
const assumed = (): number => cloud.journal.entries(0, 'AssumeRole').length;
const health = async (credentialId = ROLE.credentialId) =>
  (await world.credentials.find(WHO.tenant, credentialId))?.unhealthy;

describe('a migration with ram_role_arn', () => {
  it('goes its whole way with one session, and its own key signs nothing but AssumeRole', async () => {
    const opened = await session();
    for (const id of [SOURCE, TARGET]) {
      expect(await opened.instance(id)).toMatchObject({ ok: true, value: { status: 'Running' } });
    }
    expect(await opened.databases(SOURCE)).toMatchObject({ ok: true });
    const outcome = await opened.send(opened.sign(command()));
    if (outcome.kind !== 'accepted') throw new Error(JSON.stringify(outcome));
    const now = Date.now();
    const window = { fromMs: now - 60_000, toMs: now + 60_000 };
    const later = await session();
    expect(await later.imports('MySQL', TARGET, window, outcome.importId)).toMatchObject({
      value: [{ importId: outcome.importId }],
    });
    expect(assumed()).toBe(1);
    expect(new Set(signers()).size).toBe(1);
    expect(signers()[0]).toMatch(/^STS\./);
    const [order] = cloud.journal.entries(0, 'AssumeRole');
    expect(order?.accessKeyId).toBe(OWN_KEY.id);
    expect(order?.params).toMatchObject({ RoleSessionName: 'rds-import-cred_role' });
    expect(await health()).toBeNull();
  });

  it('is not started with an ended session, and starts once with the next one', async () => {
    const first = await session();
    cloud.world.expireSessions();
    const refused = await first.send(first.sign(command()));
    // As a throttled one it comes again: nothing was started, and nothing need be mended.
    expect(refused).toMatchObject({
      kind: 'refused',
      fault: { class: 'throttled', code: 'InvalidSecurityToken.Expired' },
    });
    const second = await session();
    expect(await second.send(second.sign(command(2)))).toMatchObject({ kind: 'accepted' });
    expect(cloud.world.runsInto(TARGET)).toHaveLength(1);
    expect(assumed()).toBe(2);
    expect(await health()).toBeNull();
  });

  it('is sent with the session that signed it, also when that was given up meanwhile', async () => {
    const [first, other] = [await session(), await session()];
    const signed = first.sign(command());
    cloud.faults.set({
      ...{ kind: 'code', action: 'DescribeResourceUsage' },
      ...{ code: 'InvalidSecurityToken.Expired', times: 1 },
    });
    expect(await other.usage(SOURCE)).toMatchObject({ fault: { class: 'throttled' } });
    await (await session()).usage(SOURCE);
    expect(await first.send(signed)).toMatchObject({ kind: 'accepted' });
    const [importer] = cloud.journal.entries(0, 'ImportDatabaseBetweenInstances');
    const [usageBefore, usageAfter] = cloud.journal.entries(0, 'DescribeResourceUsage');
    expect(importer?.accessKeyId).toBe(usageBefore?.accessKeyId);
    expect(usageAfter?.accessKeyId).not.toBe(usageBefore?.accessKeyId);
  });
});

describe('where STS gives no session', () => {
  it('what lasts is no credential, with its code; the credential is unhealthy, told once', async () => {
    cloud.faults.set({ kind: 'code', action: 'AssumeRole', code: 'NoPermission', times: -1 });
    for (let times = 0; times < 3; times += 1) {
      expect(await upstream.open(ROLE, 1, 'submission')).toMatchObject({
        kind: 'no_credential',
        message: expect.stringContaining('NoPermission') as string,
        fault: { class: 'auth', code: 'NoPermission' },
      });
    }
    expect(await health()).toMatchObject({ code: 'NoPermission' });
    expect(world.credentials.refusals).toHaveLength(1);
    expect(world.credentials.refusals[0]).toMatchObject({ code: 'NoPermission' });
    expect(world.journal.warnings).toEqual(['upstream refuses a credential']);
    expect(signers()).toEqual([]);
  });

  it('what passes is a wait that says why, and nobody is to blame', async () => {
    cloud.faults.set({ kind: 'throttle', action: 'AssumeRole', times: 1 });
    const before = Date.now();
    const opened = await upstream.open(ROLE, 1, 'submission');
    expect(opened).toMatchObject({
      kind: 'wait',
      why: expect.stringMatching(/Throttling/) as string,
    });
    const waitMs = opened.kind === 'wait' ? opened.untilMs - before : 0;
    expect(waitMs).toBeGreaterThanOrEqual(1_000);
    expect(waitMs).toBeLessThan(65_000);
    expect(await health()).toBeNull();
  });
});

describe('an auth fault of upstream', () => {
  it.each(['DescribeResourceUsage', 'ImportDatabaseBetweenInstances'])(
    'in answer to %s makes the credential unhealthy, of whatever type',
    async (action) => {
      const key = { accessKeyId: new Secret(OWN_KEY.id), securityToken: null };
      await world.put({ id: 'cred_key' }, { ...key, accessKeySecret: new Secret(OWN_KEY.secret) });
      const code = 'Forbidden.RAM';
      cloud.faults.set({ kind: 'code', action, code, status: 403, times: -1 });
      for (const who of [ROLE, { ...WHO, credentialId: 'cred_key' }]) {
        const opened = await session(who);
        const isRead = action === 'DescribeResourceUsage';
        const ask = () => (isRead ? opened.usage(SOURCE) : opened.send(opened.sign(command())));
        expect(await ask()).toMatchObject({ fault: { class: 'auth', code } });
        expect(await health(who.credentialId)).toMatchObject({ code });
      }
      expect(world.credentials.refusals).toHaveLength(2);
      expect(world.journal.warnings).toHaveLength(2);
    },
  );

  it('that does not know the session gives it up as well', async () => {
    const code = 'InvalidAccessKeyId.NotFound';
    cloud.faults.set({ kind: 'code', action: 'DescribeResourceUsage', code, times: 1 });
    expect(await (await session()).usage(SOURCE)).toMatchObject({ fault: { class: 'auth', code } });
    expect(await (await session()).usage(SOURCE)).toMatchObject({ ok: true });
    expect(assumed()).toBe(2);
  });

  it('other faults blame nobody', async () => {
    const opened = await session();
    cloud.faults.set({ kind: 'gone', action: 'DescribeResourceUsage' });
    cloud.faults.set({ kind: 'throttle', action: 'DescribeResourceUsage' });
    for (let times = 0; times < 2; times += 1) await opened.usage(SOURCE);
    expect(await opened.instance('rm-missing')).toEqual({ ok: true, value: null });
    expect(await health()).toBeNull();
  });
});

describe('the pace', () => {
  const isHeld = async (credentialId: string, slow: RdsUpstream): Promise<boolean> =>
    (await slow.open({ ...WHO, credentialId }, 1, 'submission')).kind === 'wait';

  it('is of the account of the role, whichever key assumes it and whatever its sessions are', async () => {
    const other = { ...roleSecrets(), accessKeyId: new Secret('LTAIanotherKey001') };
    const elsewhere = roleSecrets({ roleArn: 'acs:ram::9:role/rds-import' });
    await world.put({ id: 'cred_same' }, other);
    await world.put({ id: 'cred_elsewhere' }, elsewhere);
    cloud.world.admit({
      ...{ id: 'LTAIanotherKey001', secret: OWN_KEY.secret, securityToken: null },
      ...{ accountId: '1234567890123456', expiresAt: null },
    });
    cloud.world.roles = new Map([
      ...cloud.world.roles,
      [
        'acs:ram::9:role/rds-import',
        {
          ...{ arn: 'acs:ram::9:role/rds-import', accountId: '9', externalId: null },
          trusts: ['1234567890123456'],
        },
      ],
    ]);
    const slow = world.upstream(cloud.url, { stsAddress: cloud.url, qps: 2 });
    await slow.open(ROLE, 4, 'submission');
    expect(await isHeld('cred_same', slow)).toBe(true);
    expect(await isHeld('cred_elsewhere', slow)).toBe(false);
  });
});
