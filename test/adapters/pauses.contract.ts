// What every UpstreamPauses promises, whatever keeps the records.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { OUTAGE_FAILURES, OUTAGE_SPAN_MS, PROBE_LEASE_MS } from '../../src/domain/policy.js';
import type { UpstreamPauses } from '../../src/use-cases/ports-pauses.js';
import type { Account, UpstreamFault } from '../../src/use-cases/ports-upstream.js';
import type { TestClock } from '../support/memory-ports.js';

export interface PausesUnderTest {
  /** Two processes that share what is kept. */
  readonly pauses: readonly [UpstreamPauses, UpstreamPauses];
  readonly clock: TestClock;
  /** Stores a credential with this AccessKeyId, readable or not. */
  store(tenant: string, id: string, keyId: string, isReadable?: boolean): Promise<void>;
  close(): Promise<void>;
}

const TIMEOUT: UpstreamFault = {
  ...{ class: 'unclear', code: 'timeout', message: 'no answer' },
  ...{ requestId: null, retryAfterMs: null },
};

export function pausesContract(name: string, open: () => Promise<PausesUnderTest>): void {
  describe(`pauses: ${name}`, () => {
    let under: PausesUnderTest;
    let made = 0;
    let who: Account;
    beforeAll(async () => {
      under = await open();
    });
    afterAll(() => under.close());
    beforeEach(async () => {
      made += 1;
      who = { tenant: 'acme', credentialId: `cred_${made}`, regionId: 'cn-hangzhou' };
      await under.store('acme', who.credentialId, `LTAI${String(made).padStart(4, '0')}${made}`);
      // What an earlier test did lies too far back to count.
      under.clock.moveBy(600_000);
    });

    afterEach(async () => {
      under.clock.moveBy(2_000);
      await under.pauses[0].answered(who);
      await under.pauses[0].takeClosed();
    });

    /** Spread over both processes. Answers who said that it opened the pause. */
    async function fail(times: number, spanMs: number): Promise<readonly boolean[]> {
      const opened: boolean[] = [];
      for (let index = 0; index < times; index += 1) {
        if (index > 0) under.clock.moveBy(Math.ceil(spanMs / (times - 1)));
        opened.push((await under.pauses[index % 2]?.failed(who, TIMEOUT)) ?? false);
      }
      return opened;
    }

    const outage = () => fail(OUTAGE_FAILURES, OUTAGE_SPAN_MS);

    test('several failures over a while open it, once, for all processes', async () => {
      expect(await under.pauses[0].openFor(who)).toBeNull();
      const opened = await outage();
      expect(opened).toEqual([...Array<boolean>(OUTAGE_FAILURES - 1).fill(false), true]);
      for (const pauses of under.pauses) {
        expect(await pauses.anyOpen()).toBe(true);
        expect(await pauses.openFor(who)).toMatchObject({
          ...{ regionId: who.regionId, code: 'timeout', openedAt: under.clock.now() },
        });
      }
      expect(await under.pauses[1].failed(who, TIMEOUT)).toBe(false);
      expect(await under.pauses[0].openFor({ ...who, regionId: 'cn-shanghai' })).toBeNull();
    });

    test('neither a burst nor a few over a long time do', async () => {
      expect(await fail(20, 0)).not.toContain(true);
      under.clock.moveBy(600_000);
      expect(await fail(OUTAGE_FAILURES - 1, OUTAGE_SPAN_MS)).not.toContain(true);
      expect(await under.pauses[0].openFor(who)).toBeNull();
    });

    test('an answer to any process makes the failures before it count no more', async () => {
      await fail(OUTAGE_FAILURES - 1, OUTAGE_SPAN_MS);
      expect(await under.pauses[1].answered(who)).toBe(false);
      expect(await fail(OUTAGE_FAILURES - 1, OUTAGE_SPAN_MS)).not.toContain(true);
      expect(await under.pauses[0].openFor(who)).toBeNull();
    });

    test('the first answer closes it, and one process is told to wake what waited', async () => {
      await outage();
      expect(await under.pauses[0].takeClosed()).toBe(false);
      expect(await under.pauses[1].answered(who)).toBe(true);
      expect(await under.pauses[0].openFor(who)).toBeNull();
      expect(await under.pauses[0].takeClosed()).toBe(true);
      expect(await under.pauses[1].takeClosed()).toBe(false);
    });

    test('one process probes at a time, further apart each time', async () => {
      await outage();
      const openedAt = under.clock.now();
      expect(await under.pauses[0].takeProbes()).toEqual([]);
      const distances: number[] = [];
      for (let turn = 0; turn < 7; turn += 1) {
        const probeAt = (await under.pauses[0].openFor(who))?.probeAt ?? 0;
        distances.push(probeAt - under.clock.now());
        under.clock.moveTo(probeAt);
        const taken = await Promise.all(under.pauses.map((pauses) => pauses.takeProbes()));
        const [probe, ...more] = taken.flat();
        expect(more).toEqual([]);
        expect(probe?.account).toEqual(who);
        if (probe !== undefined) await under.pauses[1].postpone(probe);
      }
      expect(distances).toEqual([2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
      expect((await under.pauses[0].openFor(who))?.openedAt).toBe(openedAt);
      await under.pauses[0].answered(who);
    });

    test('a probe whose process died is made by another', async () => {
      await outage();
      under.clock.moveBy(2_000);
      expect(await under.pauses[0].takeProbes()).toHaveLength(1);
      under.clock.moveBy(PROBE_LEASE_MS - 1);
      expect(await under.pauses[1].takeProbes()).toEqual([]);
      under.clock.moveBy(1);
      const [probe] = await under.pauses[1].takeProbes();
      expect(probe?.account).toEqual(who);
      if (probe !== undefined) await under.pauses[1].drop(probe);
      expect(await under.pauses[0].openFor(who)).toBeNull();
      expect(await under.pauses[0].takeClosed()).toBe(true);
    });

    test('who stores the same key has the same pause; what cannot be opened has none', async () => {
      await under.store('other', 'cred_other', `LTAI${String(made).padStart(4, '0')}${made}`);
      await under.store('acme', 'cred_lost', 'LTAIlost', false);
      await outage();
      const other = { ...who, tenant: 'other', credentialId: 'cred_other' };
      expect(await under.pauses[0].openFor(other)).not.toBeNull();
      const lost = { ...who, credentialId: 'cred_lost' };
      expect(await under.pauses[0].openFor(lost)).toBeNull();
      expect(await under.pauses[0].failed(lost, TIMEOUT)).toBe(false);
      expect(await under.pauses[1].answered(other)).toBe(true);
      expect(await under.pauses[0].openFor(who)).toBeNull();
    });
  });
}
