// What this service asks of the place that keeps credentials: ciphertexts in a store, their key in a vault.
import type { Page } from './ports.js';

export type CredentialType = 'access_key' | 'sts';

/** A text that must not be seen: every way to print it says `[sealed]`. */
export class Secret {
  readonly #text: string;
  constructor(text: string) {
    this.#text = text;
  }
  /** The only way in. */
  open(): string {
    return this.#text;
  }
  toString(): string {
    return '[sealed]';
  }
  toJSON(): string {
    return '[sealed]';
  }
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[sealed]';
  }
}

export interface CredentialSecrets {
  readonly accessKeyId: Secret;
  readonly accessKeySecret: Secret;
  readonly securityToken: Secret | null;
}

export interface Credential {
  readonly id: string;
  readonly tenant: string;
  readonly name: string;
  readonly type: CredentialType;
  readonly regionId: string;
  /** First and last four characters of the AccessKeyId. */
  readonly maskedKeyId: string;
  /** Ciphertexts; what is in them only the vault knows. */
  readonly sealed: string;
  /** Id of the master key that wraps the data key. */
  readonly keyVersion: string;
  readonly version: number;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly lastUsedAt: number | null;
  readonly lastVerifiedAt: number | null;
}

export abstract class CredentialVault {
  /** AES-256-GCM under a data key of this credential, bound to tenant and id. */
  abstract seal(
    owner: { readonly tenant: string; readonly id: string },
    secrets: CredentialSecrets,
  ): { readonly sealed: string; readonly keyVersion: string };
  /** Throws when the text was changed, moved to another credential, or its master key is missing. */
  abstract open(
    credential: Pick<Credential, 'tenant' | 'id' | 'sealed' | 'keyVersion'>,
  ): CredentialSecrets;
}

export abstract class CredentialStore {
  /** `replayed` when the idempotency key was used before with the same body: the credential as it was then. */
  abstract create(
    credential: Credential,
    idempotency: { readonly key: string; readonly hash: string } | null,
  ): Promise<
    | { readonly kind: 'created' }
    | { readonly kind: 'replayed'; readonly credential: Credential }
    | { readonly kind: 'key_reused' }
  >;
  abstract find(tenant: string, id: string): Promise<Credential | null>;
  abstract list(
    tenant: string,
    page: { readonly limit: number; readonly afterId: string | null },
  ): Promise<Page<Credential>>;
  /** Compare-and-set on `version`. */
  abstract replace(credential: Credential): Promise<'replaced' | 'stale' | 'gone'>;
  abstract remove(tenant: string, id: string): Promise<'removed' | 'in_use' | 'gone'>;
  /**
   * Notes that upstream took this very secret; of one that was replaced meanwhile nothing is noted. The
   * time never falls, and goes when the secret is replaced.
   */
  abstract verified(
    credential: Pick<Credential, 'tenant' | 'id' | 'sealed'>,
    atMs: number,
  ): Promise<void>;
  abstract touch(tenant: string, id: string, usedAtMs: number): Promise<void>;
}
