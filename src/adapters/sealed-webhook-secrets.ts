// Secrets of webhooks: made at random, kept only sealed, and what was sealed for one webhook opens for no other.
import { randomBytes } from 'node:crypto';
import type { Webhook } from '../domain/webhook.js';
import { Secret } from '../use-cases/ports-credentials.js';
import type { MasterKeys, SealedCredential, Sealing } from '../use-cases/ports-master-keys.js';
import { WebhookSecrets, type SigningSecret } from '../use-cases/ports-webhooks.js';
import type { AesCredentialVault } from './aes-credential-vault.js';

/** Standard Webhooks wants 24 to 64 bytes. */
const SECRET_BYTES = 32;
const PREFIX = 'whsec_';

/** The newest first. */
type Plain = readonly (readonly [secret: string, until: number | null])[];

type Vault = Pick<AesCredentialVault, 'sealBytes' | 'openBytes' | 'firstKey'>;

export class SealedWebhookSecrets extends WebhookSecrets {
  constructor(private readonly vault: Vault) {
    super();
  }

  override make(): Secret {
    return new Secret(PREFIX + randomBytes(SECRET_BYTES).toString('base64'));
  }

  override seal(
    owner: Pick<Webhook, 'tenant' | 'id'>,
    secrets: readonly SigningSecret[],
  ): Pick<Webhook, 'sealed' | 'keyVersion'> {
    const plain: Plain = secrets.map(({ secret, until }) => [secret.open(), until]);
    const bytes = Buffer.from(JSON.stringify(plain));
    const sealed = this.vault.sealBytes(purposeOf(owner), bytes);
    bytes.fill(0);
    return { sealed, keyVersion: this.vault.firstKey };
  }

  override open(webhook: Pick<Webhook, 'tenant' | 'id' | 'sealed'>): readonly SigningSecret[] {
    const bytes = this.vault.openBytes(purposeOf(webhook), webhook.sealed);
    const plain = JSON.parse(bytes.toString()) as Plain;
    bytes.fill(0);
    return plain.map(([secret, until]) => ({ secret: new Secret(secret), until }));
  }
}

/** Master keys for a rewrap of webhooks: what is sealed for them has another owner than that of credentials. */
export function keysOfWebhooks(
  vault: Pick<AesCredentialVault, 'firstKey' | 'hasKey' | 'rewrapBytes'>,
): MasterKeys {
  return {
    firstKey: vault.firstKey,
    hasKey: (keyVersion: string) => vault.hasKey(keyVersion),
    rewrap: (webhook: SealedCredential): Sealing => ({
      sealed: vault.rewrapBytes(purposeOf(webhook), webhook.sealed),
      keyVersion: vault.firstKey,
    }),
  };
}

const purposeOf = ({ tenant, id }: Pick<Webhook, 'tenant' | 'id'>): string =>
  `webhook/${tenant}/${id}`;
