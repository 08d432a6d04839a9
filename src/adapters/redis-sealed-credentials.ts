// Credentials of all tenants by the master key they are sealed under: exact, as every script that writes one keeps the row.
import type { Page } from '../use-cases/ports.js';
import {
  SealedCredentials,
  type SealedCredential,
  type Sealing,
} from '../use-cases/ports-master-keys.js';
import type { RedisClient } from './redis-connection.js';
import type { RedisKeys } from './redis-keys.js';
import { RedisScript } from './redis-script.js';

const RESEAL = new RedisScript(new URL('./credential-reseal.lua', import.meta.url));

/** Members are "key id": a blank sorts before, and this right after, all that an id of a key can hold. */
const AFTER_BLANK = '!';

interface StoredDoc {
  readonly tenant: string;
  readonly version: number;
  readonly sealed: string;
  readonly keyVersion: string;
}

/** Where records lie, and their ids by master key. */
export interface SealedRows {
  readonly record: (id: string) => string;
  readonly byKey: () => string;
}

export const credentialRows = (keys: RedisKeys): SealedRows => ({
  record: keys.credential,
  byKey: keys.credentialsByKey,
});

/** Records of the same form as far as their sealing goes. */
export const webhookRows = (keys: RedisKeys): SealedRows => ({
  record: keys.webhook,
  byKey: keys.webhooksByKey,
});

export class RedisSealedCredentials extends SealedCredentials {
  private readonly rows: SealedRows;

  constructor(
    private readonly redis: RedisClient,
    keys: RedisKeys,
    rowsOf: (keys: RedisKeys) => SealedRows = credentialRows,
  ) {
    super();
    this.rows = rowsOf(keys);
  }

  /** One step for each key, however many credentials there are. */
  override async keyVersions(): Promise<readonly string[]> {
    const versions: string[] = [];
    for (let from = '-'; ; from = `(${versions.at(-1) ?? ''}${AFTER_BLANK}`) {
      const row = this.rows.byKey();
      const [member] = await this.redis.zrange(row, from, '+', 'BYLEX', 'LIMIT', 0, 1);
      if (member === undefined) return versions;
      versions.push(member.slice(0, member.indexOf(' ')));
    }
  }

  override async count(keyVersion: string): Promise<number> {
    const [from, to] = [`[${keyVersion} `, `(${keyVersion}${AFTER_BLANK}`];
    return this.redis.zlexcount(this.rows.byKey(), from, to);
  }

  /** A page is shorter when one of it was removed or resealed while it was read. */
  override async page(
    keyVersion: string,
    { limit, afterId }: { readonly limit: number; readonly afterId: string | null },
  ): Promise<Page<SealedCredential>> {
    const from = afterId === null ? `[${keyVersion} ` : `(${keyVersion} ${afterId}`;
    const to = `(${keyVersion}${AFTER_BLANK}`;
    const row = this.rows.byKey();
    const members = await this.redis.zrange(row, from, to, 'BYLEX', 'LIMIT', 0, limit + 1);
    const ids = members.map((member) => member.slice(keyVersion.length + 1));
    const shown = ids.slice(0, limit);
    const found = await Promise.all(shown.map((id) => this.find(id)));
    return {
      items: found.flatMap((one) => (one?.keyVersion === keyVersion ? [one] : [])),
      nextAfterId: ids.length > limit ? (shown.at(-1) ?? null) : null,
    };
  }

  override async reseal(
    before: SealedCredential,
    { sealed, keyVersion }: Sealing,
  ): Promise<'resealed' | 'changed' | 'gone'> {
    const { id, tenant, version } = before;
    const text = await this.redis.hget(this.rows.record(id), 'doc');
    if (text === null) return 'gone';
    const doc = JSON.parse(text) as StoredDoc;
    if (doc.version !== version || doc.sealed !== before.sealed) return 'changed';
    const after = JSON.stringify({ ...doc, sealed, keyVersion, version: version + 1 });
    const names = [this.rows.record(id), this.rows.byKey()];
    const reply = await RESEAL.run(this.redis, names, [id, tenant, version, version + 1, after]);
    if (reply === 'resealed' || reply === 'changed' || reply === 'gone') return reply;
    throw new Error('credential-reseal answered with something unexpected');
  }

  private async find(id: string): Promise<SealedCredential | null> {
    const text = await this.redis.hget(this.rows.record(id), 'doc');
    if (text === null) return null;
    const { tenant, version, sealed, keyVersion } = JSON.parse(text) as StoredDoc;
    return { id, tenant, version, sealed, keyVersion };
  }
}
