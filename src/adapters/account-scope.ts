// Which cloud account a credential calls for, told without its AccessKeyId: Redis must not show that.
import { createHash } from 'node:crypto';
import { accountOfRole } from '../domain/credential.js';
import type {
  Credential,
  CredentialSecrets,
  CredentialVault,
} from '../use-cases/ports-credentials.js';

/** A credential and what the vault has of it. */
export interface Opened {
  readonly credential: Pick<Credential, 'id'>;
  readonly secrets: CredentialSecrets;
}

/**
 * Upstream counts by cloud account and region. The AccessKeyId stands for the account, so one key that
 * is stored twice, or by two tenants, still has one pace and one breaker. A role names its account: the
 * AccessKeyIds of its sessions come and go. A machine's own role does not: there the credential stands
 * for the account.
 */
export const scopeOf = (regionId: string, opened: Opened): string =>
  `${regionId}:${accountOf(opened)}`;

/** What all scopes of the account end with, after a colon. */
export function accountOf(opened: Opened): string {
  return createHash('sha256').update(nameOfAccount(opened)).digest('hex').slice(0, 16);
}

/** Only hashes of these meet: the blank keeps them apart, as no AccessKeyId has one. */
function nameOfAccount({ credential, secrets }: Opened): string {
  const { role, accessKeyId } = secrets;
  if (role === undefined) return accessKeyId.open();
  const account = role.kind === 'ecs_ram_role' ? null : accountOfRole(role.roleArn);
  return account === null ? `credential ${credential.id}` : `account ${account}`;
}

/** Null when the vault refuses, or gives an empty key: upstream must never be asked with half of one. */
export function openedWith(vault: CredentialVault, credential: Credential | null): Opened | null {
  if (credential === null) return null;
  try {
    const secrets = vault.open(credential);
    return isWhole(secrets) ? { credential, secrets } : null;
  } catch {
    return null;
  }
}

function isWhole({ role, accessKeyId, accessKeySecret }: CredentialSecrets): boolean {
  if (role !== undefined && role.kind !== 'ram_role_arn') return true;
  return accessKeyId.open() !== '' && accessKeySecret.open() !== '';
}
