// What every Breakers promises, whatever keeps the records.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Breakers } from '../../src/use-cases/ports-breakers.js';
import type { UpstreamFault } from '../../src/use-cases/ports-upstream.js';
import type { TestClock } from '../support/memory-ports.js';

export interface BreakersUnderTest {
  readonly breakers: Breakers;
  readonly clock: TestClock;
  /** Stores a credential with this AccessKeyId, readable or not. */
  store(tenant: string, id: string, keyId: string, isReadable?: boolean): Promise<void>;
  remove(tenant: string, id: string): Promise<void>;
  close(): Promise<void>;
}

const gone = (requestId: string | null): UpstreamFault => ({
  ...{ class: 'gone', code: 'InvalidApi.NotFound', message: 'Specified api is not found "主"' },
  ...{ requestId, retryAfterMs: null },
});

const at = (credentialId: string, regionId = 'cn-hangzhou', tenant = 'acme') => ({
  ...{ tenant, credentialId, regionId },
});

export function breakersContract(name: string, open: () => Promise<BreakersUnderTest>): void {
  describe(`breakers: ${name}`, () => {
    let under: BreakersUnderTest;
    let breakers: Breakers;
    let made = 0;
    beforeAll(async () => {
      under = await open();
      breakers = under.breakers;
    });
    afterAll(() => under.close());

    /** A credential of an account that nothing else knows. */
    async function stored(tenant = 'acme'): Promise<{ id: string; keyId: string }> {
      made += 1;
      const [id, keyId] = [`cred_${made}`, `LTAI${String(made).padStart(4, '0')}${made}`];
      await under.store(tenant, id, keyId);
      return { id, keyId };
    }

    test('none is open until one is tripped, and none after the last is closed', async () => {
      const { id } = await stored();
      expect(await breakers.anyOpen()).toBe(false);
      expect(await breakers.openFor(at(id))).toBeNull();
      expect(await breakers.openOf('acme', id)).toEqual([]);
      expect(await breakers.close('acme', id)).toEqual([]);
      await breakers.trip(at(id), gone('r-1'));
      expect(await breakers.anyOpen()).toBe(true);
      await breakers.close('acme', id);
      expect(await breakers.anyOpen()).toBe(false);
    });

    test('keeps what upstream said first, and when', async () => {
      const { id } = await stored();
      const openedAt = under.clock.now();
      expect(await breakers.trip(at(id), gone('r-1'))).toBe(true);
      under.clock.moveBy(1_000);
      expect(await breakers.trip(at(id), gone('r-2'))).toBe(false);
      const { code, message } = gone(null);
      const first = { regionId: 'cn-hangzhou', code, message, requestId: 'r-1', openedAt };
      expect(await breakers.openFor(at(id))).toEqual(first);
      expect(await breakers.openOf('acme', id)).toEqual([first]);
      expect(await breakers.close('acme', id)).toEqual([first]);
      expect(await breakers.openFor(at(id))).toBeNull();
    });

    test('of many that trip it at once one opens it', async () => {
      const { id } = await stored();
      const trips = Array.from({ length: 20 }, (_, n) => breakers.trip(at(id), gone(`r-${n}`)));
      const opened = (await Promise.all(trips)).map(String);
      expect(opened.filter((one) => one === 'true')).toHaveLength(1);
      const winner = `r-${opened.indexOf('true')}`;
      expect(await breakers.openFor(at(id))).toMatchObject({ requestId: winner });
      await breakers.close('acme', id);
    });

    test('stands between one account and one region, and no other', async () => {
      const [one, other] = [await stored(), await stored()];
      await breakers.trip(at(one.id), gone(null));
      expect(await breakers.openFor(at(one.id, 'cn-beijing'))).toBeNull();
      expect(await breakers.openFor(at(other.id))).toBeNull();
      expect(await breakers.openOf('acme', other.id)).toEqual([]);
      expect(await breakers.close('acme', other.id)).toEqual([]);
      expect(await breakers.openFor(at(one.id))).toMatchObject({ requestId: null });
      await breakers.close('acme', one.id);
    });

    test('is the same for every credential with the key, whoever stored it', async () => {
      const { id, keyId } = await stored();
      await under.store('rival', `${id}_theirs`, keyId);
      await breakers.trip(at(id), gone('r-1'));
      const theirs = at(`${id}_theirs`, 'cn-hangzhou', 'rival');
      expect(await breakers.openFor(theirs)).toMatchObject({ requestId: 'r-1' });
      expect(await breakers.trip(theirs, gone('r-2'))).toBe(false);
      expect(await breakers.close('rival', theirs.credentialId)).toHaveLength(1);
      expect(await breakers.openFor(at(id))).toBeNull();
    });

    test('is closed in all regions of the account at once, in the order of their names', async () => {
      const [one, other] = [await stored(), await stored()];
      const regions = ['cn-shanghai', 'ap-southeast-1', 'cn-beijing'];
      for (const regionId of regions) await breakers.trip(at(one.id, regionId), gone(null));
      await breakers.trip(at(other.id, 'cn-beijing'), gone(null));
      const openOf = await breakers.openOf('acme', one.id);
      expect(openOf.map(({ regionId }) => regionId)).toEqual(regions.toSorted());
      expect(await breakers.close('acme', one.id)).toEqual(openOf);
      expect(await breakers.openOf('acme', one.id)).toEqual([]);
      expect(await breakers.openOf('acme', other.id)).toHaveLength(1);
      await breakers.close('acme', other.id);
    });

    test('can be tripped again once it was closed', async () => {
      const { id } = await stored();
      await breakers.trip(at(id), gone('r-1'));
      await breakers.close('acme', id);
      expect(await breakers.trip(at(id), gone('r-2'))).toBe(true);
      expect(await breakers.openFor(at(id))).toMatchObject({ requestId: 'r-2' });
      await breakers.close('acme', id);
    });

    test('has nothing for a credential that is gone, of another tenant, or cannot be opened', async () => {
      const { id, keyId } = await stored();
      await under.store('acme', `${id}_gone`, keyId);
      await under.store('acme', `${id}_lost`, keyId, false);
      await breakers.trip(at(id), gone('r-1'));
      await under.remove('acme', `${id}_gone`);
      const wrong = [at(`${id}_gone`), at(`${id}_lost`), at(id, 'cn-hangzhou', 'rival')];
      for (const who of wrong) {
        expect(await breakers.openFor(who)).toBeNull();
        expect(await breakers.openOf(who.tenant, who.credentialId)).toEqual([]);
        expect(await breakers.trip({ ...who, regionId: 'cn-beijing' }, gone(null))).toBe(false);
        expect(await breakers.close(who.tenant, who.credentialId)).toEqual([]);
      }
      expect((await breakers.close('acme', id)).map((one) => one.regionId)).toEqual([
        'cn-hangzhou',
      ]);
    });
  });
}
