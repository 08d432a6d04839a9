// A rewrap loses no secret, whatever it meets: a death between any two writes, a patch at the same time, a key that is gone.
import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { AesCredentialVault } from '../../src/adapters/aes-credential-vault.js';
import { Secret, type CredentialSecrets } from '../../src/use-cases/ports-credentials.js';
import { RewrapCredentials } from '../../src/use-cases/rewrap-credentials.js';
import { MemorySealedCredentials } from '../support/memory-sealed-credentials.js';

const masterKey = (id: string) => ({ id, key: randomBytes(32) });
const [k0, k1, k2] = [masterKey('k0'), masterKey('k1'), masterKey('k2')];
const vaultOf = (...keys: readonly (typeof k0)[]) => new AesCredentialVault({ keys });

const secretsOf = (secret: string): CredentialSecrets => ({
  accessKeyId: new Secret('LTAI00000001'),
  accessKeySecret: new Secret(secret),
  securityToken: null,
});

function world(counts: { readonly k0?: number; readonly k1?: number; readonly k2?: number }) {
  const store = new MemorySealedCredentials();
  const secrets = new Map<string, string>();
  for (const key of [k0, k1, k2]) {
    const count = counts[key.id as 'k0' | 'k1' | 'k2'] ?? 0;
    for (let n = 0; n < count; n += 1) {
      const id = `cred_${key.id}_${String(n).padStart(4, '0')}`;
      const owner = { tenant: `tenant ${n % 3}`, id };
      secrets.set(id, `secret of ${id}`);
      const sealing = vaultOf(key).seal(owner, secretsOf(`secret of ${id}`));
      store.records.set(id, { ...owner, ...sealing, version: 1 });
    }
  }
  const rewrap = (...keys: readonly (typeof k0)[]) =>
    new RewrapCredentials(store, vaultOf(...keys)).all();
  const expectAllOpenWith = (key: typeof k0): void => {
    for (const [id, secret] of secrets) {
      const record = store.records.get(id);
      expect(record?.keyVersion).toBe(key.id);
      if (record === undefined) continue;
      expect(vaultOf(key).open(record).accessKeySecret.open()).toBe(secret);
    }
  };
  return { store, secrets, rewrap, expectAllOpenWith };
}

describe('a rewrap', () => {
  test('brings all of every older key under the first one, and a second one finds nothing to do', async () => {
    const { rewrap, expectAllOpenWith } = world({ k0: 7, k1: 450, k2: 3 });
    expect(await rewrap(k2, k1, k0)).toEqual({ rewrapped: 457, already: 3, unopened: [] });
    expectAllOpenWith(k2);
    expect(await rewrap(k2)).toEqual({ rewrapped: 0, already: 460, unopened: [] });
  });

  test('goes on after a death before or after any write, and no secret is lost at any moment', async () => {
    const { store, rewrap, expectAllOpenWith } = world({ k1: 12 });
    let writes = 0;
    for (let deaths = 0; ; deaths += 1) {
      const dieAt = writes + 2;
      store.beforeReseal = () => {
        writes += 1;
        if (writes === dieAt) throw new Error('killed');
      };
      const end = await rewrap(k2, k1).catch(() => null);
      for (const record of store.records.values()) vaultOf(k2, k1).open(record);
      if (end === null) continue;
      expect(deaths).toBe(11);
      expect(end).toMatchObject({ already: 11, rewrapped: 1 });
      break;
    }
    expectAllOpenWith(k2);
  });

  test('lets a patch at the same time win, and brings what it wrote under the first key too', async () => {
    const { store, secrets, rewrap, expectAllOpenWith } = world({ k1: 3 });
    let patches = 0;
    store.beforeReseal = (credential) => {
      if (patches >= 3) return;
      patches += 1;
      const secret = `patched ${patches}`;
      secrets.set(credential.id, secret);
      // By a process that has the old configuration still.
      const sealing = vaultOf(k1).seal(credential, secretsOf(secret));
      store.records.set(credential.id, {
        ...credential,
        ...sealing,
        version: credential.version + 1,
      });
    };
    expect(await rewrap(k2, k1)).toEqual({ rewrapped: 3, already: 0, unopened: [] });
    expectAllOpenWith(k2);
    expect([...secrets.values()].filter((secret) => secret.startsWith('patched'))).toHaveLength(3);
  });

  test('gives up, naming it, rather than race for ever', async () => {
    const { store, rewrap } = world({ k1: 1 });
    store.beforeReseal = (credential) => {
      store.records.set(credential.id, { ...credential, version: credential.version + 1 });
    };
    await expect(rewrap(k2, k1)).rejects.toThrow(/keep changing/);
  });

  test('leaves what it cannot open as it is, names it, and does the rest', async () => {
    const { store, rewrap } = world({ k0: 2, k1: 4 });
    const before = new Map(store.records);
    for (const moved of [...before.values()].filter(({ id }) => id === 'cred_k1_0001')) {
      store.records.set(moved.id, { ...moved, tenant: 'another' });
    }
    const report = await rewrap(k2, k1);
    expect(report).toMatchObject({ rewrapped: 3, already: 0 });
    expect(report.unopened.toSorted()).toEqual(['cred_k0_0000', 'cred_k0_0001', 'cred_k1_0001']);
    for (const id of ['cred_k0_0000', 'cred_k0_0001']) {
      expect(store.records.get(id)).toEqual(before.get(id));
    }
  });
});
