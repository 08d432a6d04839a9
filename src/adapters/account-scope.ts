// Which cloud account a credential calls for, told without its AccessKeyId: Redis must not show that.
import { createHash } from 'node:crypto';
import type {
  Credential,
  CredentialSecrets,
  CredentialVault,
} from '../use-cases/ports-credentials.js';

/**
 * Upstream counts by cloud account and region. The AccessKeyId stands for the account, so one key that
 * is stored twice, or by two tenants, still has one pace and one breaker.
 */
export const scopeOf = (regionId: string, secrets: CredentialSecrets): string =>
  `${regionId}:${accountOf(secrets)}`;

/** What all scopes of the account end with, after a colon. */
export function accountOf(secrets: CredentialSecrets): string {
  const digest = createHash('sha256').update(secrets.accessKeyId.open()).digest('hex');
  return digest.slice(0, 16);
}

/** Null when the vault refuses, or gives an empty key: upstream must never be asked with half of one. */
export function secretsOf(
  vault: CredentialVault,
  credential: Credential | null,
): CredentialSecrets | null {
  if (credential === null) return null;
  try {
    const secrets = vault.open(credential);
    const isWhole = secrets.accessKeyId.open() !== '' && secrets.accessKeySecret.open() !== '';
    return isWhole ? secrets : null;
  } catch {
    return null;
  }
}
