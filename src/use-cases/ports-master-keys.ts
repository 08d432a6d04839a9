// What a change of master keys asks of the outside: every sealed credential of all tenants, and the keys that open them.
import type { Page } from './ports.js';
import type { Credential } from './ports-credentials.js';

export type SealedCredential = Pick<
  Credential,
  'id' | 'tenant' | 'version' | 'sealed' | 'keyVersion'
>;

export type Sealing = Pick<Credential, 'sealed' | 'keyVersion'>;

export abstract class SealedCredentials {
  /** Ids of all master keys that any stored credential is sealed under. */
  abstract keyVersions(): Promise<readonly string[]>;
  abstract count(keyVersion: string): Promise<number>;
  /** Those sealed under this key, in the order of their ids. One that is resealed leaves it. */
  abstract page(
    keyVersion: string,
    page: { readonly limit: number; readonly afterId: string | null },
  ): Promise<Page<SealedCredential>>;
  /** Compare-and-set on `version`: only the sealing is another one afterwards. */
  abstract reseal(
    before: SealedCredential,
    fresh: Sealing,
  ): Promise<'resealed' | 'changed' | 'gone'>;
}

export abstract class MasterKeys {
  /** Id of the one that seals. */
  abstract readonly firstKey: string;
  abstract hasKey(keyVersion: string): boolean;
  /** The same secrets for the same owner, under the first key. Throws as `open` does. */
  abstract rewrap(credential: SealedCredential): Sealing;
}
