/**
 * Seals secrets so that they can be kept anywhere: AES-256-GCM, and what was sealed for one owner
 * opens for no other.
 *
 * A sealed text is `v1.<master key id>.<data key box>.<content box>`, each part base64url. A box is a
 * random 96-bit nonce, the ciphertext and the whole 128-bit tag. Every sealing has its own random
 * 256-bit data key, which encrypts the content and is itself encrypted by the master key: so only data
 * keys are ever encrypted by a master key, far below the 2^32 uses that random nonces allow. Each box
 * is bound (as associated data) to the format, its role, the master key's id and the owner.
 */
import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  randomBytes,
  type KeyObject,
} from 'node:crypto';
import type { MasterKey } from '../config.js';
import {
  CredentialVault,
  Secret,
  type Credential,
  type CredentialSecrets,
} from '../use-cases/ports-credentials.js';
import type { MasterKeys, SealedCredential, Sealing } from '../use-cases/ports-master-keys.js';
import { plainRole, roleOf, type PlainRole } from './sealed-roles.js';

const FORMAT = 'v1';
const ALGORITHM = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
/** Node accepts shorter tags unless told otherwise, which would make forging easier. */
const TAG = { authTagLength: 16 } as const;

/** Whom a sealing belongs to; the first word says of what kind, so that kinds never meet. */
type Owner =
  readonly ['credential', tenant: string, id: string] | readonly ['bytes', purpose: string];

export class AesCredentialVault extends CredentialVault implements MasterKeys {
  /** Key objects, not buffers: nothing that prints the vault can print a key. */
  readonly #keys = new Map<string, KeyObject>();
  readonly #currentId: string;

  /** The first key seals, all of them open. */
  constructor(options: { readonly keys: readonly MasterKey[] }) {
    super();
    const [current] = options.keys;
    if (current === undefined) throw new Error('There is no master key');
    this.#currentId = current.id;
    for (const { id, key } of options.keys) {
      if (key.length !== KEY_BYTES) throw new Error(`Master key "${id}" is not ${KEY_BYTES} bytes`);
      if (this.#keys.has(id)) throw new Error(`Master key "${id}" is given twice`);
      this.#keys.set(id, createSecretKey(key));
    }
  }

  seal(
    owner: { readonly tenant: string; readonly id: string },
    secrets: CredentialSecrets,
  ): { readonly sealed: string; readonly keyVersion: string } {
    const bytes = writeSecrets(secrets);
    const sealed = this.#seal(['credential', owner.tenant, owner.id], bytes);
    bytes.fill(0);
    return { sealed, keyVersion: this.#currentId };
  }

  open(credential: Pick<Credential, 'tenant' | 'id' | 'sealed' | 'keyVersion'>): CredentialSecrets {
    const { tenant, id, sealed, keyVersion } = credential;
    const parts = readParts(sealed);
    if (parts.keyId !== keyVersion) throw broken();
    const bytes = this.#open(['credential', tenant, id], parts);
    const secrets = readSecrets(bytes);
    bytes.fill(0);
    return secrets;
  }

  get firstKey(): string {
    return this.#currentId;
  }

  hasKey(keyVersion: string): boolean {
    return this.#keys.has(keyVersion);
  }

  /** Does not look at what is in it: a secret of any form comes under the first key as it is. */
  rewrap(credential: SealedCredential): Sealing {
    const { tenant, id, sealed, keyVersion } = credential;
    const parts = readParts(sealed);
    if (parts.keyId !== keyVersion) throw broken();
    const owner = ['credential', tenant, id] as const;
    return { sealed: this.#reseal(owner, parts), keyVersion: this.#currentId };
  }

  /** The same bytes for the same purpose, under the first key. Throws as `openBytes` does. */
  rewrapBytes(purpose: string, text: string): string {
    return this.#reseal(['bytes', purpose], readParts(text));
  }

  /** Id of the master key that a text is sealed under. */
  keyOf(text: string): string {
    return readParts(text).keyId;
  }

  /** Seals what belongs to the service itself; `purpose` names it and must be given again to open it. */
  sealBytes(purpose: string, bytes: Uint8Array): string {
    return this.#seal(['bytes', purpose], bytes);
  }

  /** Throws when the text was changed, sealed for another purpose, or its master key is missing. */
  openBytes(purpose: string, text: string): Buffer {
    return this.#open(['bytes', purpose], readParts(text));
  }

  #seal(owner: Owner, bytes: Uint8Array): string {
    const keyId = this.#currentId;
    const dataKey = randomBytes(KEY_BYTES);
    const keyBox = encrypt(this.#masterKey(keyId), dataKey, binding('data-key', keyId, owner));
    const box = encrypt(dataKey, bytes, binding('content', keyId, owner));
    dataKey.fill(0);
    return [FORMAT, ...[Buffer.from(keyId), keyBox, box].map(encode)].join('.');
  }

  #reseal(owner: Owner, parts: Parts): string {
    const bytes = this.#open(owner, parts);
    const text = this.#seal(owner, bytes);
    bytes.fill(0);
    return text;
  }

  #open(owner: Owner, { keyId, keyBox, box }: Parts): Buffer {
    const masterKey = this.#masterKey(keyId);
    const dataKey = decrypt(masterKey, keyBox, binding('data-key', keyId, owner));
    if (dataKey.length !== KEY_BYTES) throw broken();
    try {
      return decrypt(dataKey, box, binding('content', keyId, owner));
    } finally {
      dataKey.fill(0);
    }
  }

  #masterKey(id: string): KeyObject {
    const key = this.#keys.get(id);
    if (key === undefined) throw new Error(`Master key "${id}" is not configured`);
    return key;
  }
}

interface Parts {
  readonly keyId: string;
  readonly keyBox: Buffer;
  readonly box: Buffer;
}

function readParts(text: string): Parts {
  const [format, keyId, keyBox, box, ...rest] = text.split('.');
  if (format !== FORMAT || rest.length > 0) throw broken();
  if (keyId === undefined || keyBox === undefined || box === undefined) throw broken();
  return { keyId: decode(keyId).toString(), keyBox: decode(keyBox), box: decode(box) };
}

/** An array of strings as JSON: no two different ones give the same bytes. */
const binding = (role: 'data-key' | 'content', keyId: string, owner: Owner): Buffer =>
  Buffer.from(JSON.stringify([FORMAT, role, keyId, ...owner]));

function encrypt(key: KeyObject | Buffer, bytes: Uint8Array, bound: Buffer): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, nonce, TAG).setAAD(bound);
  return Buffer.concat([nonce, cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(key: KeyObject | Buffer, box: Buffer, bound: Buffer): Buffer {
  if (box.length < NONCE_BYTES + TAG.authTagLength) throw broken();
  const tagAt = box.length - TAG.authTagLength;
  const decipher = createDecipheriv(ALGORITHM, key, box.subarray(0, NONCE_BYTES), TAG)
    .setAAD(bound)
    .setAuthTag(box.subarray(tagAt));
  const bytes = decipher.update(box.subarray(NONCE_BYTES, tagAt));
  try {
    return Buffer.concat([bytes, decipher.final()]);
  } catch {
    throw broken();
  } finally {
    bytes.fill(0);
  }
}

const encode = (bytes: Buffer): string => bytes.toString('base64url');

/** Refuses what Node would read leniently, so that only the very text that was written opens. */
function decode(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64url');
  if (encode(bytes) !== text) throw broken();
  return bytes;
}

interface PlainSecrets {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly securityToken: string | null;
  /** Left out where there is none, as in what was sealed before there were roles. */
  readonly role?: PlainRole;
}

function writeSecrets(secrets: CredentialSecrets): Buffer {
  const plain: PlainSecrets = {
    accessKeyId: secrets.accessKeyId.open(),
    accessKeySecret: secrets.accessKeySecret.open(),
    securityToken: secrets.securityToken?.open() ?? null,
    ...(secrets.role !== undefined && { role: plainRole(secrets.role) }),
  };
  return Buffer.from(JSON.stringify(plain));
}

/** The tag was checked: this is what `writeSecrets` wrote. */
function readSecrets(bytes: Buffer): CredentialSecrets {
  const plain = JSON.parse(bytes.toString()) as PlainSecrets;
  return {
    accessKeyId: new Secret(plain.accessKeyId),
    accessKeySecret: new Secret(plain.accessKeySecret),
    securityToken: plain.securityToken === null ? null : new Secret(plain.securityToken),
    ...(plain.role !== undefined && { role: roleOf(plain.role) }),
  };
}

/** Says nothing of how it failed, nor of what it was about. */
const broken = (): Error =>
  new Error('The sealed text was changed, or was sealed for another owner or under another key');
