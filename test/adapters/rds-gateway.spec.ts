// A session is opened only with a credential that can be, at the pace that all processes share.
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startStub, type Stub } from './rds-stub.js';
import { gatewayWorld, KEY_ID, WHO, type GatewayWorld } from './rds-world.js';

let world: GatewayWorld;
let stub: Stub;
const worlds: GatewayWorld[] = [];
beforeEach(async () => {
  world = await gatewayWorld();
  worlds.push(world);
  stub = await startStub(() => ({ body: { DiskUsed: 1, DataSize: 1 } }));
});
afterEach(() => stub.close());
afterAll(() => Promise.all(worlds.map((each) => each.close())));

describe('there is no session', () => {
  it('for a credential that is gone, or of another tenant', async () => {
    const upstream = world.upstream(stub.address);
    for (const who of [
      { ...WHO, credentialId: 'cred_9' },
      { ...WHO, tenant: 'other' },
    ]) {
      expect((await upstream.open(who, 1, 'submission')).kind).toBe('no_credential');
    }
  });

  it('for one that was changed, moved, or sealed with a master key that is no longer there', async () => {
    const present = await world.credentials.find(WHO.tenant, WHO.credentialId);
    if (present === null) throw new Error('the credential of the world is gone');
    await world.credentials.create({ ...present, id: 'cred_moved' }, null);
    await world.credentials.create({ ...present, id: 'cred_old', keyVersion: 'k0' }, null);
    for (const credentialId of ['cred_moved', 'cred_old']) {
      const outcome = await world
        .upstream(stub.address)
        .open({ ...WHO, credentialId }, 1, 'submission');
      expect(outcome).toMatchObject({ kind: 'no_credential' });
      expect(JSON.stringify(outcome)).not.toContain(present.sealed);
    }
  });

  it('for one without a secret: upstream is never asked with half a key', async () => {
    await world.store({ id: 'cred_half' }, '');
    const outcome = await world
      .upstream(stub.address)
      .open({ ...WHO, credentialId: 'cred_half' }, 1, 'submission');
    expect(outcome.kind).toBe('no_credential');
  });

  it('for a region id that could name another host', async () => {
    const who = { ...WHO, regionId: 'cn-x.evil.test' };
    expect((await world.upstream(null).open(who, 1, 'submission')).kind).toBe('no_credential');
  });
});

describe('the pace', () => {
  it('is shared by all sessions of one key and region, however often the key is stored', async () => {
    await world.store({ id: 'cred_2', tenant: 'other' });
    const before = Date.now();
    const first = await world.upstream(stub.address, { qps: 2 }).open(WHO, 3, 'submission');
    expect(first.kind).toBe('open');
    const same = { ...WHO, tenant: 'other', credentialId: 'cred_2' };
    const second = await world.upstream(stub.address, { qps: 2 }).open(same, 1, 'submission');
    expect(second).toMatchObject({ kind: 'wait' });
    expect(second.kind === 'wait' && second.untilMs).toBeGreaterThanOrEqual(before + 1_500);
    const elsewhere = await world
      .upstream(stub.address)
      .open({ ...WHO, regionId: 'cn-beijing' }, 1, 'submission');
    expect(elsewhere.kind).toBe('open');
  });

  it('holds for every call, beyond those reserved too', async () => {
    const opened = await world.upstream(stub.address, { qps: 20 }).open(WHO, 2, 'submission');
    if (opened.kind !== 'open') throw new Error(opened.kind);
    await Promise.all([1, 2, 3, 4, 5, 6].map(() => opened.session.usage('rm-one')));
    expect(stub.asked).toHaveLength(6);
    const [first = 0, last = 0] = [stub.asked[0]?.atMs, stub.asked.at(-1)?.atMs];
    // Five spacings of 55 ms; the first call may have left up to 50 ms late.
    expect(last - first).toBeGreaterThanOrEqual(5 * 55 - 50);
  });

  it('slows down for all when upstream throttles', async () => {
    const throttling = await startStub(() => ({ status: 400, body: { Code: 'Throttling.User' } }));
    const opened = await world.upstream(throttling.address).open(WHO, 1, 'submission');
    if (opened.kind !== 'open') throw new Error(opened.kind);
    expect(await opened.session.usage('rm-one')).toMatchObject({ fault: { class: 'throttled' } });
    await throttling.close();
    const before = Date.now();
    await world.upstream(stub.address).open(WHO, 200, 'submission');
    const next = await world.upstream(stub.address).open(WHO, 1, 'submission');
    // 200 calls at 1,000 a second take 220 ms at the full rate, twice that at half of it; 50 ms of leeway.
    expect(next.kind === 'wait' && next.untilMs - before).toBeGreaterThan(350);
  });

  it('keeps the place of a record that must wait, and gives the next one a later time', async () => {
    const upstream = world.upstream(stub.address, { qps: 2 });
    const untilOf = async (id: string): Promise<number> => {
      const outcome = await upstream.open({ ...WHO, id }, 2, 'submission');
      return outcome.kind === 'wait' ? outcome.untilMs : 0;
    };
    await untilOf('mig_1');
    const [second, third] = [await untilOf('mig_2'), await untilOf('mig_3')];
    expect(third - second).toBeGreaterThan(1_000);
    expect(Math.abs((await untilOf('mig_2')) - second)).toBeLessThan(20);
  });
});

it('notes the use of a credential, at most once a minute', async () => {
  const upstream = world.upstream(stub.address);
  const usedAt = async (): Promise<number | null | undefined> =>
    (await world.credentials.find(WHO.tenant, WHO.credentialId))?.lastUsedAt;
  await upstream.open(WHO, 0, 'submission');
  const first = await usedAt();
  expect(first).toBeGreaterThan(Date.now() - 5_000);
  await upstream.open(WHO, 0, 'submission');
  expect(await usedAt()).toBe(first);
  await world.store({ id: 'cred_old', lastUsedAt: Date.now() - 60_001 });
  await upstream.open({ ...WHO, credentialId: 'cred_old' }, 0, 'submission');
  const renewed = await world.credentials.find(WHO.tenant, 'cred_old');
  expect(renewed?.lastUsedAt).toBeGreaterThanOrEqual(first ?? Infinity);
});

it('sends the token of a temporary credential, and the key never in the URL', async () => {
  await world.store({ id: 'cred_sts' }, 'secret', 'temporary-token');
  const opened = await world
    .upstream(stub.address)
    .open({ ...WHO, credentialId: 'cred_sts' }, 1, 'submission');
  if (opened.kind !== 'open') throw new Error(opened.kind);
  await opened.session.usage('rm-one');
  expect(stub.asked[0]?.headers['x-acs-security-token']).toBe('temporary-token');
  expect(stub.asked[0]?.url).not.toContain(KEY_ID);
});
