// The service's own key, from which the nonces of submissions are derived: made once, kept sealed in Redis.
import { createHmac, randomBytes } from 'node:crypto';
import type { AesCredentialVault } from './aes-credential-vault.js';
import type { RedisClient } from './redis-connection.js';
import type { RedisKeys } from './redis-keys.js';

const PURPOSE = 'service-key';

/**
 * The nonce of an attempt is always the same, so that an attempt that Redis has lost and that is made
 * again is refused by upstream as already seen.
 */
export class ServiceKey {
  private constructor(private readonly key: Buffer) {}

  /** Whoever is first makes it; all others read that one. */
  static async load(
    redis: RedisClient,
    keys: RedisKeys,
    vault: AesCredentialVault,
  ): Promise<ServiceKey> {
    await redis.set(keys.serviceKey(), vault.sealBytes(PURPOSE, randomBytes(32)), 'NX');
    const sealed = await redis.get(keys.serviceKey());
    if (sealed === null) throw new Error('The service key could not be stored');
    return new ServiceKey(vault.openBytes(PURPOSE, sealed));
  }

  /** A key of 32 bytes for one other purpose, the same in every process and over restarts. */
  derive = (purpose: string): Buffer =>
    createHmac('sha256', this.key).update(`key/${purpose}`).digest();

  /** 32 hexadecimal characters. */
  nonceFor = (migrationId: string, attempt: number): string =>
    createHmac('sha256', this.key).update(`${migrationId}/${attempt}`).digest('hex').slice(0, 32);
}
