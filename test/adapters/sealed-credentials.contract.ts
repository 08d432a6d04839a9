// What every SealedCredentials promises, whatever keeps the records.
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import type { SealedCredential, SealedCredentials } from '../../src/use-cases/ports-master-keys.js';

export interface SealedCredentialsUnderTest {
  readonly sealed: SealedCredentials;
  create(record: SealedCredential): Promise<void>;
  /** As a patch of the tenant does: `version` is the new one. */
  replace(record: SealedCredential): Promise<void>;
  remove(record: SealedCredential): Promise<void>;
  find(record: SealedCredential): Promise<SealedCredential | null>;
}

let made = 0;

export function aSealed(fields: Partial<SealedCredential> = {}): SealedCredential {
  made += 1;
  const id = `cred_${String(made).padStart(26, '0')}`;
  return { id, tenant: 'acme', version: 1, sealed: `v1.of ${id}`, keyVersion: 'k1', ...fields };
}

const idsOf = (items: readonly SealedCredential[]): readonly string[] => items.map(({ id }) => id);

export function sealedCredentialsContract(
  name: string,
  open: () => Promise<SealedCredentialsUnderTest>,
  close: () => Promise<void> = async () => {},
): void {
  describe(`sealed credentials: ${name}`, () => {
    let under: SealedCredentialsUnderTest;
    beforeEach(async () => {
      under = await open();
    });
    afterAll(() => close());

    async function stored(fields: Partial<SealedCredential> = {}): Promise<SealedCredential> {
      const record = aSealed(fields);
      await under.create(record);
      return record;
    }
    const page = (keyVersion: string, limit = 100, afterId: string | null = null) =>
      under.sealed.page(keyVersion, { limit, afterId });

    test('knows every key in use, also where one name begins as another does', async () => {
      expect(await under.sealed.keyVersions()).toEqual([]);
      for (const keyVersion of ['k1', 'k1-old', 'k10', 'K', 'k1', 'k1.b', 'k']) {
        await stored({ keyVersion, tenant: `of ${keyVersion}` });
      }
      const versions = await under.sealed.keyVersions();
      expect(versions.toSorted()).toEqual(['k1', 'k1-old', 'k10', 'K', 'k1.b', 'k'].toSorted());
      expect(await under.sealed.count('k1')).toBe(2);
      expect((await page('k1')).items).toHaveLength(2);
      expect(await under.sealed.count('k2')).toBe(0);
    });

    test('shows those of all tenants under a key, in pages that miss none while others are resealed', async () => {
      const all = [];
      for (let n = 0; n < 5; n += 1) all.push(await stored({ tenant: `tenant ${n % 2}` }));
      const first = await page('k1', 2);
      expect(first).toEqual({ items: all.slice(0, 2), nextAfterId: all[1]?.id });
      for (const one of first.items) {
        await under.sealed.reseal(one, { sealed: 'v1.new', keyVersion: 'k2' });
      }
      const second = await page('k1', 3, first.nextAfterId);
      expect(second).toEqual({ items: all.slice(2), nextAfterId: null });
      expect(await under.sealed.count('k2')).toBe(2);
    });

    test('a resealed credential is the same under another key, and only once', async () => {
      const record = await stored();
      const fresh = { sealed: 'v1.new', keyVersion: 'k2' };
      expect(await under.sealed.reseal(record, fresh)).toBe('resealed');
      expect(await under.find(record)).toEqual({ ...record, ...fresh, version: 2 });
      expect(await under.sealed.keyVersions()).toEqual(['k2']);
      expect(idsOf((await page('k2')).items)).toEqual([record.id]);
      expect(await under.sealed.reseal(record, fresh)).toBe('changed');
    });

    test('whoever wrote meanwhile wins, and its key is the one that counts', async () => {
      const record = await stored();
      const patched = { ...record, version: 2, sealed: 'v1.patched', keyVersion: 'k3' };
      await under.replace(patched);
      const outcome = await under.sealed.reseal(record, { sealed: 'v1.late', keyVersion: 'k2' });
      expect(outcome).toBe('changed');
      expect(await under.find(record)).toEqual(patched);
      expect(await under.sealed.keyVersions()).toEqual(['k3']);
    });

    test('one that was removed is in no row and stays removed', async () => {
      const record = await stored();
      await under.remove(record);
      expect(await under.sealed.keyVersions()).toEqual([]);
      const outcome = await under.sealed.reseal(record, { sealed: 'v1.late', keyVersion: 'k2' });
      expect(outcome).toBe('gone');
      expect(await under.find(record)).toBeNull();
      expect(await under.sealed.keyVersions()).toEqual([]);
    });
  });
}
