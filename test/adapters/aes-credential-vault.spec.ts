// The vault opens what it sealed, for its owner, unchanged; everything else is refused without a hint.
import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AesCredentialVault } from '../../src/adapters/aes-credential-vault.js';
import {
  NO_KEY,
  Secret,
  type CredentialSecrets,
  type RolePlan,
} from '../../src/use-cases/ports-credentials.js';

const masterKey = (id: string) => ({ id, key: randomBytes(32) });
const first = masterKey('2026-11');
const vault = new AesCredentialVault({ keys: [first] });
const owner = { tenant: 'acme', id: 'cred_1' };

/** Made for `owner` by the vault of the day before, with a master key of 32 sevens. */
const SEALED_BEFORE_ROLES = [
  'v1.azE.FORgSERhVMfXpXcEloqKpgzg-bkbg56iIEjSGxW_579ecKExXuXphAnk-7dvKrXFXxppaRXx23oStOto.ivXQTv8JJ1QxnzrF56A8TRYsLs4e4lS2B7YyMcbe7uUXOigpc-3lTqcbRyog9kEWc8LN1Y3K_JOWSj2Sg3z4_pZxe4baGdGhyx94rvtrwM1eG8Kvntg19o928b_dP1LFhtuDCwxpOyY8X0PRo4WCHqQ',
  'v1.azE.rOw58U0WFvtC4Lvd5_kC_w7h_cLQ9x4VoEL0j65dhM4sZ4-OGXGLFp4INYTVqRyYYxzycAbQHJYR6hlS.A9uImpS85KNT-7EiUqYGISsYb8j82PJXKMDeqBfzjsn8Piysl3_Wyp3nd9ptz0W5zuBPi-Og7ZaB2WVU91omgjbHbHlSceWhTUw4NvKxYef76wh5_m8qa4aAqNoAaaP6xSxkeKmYdb_StAlrrSq-anoeG2fPa0k',
];

const secretsOf = (id: string, secret: string, token: string | null): CredentialSecrets => ({
  accessKeyId: new Secret(id),
  accessKeySecret: new Secret(secret),
  securityToken: token === null ? null : new Secret(token),
});
const textsOf = (secrets: CredentialSecrets) => [
  secrets.accessKeyId.open(),
  secrets.accessKeySecret.open(),
  secrets.securityToken?.open() ?? null,
];
const secrets = secretsOf('LTAIcanaryId', 'canarySecret', 'canaryToken');
const messageOf = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    return inspect(error, { depth: Infinity, showHidden: true });
  }
  throw new Error('it was not refused');
};

describe('what was sealed', () => {
  test('opens to the very same texts, whatever they are', () => {
    const text = fc.string({ unit: 'binary', maxLength: 200 });
    const round = fc.tuple(text, text, fc.option(text));
    fc.assert(
      fc.property(round, text, text, ([keyId, secret, token], tenant, id) => {
        const sealed = vault.seal({ tenant, id }, secretsOf(keyId, secret, token));
        expect(textsOf(vault.open({ tenant, id, ...sealed }))).toEqual([keyId, secret, token]);
      }),
    );
  });

  test('is refused after the change of any single bit of the text', () => {
    const { sealed, keyVersion } = vault.seal(owner, secrets);
    for (let at = 0; at < sealed.length; at += 1) {
      for (let bit = 0; bit < 8; bit += 1) {
        const flipped = String.fromCharCode(sealed.charCodeAt(at) ^ (1 << bit));
        const changed = sealed.slice(0, at) + flipped + sealed.slice(at + 1);
        expect(() => vault.open({ ...owner, sealed: changed, keyVersion })).toThrow();
      }
    }
  });

  test('is refused when cut, lengthened or padded anywhere', () => {
    const { sealed, keyVersion } = vault.seal(owner, secrets);
    const cuts = Array.from(sealed, (_, length) => sealed.slice(0, length));
    for (const changed of [...cuts, `${sealed}A`, `${sealed}=`, `${sealed}.`, ` ${sealed}`]) {
      expect(() => vault.open({ ...owner, sealed: changed, keyVersion })).toThrow();
    }
  });

  test.each([1, 4, 8, 12, 15, 16])('is refused when %i bytes of a tag are missing', (missing) => {
    const { sealed, keyVersion } = vault.seal(owner, secrets);
    for (const box of [2, 3]) {
      const parts = sealed.split('.');
      const bytes = Buffer.from(parts[box] ?? '', 'base64url');
      parts[box] = bytes.subarray(0, bytes.length - missing).toString('base64url');
      expect(() => vault.open({ ...owner, sealed: parts.join('.'), keyVersion })).toThrow();
    }
  });

  test('opens for no other tenant, no other id and no other kind of owner', () => {
    const sealing = vault.seal(owner, secrets);
    const others = [
      { tenant: 'rival', id: owner.id },
      { tenant: owner.tenant, id: 'cred_2' },
      { tenant: owner.id, id: owner.tenant },
      { tenant: 'acme","cred_1', id: '' },
    ];
    for (const other of others) expect(() => vault.open({ ...other, ...sealing })).toThrow(/owner/);
    expect(() => vault.openBytes('credential', sealing.sealed)).toThrow(/owner/);
    const bytes = vault.sealBytes('acme', Buffer.from('x'));
    expect(() => vault.open({ ...owner, sealed: bytes, keyVersion: first.id })).toThrow(/owner/);
  });

  test('does not open with parts of two sealings of the same owner mixed', () => {
    const [one, two] = [vault.seal(owner, secrets), vault.seal(owner, secrets)];
    const [format, keyId, keyBox] = one.sealed.split('.');
    const mixed = [format, keyId, keyBox, two.sealed.split('.')[3]].join('.');
    expect(() => vault.open({ ...owner, ...one, sealed: mixed })).toThrow(/owner/);
  });

  test('opens as well when it was sealed before there were roles', () => {
    const then = new AesCredentialVault({ keys: [{ id: 'k1', key: Buffer.alloc(32, 7) }] });
    const [plain, temporary] = SEALED_BEFORE_ROLES.map((sealed) =>
      then.open({ ...owner, sealed, keyVersion: 'k1' }),
    );
    if (plain === undefined || temporary === undefined) throw new Error('there are two');
    expect(textsOf(plain)).toEqual(['LTAIoldKeyId0001', 'oldSecret', null]);
    expect(textsOf(temporary)).toEqual(['LTAIoldKeyId0001', 'oldSecret', 'oldToken']);
    for (const opened of [plain, temporary]) expect(opened).not.toHaveProperty('role');
  });

  test.each<RolePlan>([
    {
      ...{ kind: 'ram_role_arn', roleArn: 'acs:ram::1:role/r', roleSessionName: 'name' },
      ...{ policy: '{"Version":"1"}', externalId: new Secret('canaryExternal') },
    },
    {
      ...{ kind: 'ram_role_arn', roleArn: 'acs:ram::1:role/r', roleSessionName: null },
      ...{ policy: null, externalId: null },
    },
    {
      ...{ kind: 'oidc_role_arn', roleArn: 'acs:ram::1:role/r', roleSessionName: null },
      ...{ oidcProviderArn: 'acs:ram::1:oidc-provider/p', oidcTokenFilePath: '/run/token' },
    },
    { kind: 'ecs_ram_role', roleName: 'r' },
    { kind: 'ecs_ram_role', roleName: null },
  ])('opens with its role: %j', (role) => {
    const keys = role.kind === 'ram_role_arn' ? secrets : NO_KEY;
    const opened = vault.open({ ...owner, ...vault.seal(owner, { ...keys, role }) });
    expect(textsOf(opened)).toEqual(textsOf(keys));
    expect(opened.role).toEqual(role);
    const external = (plan: RolePlan | undefined) =>
      plan?.kind === 'ram_role_arn' ? plan.externalId?.open() : undefined;
    expect(external(opened.role)).toBe(external(role));
    expect(inspect(opened, { depth: Infinity, showHidden: true })).not.toContain('canary');
  });

  test('never shares a nonce with anything sealed before', () => {
    const nonces = new Set<string>();
    for (let n = 0; n < 2_000; n += 1) {
      const [, , ...boxes] = vault.sealBytes('nonces', Buffer.alloc(1)).split('.');
      for (const box of boxes) nonces.add(box.slice(0, 16));
    }
    expect(nonces.size).toBe(4_000);
  });
});

describe('bytes of the service itself', () => {
  test('open for their purpose alone', () => {
    const bytes = randomBytes(32);
    const text = vault.sealBytes('nonce-key', bytes);
    expect(vault.openBytes('nonce-key', text)).toEqual(bytes);
    expect(() => vault.openBytes('webhook-key', text)).toThrow(/owner/);
  });
});

describe('master keys', () => {
  test('a new first key seals; what older ones sealed still opens', () => {
    const second = masterKey('2026-12');
    const rotated = new AesCredentialVault({ keys: [second, first] });
    const old = vault.seal(owner, secrets);
    const fresh = rotated.seal(owner, secrets);
    expect([old.keyVersion, fresh.keyVersion]).toEqual(['2026-11', '2026-12']);
    expect(textsOf(rotated.open({ ...owner, ...old }))).toEqual(textsOf(secrets));
    expect(textsOf(rotated.open({ ...owner, ...fresh }))).toEqual(textsOf(secrets));
    expect(() => vault.open({ ...owner, ...fresh })).toThrow(
      'Master key "2026-12" is not configured',
    );
  });

  test('a rewrap keeps the secrets and their owner, and needs the old key no more', () => {
    const second = masterKey('2026-12');
    const old = { ...owner, version: 1, ...vault.seal(owner, secrets) };
    const both = new AesCredentialVault({ keys: [second, first] });
    const alone = new AesCredentialVault({ keys: [second] });
    const fresh = both.rewrap(old);
    expect(fresh.keyVersion).toBe('2026-12');
    expect(textsOf(alone.open({ ...owner, ...fresh }))).toEqual(textsOf(secrets));
    expect(() => alone.open({ tenant: 'rival', id: owner.id, ...fresh })).toThrow(/owner/);
    expect(() => alone.rewrap(old)).toThrow('Master key "2026-11" is not configured');
    expect(() => both.rewrap({ ...old, tenant: 'rival' })).toThrow(/owner/);
    expect(() => both.rewrap({ ...old, keyVersion: '2026-12' })).toThrow(/owner/);
  });

  test('another key under the same id opens nothing', () => {
    const impostor = new AesCredentialVault({ keys: [masterKey(first.id)] });
    expect(() => impostor.open({ ...owner, ...vault.seal(owner, secrets) })).toThrow(/owner/);
  });

  test('a text whose record names another key is refused', () => {
    const sealing = { ...vault.seal(owner, secrets), keyVersion: '2026-12' };
    expect(() => vault.open({ ...owner, ...sealing })).toThrow(/owner/);
  });

  test('none, a short one and two of one id are refused', () => {
    expect(() => new AesCredentialVault({ keys: [] })).toThrow('There is no master key');
    const short = { id: 'k', key: randomBytes(16) };
    expect(() => new AesCredentialVault({ keys: [short] })).toThrow('"k" is not 32 bytes');
    expect(() => new AesCredentialVault({ keys: [first, first] })).toThrow('given twice');
  });
});

describe('nothing secret is seen', () => {
  const canaries = ['LTAIcanaryId', 'canarySecret', 'canaryToken'];
  const keyTexts = (['hex', 'base64', 'base64url'] as const).map((form) =>
    first.key.toString(form),
  );

  test('in a secret, however it is printed', () => {
    const ways = [String(secrets.accessKeySecret), JSON.stringify(secrets), inspect(secrets)];
    ways.push(inspect(secrets, { showHidden: true, depth: Infinity, getters: true }));
    for (const canary of canaries) expect(ways.join()).not.toContain(canary);
    expect(ways[0]).toBe('[sealed]');
  });

  test('in a sealed text, not even encoded', () => {
    const { sealed } = vault.seal(owner, secrets);
    const decoded = sealed
      .split('.')
      .map((part) => Buffer.from(part, 'base64url').toString('latin1'));
    for (const canary of canaries) expect(sealed + decoded.join()).not.toContain(canary);
  });

  test('in the vault, however it is printed', () => {
    const ways = [inspect(vault, { showHidden: true, depth: Infinity }), JSON.stringify(vault)];
    for (const text of [...keyTexts, inspect(first.key)]) expect(ways.join()).not.toContain(text);
  });

  test('in any refusal', () => {
    const sealing = vault.seal(owner, secrets);
    const stranger = new AesCredentialVault({ keys: [masterKey('other')] });
    const messages = [
      messageOf(() => vault.open({ tenant: 'rival', id: owner.id, ...sealing })),
      messageOf(() => vault.open({ ...owner, ...sealing, sealed: `${sealing.sealed}A` })),
      messageOf(() => stranger.open({ ...owner, ...sealing })),
      messageOf(() => new AesCredentialVault({ keys: [{ ...first, key: first.key.subarray(1) }] })),
    ];
    for (const text of [...canaries, ...keyTexts, sealing.sealed]) {
      expect(messages.join()).not.toContain(text);
    }
  });
});
