// A session is asked for once, kept while it serves, renewed before its end, and given up when it is refused.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseEndpoint } from '../../src/adapters/rds-endpoints.js';
import { SessionSecrets, type SigningSecrets } from '../../src/adapters/session-secrets.js';
import { StsClient } from '../../src/adapters/sts-client.js';
import type { Simulator } from '../../src/simulator/server.js';
import type { CredentialSecrets } from '../../src/use-cases/ports-credentials.js';
import { TestClock } from '../support/memory-ports.js';
import { roleSecrets, startRoleCloud } from './role-world.js';

const MINUTE = 60_000;
const OWNER = {
  ...{ id: 'cred_1', regionId: 'cn-hangzhou', sealed: 'v1.a', maskedKeyId: 'LTAI****ey01' },
};

let clock: TestClock;
let cloud: Simulator;
let sessions: SessionSecrets;
beforeEach(async () => {
  clock = new TestClock();
  cloud = await startRoleCloud(() => clock.now());
  sessions = new SessionSecrets({
    ...{ clock, timeoutMs: 5_000, sts: new StsClient(clock, 5_000) },
    override: parseEndpoint(cloud.url),
    identify: async () => {
      throw new Error('no machine is asked');
    },
  });
});
afterEach(() => cloud.close());

const asked = (): number => cloud.journal.entries(0, 'AssumeRole').length;
const signing = (sealed = OWNER.sealed): Promise<SigningSecrets> =>
  sessions.of({ ...OWNER, sealed }, roleSecrets());
async function ready(sealed?: string): Promise<CredentialSecrets> {
  const outcome = await signing(sealed);
  if (outcome.kind === 'ready') return outcome.secrets;
  throw new Error(`${outcome.kind}: ${outcome.fault.code}`);
}
const refuse = (code: string, times = 1): void => {
  cloud.faults.set({ kind: 'code', action: 'AssumeRole', code, status: 403, times });
};

it('keys without a role sign themselves, and nobody is asked', async () => {
  const { role: _, ...keys } = roleSecrets();
  expect(await sessions.of(OWNER, keys)).toEqual({ kind: 'ready', secrets: keys });
  expect(asked()).toBe(0);
});

it('50 at once ask once, and all sign with the same', async () => {
  const all = await Promise.all(Array.from({ length: 50 }, () => ready()));
  expect(asked()).toBe(1);
  expect(new Set(all).size).toBe(1);
});

it('is renewed five minutes before its end, not earlier', async () => {
  const first = await ready();
  clock.moveBy(54 * MINUTE);
  expect(await ready()).toBe(first);
  expect(asked()).toBe(1);
  clock.moveBy(MINUTE);
  const all = await Promise.all([ready(), ready()]);
  expect(asked()).toBe(2);
  expect(all[0]).not.toBe(first);
  expect(all[1]).toBe(all[0]);
});

it('each credential, and each of its secrets, has a session of its own', async () => {
  const one = await ready();
  const other = await sessions.of({ ...OWNER, id: 'cred_2' }, roleSecrets());
  expect(other.kind === 'ready' && other.secrets).not.toBe(one);
  expect(await ready('v1.b')).not.toBe(one);
  expect(asked()).toBe(3);
});

it('one that upstream does not take is given up once, and another asked for', async () => {
  const first = await ready();
  sessions.drop(OWNER.id, first);
  const second = await ready();
  expect(second).not.toBe(first);
  // Others who still had the first one in their hands learn of its end later.
  sessions.drop(OWNER.id, first);
  expect(await ready()).toBe(second);
  expect(asked()).toBe(2);
});

describe('while none can be had', () => {
  it('what passes is waited for, longer each time, and nobody asks meanwhile', async () => {
    refuse('Throttling.User', -1);
    const waits: number[] = [];
    for (let turn = 0; turn < 8; turn += 1) {
      const all = await Promise.all([signing(), signing(), signing()]);
      const [outcome] = all;
      if (outcome?.kind !== 'wait') throw new Error('it does not wait');
      expect(all).toEqual([outcome, outcome, outcome]);
      expect(asked()).toBe(turn + 1);
      waits.push(outcome.untilMs - clock.now());
      clock.moveTo(outcome.untilMs);
    }
    const seconds = waits.map((ms) => ms / 1_000);
    expect(seconds).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
    cloud.faults.clear();
    await ready();
  });

  it('an STS that is away for long is waited for, and never taken for a refusal', async () => {
    cloud.faults.set({ kind: 'error500', action: 'AssumeRole', times: -1 });
    const startedAt = clock.now();
    let outcome = await signing();
    while (outcome.kind === 'wait' && clock.now() - startedAt < 35 * MINUTE) {
      clock.moveTo(outcome.untilMs);
      outcome = await signing();
    }
    expect(outcome).toMatchObject({ kind: 'wait', fault: { code: 'InternalError' } });
    cloud.faults.clear();
    clock.moveBy(MINUTE);
    await ready();
  });

  it('what lasts is refused, at once and for all who ask then', async () => {
    refuse('NoPermission', -1);
    const all = await Promise.all([signing(), signing()]);
    const refused = { kind: 'refused', fault: { class: 'auth', code: 'NoPermission' } };
    expect(all).toMatchObject([refused, refused]);
    await signing();
    expect(asked()).toBe(1);
    cloud.faults.clear();
    clock.moveBy(5_000);
    await ready();
    expect(asked()).toBe(2);
  });

  it('the old session serves until a minute before its end', async () => {
    const first = await ready();
    cloud.faults.set({ kind: 'error500', action: 'AssumeRole', times: -1 });
    clock.moveBy(56 * MINUTE);
    expect(await ready()).toBe(first);
    clock.moveBy(2 * MINUTE);
    expect(await ready()).toBe(first);
    clock.moveBy(1.1 * MINUTE);
    expect(await signing()).toMatchObject({ kind: 'wait' });
  });

  it('a role that was taken away ends the session, too', async () => {
    await ready();
    clock.moveBy(56 * MINUTE);
    refuse('NoPermission', -1);
    expect(await signing()).toMatchObject({ kind: 'refused' });
  });
});

it('another secret is tried at once, whatever became of the old one', async () => {
  refuse('NoPermission');
  expect(await signing()).toMatchObject({ kind: 'refused' });
  await ready('v1.mended');
});
