// What every CredentialStore promises, whatever keeps the records.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Credential, CredentialStore } from '../../src/use-cases/ports-credentials.js';
import { credentialHealthContract } from './credential-health.contract.js';

export interface CredentialStoreUnderTest {
  readonly store: CredentialStore;
  /** As the script does that accepts a migration with the credential, and the one that ends it. */
  use(credentialId: string, migrationId: string): Promise<void>;
  release(credentialId: string, migrationId: string): Promise<void>;
  close(): Promise<void>;
}

let made = 0;

/** Ids sort in the order of making, as real ones do. */
export function aCredential(fields: Partial<Credential> = {}): Credential {
  made += 1;
  return {
    id: `cred_${String(made).padStart(26, '0')}`,
    tenant: 'acme',
    name: 'production "主" \u{1F511}',
    type: 'access_key',
    regionId: 'cn-hangzhou',
    maskedKeyId: 'LTAI****9xYz',
    roleArn: null,
    sealed: 'v1.aaaa.bbbb.cccc',
    keyVersion: 'k1',
    version: 1,
    createdAt: 1_764_000_000_000,
    updatedAt: 1_764_000_000_000,
    lastUsedAt: null,
    lastVerifiedAt: null,
    unhealthy: null,
    ...fields,
  };
}

const nextOf = (credential: Credential, name: string): Credential => ({
  ...credential,
  name,
  version: credential.version + 1,
  updatedAt: credential.updatedAt + 1,
});

export function credentialStoreContract(
  name: string,
  open: () => Promise<CredentialStoreUnderTest>,
): void {
  describe(`credential store: ${name}`, () => {
    let under: CredentialStoreUnderTest;
    let store: CredentialStore;
    beforeAll(async () => {
      under = await open();
      store = under.store;
    });
    afterAll(() => under.close());

    async function stored(fields: Partial<Credential> = {}): Promise<Credential> {
      const credential = aCredential(fields);
      await store.create(credential, null);
      return credential;
    }

    test('gives back exactly what was stored', async () => {
      const credential = await stored({ lastVerifiedAt: 7 });
      expect(await store.find('acme', credential.id)).toEqual(credential);
    });

    test('a missing credential and one of another tenant cannot be told apart', async () => {
      const { id } = await stored();
      for (const other of ['cred_missing', id]) {
        const foreign = aCredential({ id: other, tenant: 'rival', version: 2 });
        expect(await store.find('rival', other)).toBeNull();
        expect(await store.replace(foreign)).toBe('gone');
        expect(await store.remove('rival', other)).toBe('gone');
        await store.touch('rival', other, 5);
        expect(await store.find('rival', other)).toBeNull();
      }
      expect(await store.find('acme', id)).toMatchObject({ version: 1, lastUsedAt: null });
    });

    test('a create that is sent twice makes one credential and says so twice', async () => {
      const credential = aCredential({ tenant: 'twice' });
      for (const idempotency of [null, { key: 'resend', hash: 'h' }]) {
        expect(await store.create(credential, idempotency)).toEqual({ kind: 'created' });
        expect(await store.create(credential, idempotency)).toEqual({ kind: 'created' });
      }
      expect((await store.list('twice', { limit: 10, afterId: null })).items).toEqual([credential]);
    });

    test('a create that is sent again late neither resets a change nor revives what was removed', async () => {
      const credential = aCredential();
      const idempotency = { key: 'late', hash: 'h' };
      await store.create(credential, idempotency);
      await store.replace(nextOf(credential, 'renamed'));
      expect(await store.create(credential, idempotency)).toEqual({ kind: 'created' });
      expect(await store.find('acme', credential.id)).toMatchObject({
        name: 'renamed',
        version: 2,
      });
      await store.remove('acme', credential.id);
      expect(await store.create(credential, idempotency)).toEqual({ kind: 'created' });
      expect(await store.find('acme', credential.id)).toBeNull();
    });

    test('never overwrites a credential by creating another with its id', async () => {
      const credential = await stored();
      await expect(store.create({ ...credential, name: 'other' }, null)).rejects.toThrow(
        /belongs to/,
      );
      await expect(store.create({ ...credential, tenant: 'rival' }, null)).rejects.toThrow(
        /belongs to/,
      );
      expect(await store.find('acme', credential.id)).toEqual(credential);
      expect((await store.list('rival', { limit: 10, afterId: null })).items).toEqual([]);
    });

    test('50 creates at once with one idempotency key make one credential', async () => {
      const all = Array.from({ length: 50 }, () => aCredential({ tenant: 'burst' }));
      const idempotency = { key: 'one', hash: 'same' };
      const outcomes = await Promise.all(all.map((one) => store.create(one, idempotency)));
      const { items } = await store.list('burst', { limit: 100, afterId: null });
      expect(items).toHaveLength(1);
      expect(outcomes.filter(({ kind }) => kind === 'created')).toHaveLength(1);
      const replays = outcomes.filter((outcome) => outcome.kind === 'replayed');
      expect(replays.map(({ credential }) => credential)).toEqual(Array(49).fill(items[0]));
    });

    test('an idempotency key answers with the credential as it was, even after it is gone', async () => {
      const credential = aCredential();
      const idempotency = { key: 'later', hash: 'h' };
      await store.create(credential, idempotency);
      await store.replace(nextOf(credential, 'renamed'));
      await store.remove('acme', credential.id);
      expect(await store.create(aCredential(), idempotency)).toEqual({
        kind: 'replayed',
        credential,
      });
    });

    test('an idempotency key with another body is refused, and each tenant has its own keys', async () => {
      await store.create(aCredential(), { key: 'k', hash: 'one' });
      const other = aCredential();
      expect(await store.create(other, { key: 'k', hash: 'two' })).toEqual({ kind: 'key_reused' });
      expect(await store.find('acme', other.id)).toBeNull();
      const foreign = aCredential({ tenant: 'rival' });
      expect(await store.create(foreign, { key: 'k', hash: 'two' })).toEqual({ kind: 'created' });
    });

    test('lists newest first, and pages stay whole while credentials are added and removed', async () => {
      const tenant = 'pages';
      const all: Credential[] = [];
      for (let n = 0; n < 5; n += 1) all.unshift(await stored({ tenant }));
      const first = await store.list(tenant, { limit: 2, afterId: null });
      expect(first).toEqual({ items: all.slice(0, 2), nextAfterId: all[1]?.id });
      await stored({ tenant });
      await store.remove(tenant, all[1]?.id ?? '');
      const second = await store.list(tenant, { limit: 3, afterId: first.nextAfterId });
      expect(second).toEqual({ items: all.slice(2), nextAfterId: null });
    });

    test('of concurrent replacements one is written, the others are told', async () => {
      const before = await stored();
      const names = Array.from({ length: 10 }, (_, n) => `name ${n}`);
      const outcomes = await Promise.all(names.map((one) => store.replace(nextOf(before, one))));
      expect(outcomes.filter((outcome) => outcome === 'replaced')).toHaveLength(1);
      expect(outcomes.filter((outcome) => outcome === 'stale')).toHaveLength(9);
      const winner = names[outcomes.indexOf('replaced')] ?? '';
      expect(await store.find('acme', before.id)).toEqual(nextOf(before, winner));
    });

    test('a replacement that is sent twice is replaced twice, an older one is stale', async () => {
      const first = await stored();
      const second = nextOf(first, 'second');
      expect(await store.replace(second)).toBe('replaced');
      expect(await store.replace(second)).toBe('replaced');
      expect(await store.replace(nextOf(first, 'other'))).toBe('stale');
      expect(await store.replace(nextOf(second, 'third'))).toBe('replaced');
      expect(await store.replace(second)).toBe('stale');
    });

    test('the time of last use never falls and survives a replacement of an older reading', async () => {
      const credential = await stored();
      for (const time of [20, 10]) await store.touch('acme', credential.id, time);
      expect(await store.find('acme', credential.id)).toEqual({ ...credential, lastUsedAt: 20 });
      await store.replace(nextOf(credential, 'renamed'));
      expect(await store.find('acme', credential.id)).toMatchObject({ version: 2, lastUsedAt: 20 });
    });

    test('the time of verification never falls and survives a renaming of an older reading', async () => {
      const credential = await stored({ lastVerifiedAt: 7 });
      for (const time of [20, 10]) await store.verified(credential, time);
      const shown = { ...credential, lastVerifiedAt: 20 };
      expect(await store.find('acme', credential.id)).toEqual(shown);
      expect((await store.list('acme', { limit: 1, afterId: null })).items).toEqual([shown]);
      await store.replace(nextOf(credential, 'renamed'));
      expect(await store.find('acme', credential.id)).toMatchObject({ lastVerifiedAt: 20 });
    });

    test('a verification is of the secret that was verified, and goes with it', async () => {
      const old = await stored();
      await store.verified(old, 20);
      const fresh = { ...nextOf(old, 'same'), sealed: 'v1.other', lastVerifiedAt: null };
      await store.replace(fresh);
      expect(await store.find('acme', old.id)).toMatchObject({ lastVerifiedAt: null });
      await store.verified(old, 30);
      expect(await store.find('acme', old.id)).toMatchObject({ lastVerifiedAt: null });
      await store.verified({ ...fresh, tenant: 'rival' }, 30);
      expect(await store.find('acme', old.id)).toMatchObject({ lastVerifiedAt: null });
      await store.verified(fresh, 25);
      expect(await store.replace(fresh)).toBe('replaced');
      expect(await store.find('acme', old.id)).toMatchObject({ lastVerifiedAt: 25 });
      await store.remove('acme', old.id);
      await store.verified(fresh, 40);
      expect(await store.find('acme', old.id)).toBeNull();
    });

    credentialHealthContract(() => store, stored);

    test('is not removed while any migration uses it, and stays removed once it is', async () => {
      const { id } = await stored({ tenant: 'users' });
      await under.use(id, 'mig_1');
      await under.use(id, 'mig_2');
      await under.release(id, 'mig_1');
      expect(await store.remove('users', id)).toBe('in_use');
      expect(await store.find('users', id)).not.toBeNull();
      await under.release(id, 'mig_2');
      expect(await store.remove('users', id)).toBe('removed');
      await store.touch('users', id, 99);
      expect(await store.find('users', id)).toBeNull();
      expect((await store.list('users', { limit: 10, afterId: null })).items).toEqual([]);
      expect(await store.remove('users', id)).toBe('gone');
    });
  });
}
