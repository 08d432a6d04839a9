// What every CredentialStore promises about credentials that upstream refuses.
import { expect, test } from 'vitest';
import type { Credential, CredentialStore } from '../../src/use-cases/ports-credentials.js';

const nextOf = (credential: Credential, name: string): Credential => ({
  ...credential,
  name,
  version: credential.version + 1,
});

/** `stored` gives a new credential of `acme`. */
export function credentialHealthContract(
  open: () => CredentialStore,
  stored: () => Promise<Credential>,
): void {
  test('a refusal is noted once for each secret, and ends with a verification or another secret', async () => {
    const store = open();
    const old = await stored();
    const first = { since: 10, code: 'InvalidAccessKeyId.NotFound' };
    expect(await store.fellIll({ ...old, tenant: 'rival' }, first)).toBe(false);
    expect(await store.fellIll({ ...old, sealed: 'v1.other' }, first)).toBe(false);
    expect(await store.fellIll(old, first)).toBe(true);
    expect(await store.fellIll(old, { since: 20, code: 'Forbidden.RAM' })).toBe(false);
    expect(await store.find('acme', old.id)).toEqual({ ...old, unhealthy: first });
    expect(await store.replace(nextOf(old, 'renamed'))).toBe('replaced');
    expect(await store.find('acme', old.id)).toMatchObject({ unhealthy: first });
    await store.verified(old, 30);
    expect(await store.find('acme', old.id)).toMatchObject({ unhealthy: null });
    expect(await store.fellIll(old, { since: 40, code: 'Forbidden.RAM' })).toBe(true);
    const fresh = { ...nextOf(nextOf(old, 'renamed'), 'renamed'), sealed: 'v1.fresh' };
    expect(await store.replace(fresh)).toBe('replaced');
    expect(await store.find('acme', old.id)).toMatchObject({ unhealthy: null });
    await store.remove('acme', old.id);
    expect(await store.fellIll(fresh, first)).toBe(false);
    expect(await store.find('acme', old.id)).toBeNull();
  });
}
