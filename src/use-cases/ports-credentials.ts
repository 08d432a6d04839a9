// What this service asks of the place that keeps credentials: ciphertexts in a store, their key in a vault.
import type { CredentialType } from '../domain/credential.js';
import type { Page } from './ports.js';

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

/** The keys become those of a session by AssumeRole. */
export interface RamRole {
  readonly kind: 'ram_role_arn';
  readonly roleArn: string;
  readonly roleSessionName: string | null;
  readonly policy: string | null;
  readonly externalId: Secret | null;
}

/** A token that the platform writes into a file becomes a session by AssumeRoleWithOIDC. */
export interface OidcRole {
  readonly kind: 'oidc_role_arn';
  readonly roleArn: string;
  readonly oidcProviderArn: string;
  readonly oidcTokenFilePath: string;
  readonly roleSessionName: string | null;
}

/** The metadata service of the machine gives out a session; null: of the one role that it has. */
export interface EcsRole {
  readonly kind: 'ecs_ram_role';
  readonly roleName: string | null;
}

export type RolePlan = RamRole | OidcRole | EcsRole;

/** The texts are empty where the machine itself proves who it is. */
export interface CredentialSecrets {
  readonly accessKeyId: Secret;
  readonly accessKeySecret: Secret;
  readonly securityToken: Secret | null;
  /**
   * How they become what signs; without it they sign themselves. Sealed with them: who can write to the
   * store cannot choose another role.
   */
  readonly role?: RolePlan;
}

/** Of the types that keep no key of their own. */
export const NO_KEY = {
  accessKeyId: new Secret(''),
  accessKeySecret: new Secret(''),
  securityToken: null,
} as const satisfies CredentialSecrets;

/** Upstream, or STS, does not take its secret: since when (ms), and the code that said so first. */
export interface Unhealthy {
  readonly since: number;
  readonly code: string;
}

export interface Credential {
  readonly id: string;
  readonly tenant: string;
  readonly name: string;
  readonly type: CredentialType;
  readonly regionId: string;
  /** First and last four characters of the AccessKeyId; null where there is none. */
  readonly maskedKeyId: string | null;
  /** The role that is assumed; null where none is named. For people: what is used is sealed. */
  readonly roleArn: string | null;
  /** Ciphertexts; what is in them only the vault knows. */
  readonly sealed: string;
  /** Id of the master key that wraps the data key. */
  readonly keyVersion: string;
  readonly version: number;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly lastUsedAt: number | null;
  readonly lastVerifiedAt: number | null;
  /** Null while nothing speaks against it. */
  readonly unhealthy: Unhealthy | null;
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
   * Notes that upstream took this very secret, which makes it healthy; of one that was replaced meanwhile
   * nothing is noted. The time never falls, and goes when the secret is replaced.
   */
  abstract verified(
    credential: Pick<Credential, 'tenant' | 'id' | 'sealed'>,
    atMs: number,
  ): Promise<void>;
  /**
   * Notes that this very secret was refused, with an event. False when that is known already,
   * or the secret was replaced meanwhile. A verification or another secret ends it.
   */
  abstract fellIll(
    credential: Pick<Credential, 'tenant' | 'id' | 'sealed'>,
    unhealthy: Unhealthy,
  ): Promise<boolean>;
  abstract touch(tenant: string, id: string, usedAtMs: number): Promise<void>;
}
