// Credentials: secrets go in and never come out, and no change of one is lost.
import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { beforeEach, describe, expect, test } from 'vitest';
import { AesCredentialVault } from '../../src/adapters/aes-credential-vault.js';
import type { Problem } from '../../src/domain/errors.js';
import { ManageCredentials, type NewCredential } from '../../src/use-cases/manage-credentials.js';
import { Clock, Ids } from '../../src/use-cases/ports.js';
import { NO_KEY, Secret, type Credential } from '../../src/use-cases/ports-credentials.js';
import { MemoryCredentialStore } from '../support/memory-credential-store.js';

class StandingClock extends Clock {
  atMs = 1_764_000_000_000;
  now = (): number => this.atMs;
}

class CountingIds extends Ids {
  private made = 0;
  make = (prefix: string): string => `${prefix}_${String((this.made += 1)).padStart(26, '0')}`;
  token = (): string => `token-${(this.made += 1)}`;
}

/** Somebody else writes the credential between each read and write, so many times. */
class ContendedStore extends MemoryCredentialStore {
  contenders = 0;
  override async find(tenant: string, id: string): Promise<Credential | null> {
    const found = await super.find(tenant, id);
    if (found !== null && this.contenders > 0) {
      this.contenders -= 1;
      await super.replace({ ...found, regionId: 'cn-beijing', version: found.version + 1 });
    }
    return found;
  }
}

const key = { id: 'k1', key: randomBytes(32) };
const vault = new AesCredentialVault({ keys: [key] });
let store: ContendedStore;
let clock: StandingClock;
let credentials: ManageCredentials;

beforeEach(() => {
  store = new ContendedStore();
  clock = new StandingClock();
  credentials = new ManageCredentials(store, vault, new CountingIds(), clock);
});

const aRequest = (fields: Partial<NewCredential> = {}): NewCredential => ({
  tenant: 'acme',
  name: 'production',
  type: 'access_key',
  regionId: 'cn-hangzhou',
  secrets: {
    accessKeyId: new Secret('LTAI5tCanaryKeyId9xYz'),
    accessKeySecret: new Secret('canarySecret'),
    securityToken: null,
  },
  idempotency: null,
  ...fields,
});
const create = async (fields: Partial<NewCredential> = {}) =>
  (await credentials.create(aRequest(fields))).credential;

const opened = async (id: string) => {
  const stored = await store.find('acme', id);
  if (stored === null) throw new Error(`${id} is not stored`);
  const { accessKeyId, accessKeySecret, securityToken } = vault.open(stored);
  return [accessKeyId.open(), accessKeySecret.open(), securityToken?.open() ?? null];
};
const problemOf = async (act: Promise<unknown>): Promise<Partial<Problem>> => {
  const problem = (await act.catch((error: unknown) => error)) as Problem;
  return { code: problem.code, message: problem.message, more: problem.more };
};

describe('create', () => {
  test('stores the secrets sealed and answers with a mask', async () => {
    const made = await create();
    expect(made).toMatchObject({ maskedKeyId: 'LTAI****9xYz', keyVersion: 'k1', lastUsedAt: null });
    expect(await opened(made.id)).toEqual(['LTAI5tCanaryKeyId9xYz', 'canarySecret', null]);
  });

  test('no answer and no record holds a secret or a ciphertext', async () => {
    const made = await create();
    const answers = [made, await credentials.find('acme', made.id)];
    answers.push(...(await credentials.list('acme', { limit: 9, afterId: null })).items);
    answers.push(await credentials.patch({ tenant: 'acme', id: made.id, name: 'other' }));
    const record = await store.find('acme', made.id);
    expect(inspect([answers, record], { depth: 9 })).not.toMatch(/canary/i);
    expect(JSON.stringify(answers)).not.toContain('sealed');
    expect(JSON.stringify(answers)).not.toContain(record?.sealed);
  });

  test('the same idempotency key and body answer with the first credential', async () => {
    const idempotency = { key: 'once', hash: 'h' };
    const first = await credentials.create(aRequest({ idempotency }));
    const second = await credentials.create(aRequest({ idempotency }));
    expect(second).toEqual({ credential: first.credential, replayed: true });
    const reused = credentials.create(aRequest({ idempotency: { key: 'once', hash: 'other' } }));
    expect(await problemOf(reused)).toMatchObject({ code: 'idempotency_key_reused' });
    expect((await credentials.list('acme', { limit: 9, afterId: null })).items).toHaveLength(1);
  });

  test('a type without its parts, or with a part too many, is refused', async () => {
    const { secrets } = aRequest();
    const token = new Secret('canaryToken');
    const missing = { type: 'sts' } as const;
    const excess = { secrets: { ...secrets, securityToken: token } };
    for (const [refused, code] of [
      [missing, 'required'],
      [excess, 'unknown_property'],
    ] as const) {
      const { more } = await problemOf(create(refused));
      expect(more?.violations).toMatchObject([{ pointer: '/securityToken', code }]);
    }
  });
});

describe('patch', () => {
  test('renames without touching the secret, even when its master key is lost', async () => {
    const { id } = await create();
    const later = new AesCredentialVault({ keys: [{ id: 'k2', key: randomBytes(32) }] });
    const without = new ManageCredentials(store, later, new CountingIds(), clock);
    clock.atMs += 5;
    expect(await without.patch({ tenant: 'acme', id, name: 'renamed' })).toMatchObject({
      name: 'renamed',
      updatedAt: clock.atMs,
      keyVersion: 'k1',
    });
    const secrets = aRequest().secrets;
    expect(await without.patch({ tenant: 'acme', id, secrets })).toMatchObject({
      keyVersion: 'k2',
    });
  });

  test('replaces the secret, keeps the key id that is not given, and forgets the verification', async () => {
    const { id } = await create();
    const stored = await store.find('acme', id);
    if (stored !== null) await store.replace({ ...stored, version: 2, lastVerifiedAt: 1 });
    const secrets = { accessKeySecret: new Secret('newSecret') };
    const patched = await credentials.patch({ tenant: 'acme', id, secrets });
    expect(patched).toMatchObject({ maskedKeyId: 'LTAI****9xYz', lastVerifiedAt: null });
    expect(await opened(id)).toEqual(['LTAI5tCanaryKeyId9xYz', 'newSecret', null]);
  });

  test('replaces the key of a role, and the role stays', async () => {
    const role = {
      kind: 'ram_role_arn',
      ...{ roleArn: 'acs:ram::1:role/r', roleSessionName: null },
      ...{ policy: null, externalId: new Secret('external') },
    } as const;
    const { secrets } = aRequest();
    const { id } = await create({ type: 'ram_role_arn', secrets: { ...secrets, role } });
    const fresh = {
      accessKeyId: new Secret('LTAInewKeyId00001'),
      accessKeySecret: new Secret('new'),
    };
    const patched = await credentials.patch({ tenant: 'acme', id, secrets: fresh });
    expect(patched).toMatchObject({ roleArn: role.roleArn, maskedKeyId: 'LTAI****0001' });
    expect(await opened(id)).toEqual(['LTAInewKeyId00001', 'new', null]);
    const stored = await store.find('acme', id);
    expect(stored === null ? null : vault.open(stored).role).toEqual(role);
  });

  test('a role without what its type needs is refused, whoever asks', async () => {
    const role = { kind: 'ecs_ram_role', roleName: 'r' } as const;
    for (const secrets of [aRequest().secrets, { ...NO_KEY, role }]) {
      const refused = await problemOf(create({ type: 'ram_role_arn', secrets }));
      expect(refused.more?.violations).toContainEqual(
        expect.objectContaining({ pointer: '/roleArn', code: 'required' }),
      );
    }
  });

  test('a key id without its secret, or a temporary one without its token, is refused', async () => {
    const { id } = await create();
    const lone = { accessKeyId: new Secret('LTAIother') };
    const { more } = await problemOf(credentials.patch({ tenant: 'acme', id, secrets: lone }));
    expect(more?.violations).toMatchObject([{ pointer: '/accessKeySecret', code: 'required' }]);
    const secrets = { ...aRequest().secrets, securityToken: new Secret('token') };
    const sts = await create({ type: 'sts', secrets });
    const partial = { accessKeySecret: new Secret('newSecret') };
    const refused = credentials.patch({ tenant: 'acme', id: sts.id, secrets: partial });
    expect((await problemOf(refused)).more?.violations).toMatchObject([{ code: 'required' }]);
  });

  test('keeps what others wrote meanwhile, and gives up when it never gets its turn', async () => {
    const { id } = await create();
    store.contenders = 3;
    const patched = await credentials.patch({ tenant: 'acme', id, name: 'mine' });
    expect(patched).toMatchObject({ name: 'mine', regionId: 'cn-beijing' });
    store.contenders = Infinity;
    const refused = credentials.patch({ tenant: 'acme', id, name: 'never' });
    expect(await problemOf(refused)).toMatchObject({ code: 'unavailable' });
  });
});

describe('remove', () => {
  test('is refused while a migration that has not ended uses it', async () => {
    const { id } = await create();
    store.users.set(id, new Set(['mig_1']));
    expect(await problemOf(credentials.remove('acme', id))).toMatchObject({
      code: 'credential_in_use',
    });
    store.users.delete(id);
    await credentials.remove('acme', id);
    expect(await problemOf(credentials.find('acme', id))).toMatchObject({ code: 'not_found' });
  });
});

test('another tenant gets the same answer as for a credential that never was', async () => {
  const { id } = await create();
  const missing = 'cred_missing';
  const acts = [
    (of: string) => credentials.find('rival', of),
    (of: string) => credentials.patch({ tenant: 'rival', id: of, name: 'mine' }),
    (of: string) => credentials.remove('rival', of),
  ];
  for (const act of acts) {
    const never = await problemOf(act(missing));
    const message = never.message?.replace(missing, id);
    expect(await problemOf(act(id))).toEqual({ ...never, message });
  }
});
