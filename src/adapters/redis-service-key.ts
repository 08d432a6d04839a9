// The service's own key, from which the nonces of submissions are derived: made once, kept sealed in Redis.
import { createHmac, randomBytes } from 'node:crypto';
import type { AesCredentialVault } from './aes-credential-vault.js';
import type { RedisClient } from './redis-connection.js';
import type { RedisKeys } from './redis-keys.js';
import { RedisScript } from './redis-script.js';

const PURPOSE = 'service-key';

const RESEAL = new RedisScript(new URL('./service-key-reseal.lua', import.meta.url));

/**
 * The nonce of an attempt is always the same, so that an attempt that Redis has lost and that is made
 * again is refused by upstream as already seen.
 */
export class ServiceKey {
  private constructor(private readonly key: Buffer) {}

  /** Whoever is first makes it; all others read that one. Throws when its master key is missing. */
  static async load(
    redis: RedisClient,
    keys: RedisKeys,
    vault: AesCredentialVault,
  ): Promise<ServiceKey> {
    await redis.set(keys.serviceKey(), vault.sealBytes(PURPOSE, randomBytes(32)), 'NX');
    const sealed = await redis.get(keys.serviceKey());
    if (sealed === null) throw new Error('The service key could not be stored');
    const keyVersion = vault.keyOf(sealed);
    if (!vault.hasKey(keyVersion)) {
      throw new Error(
        `the service key is sealed under ${keyVersion}, which is not in MASTER_KEYS: add it after the first one, run the rewrap, and only then leave it out`,
      );
    }
    return new ServiceKey(vault.openBytes(PURPOSE, sealed));
  }

  /** A key of 32 bytes for one other purpose, the same in every process and over restarts. */
  derive = (purpose: string): Buffer =>
    createHmac('sha256', this.key).update(`key/${purpose}`).digest();

  /** 32 hexadecimal characters. */
  nonceFor = (migrationId: string, attempt: number): string =>
    createHmac('sha256', this.key).update(`${migrationId}/${attempt}`).digest('hex').slice(0, 32);
}

/** Brings it under the first master key. `none` before the first start of the service. */
export async function rewrapServiceKey(
  redis: RedisClient,
  keys: RedisKeys,
  vault: AesCredentialVault,
): Promise<'rewrapped' | 'already' | 'none' | 'unopened'> {
  const sealed = await redis.get(keys.serviceKey());
  if (sealed === null) return 'none';
  let fresh: string;
  try {
    if (vault.keyOf(sealed) === vault.firstKey) return 'already';
    fresh = vault.rewrapBytes(PURPOSE, sealed);
  } catch {
    return 'unopened';
  }
  // Only another rewrap writes it: what that has written is as good.
  const reply = await RESEAL.run(redis, [keys.serviceKey()], [sealed, fresh]);
  return reply === 1 ? 'rewrapped' : 'already';
}
