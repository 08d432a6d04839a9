// API keys in Redis: digests of secrets, never secrets; validity read anew for each request.
import { callerOf, LAST_USE_STEP_MS, type ApiKey } from '../domain/api-key.js';
import type { Caller } from '../domain/access.js';
import type { Clock, Page } from '../use-cases/ports.js';
import {
  ApiKeyStore,
  type CreateKeyOutcome,
  type KeyIdempotency,
  type NewApiKey,
} from '../use-cases/ports-access.js';
import { Secret } from '../use-cases/ports-credentials.js';
import { digestOf, idOfKeyText, isDigestOf, makeKeyText } from './api-key-text.js';
import type { RedisClient } from './redis-connection.js';
import type { RedisKeys } from './redis-keys.js';
import { RedisScript, type ScriptReply } from './redis-script.js';

/** From the HTTP contract: an idempotency key is kept for a day. */
const IDEMPOTENCY_LIFE_MS = 24 * 60 * 60_000;

const CREATE = new RedisScript(new URL('./api-key-create.lua', import.meta.url));
const REVOKE = new RedisScript(new URL('./api-key-revoke.lua', import.meta.url));
const TOUCH = new RedisScript(new URL('./api-key-touch.lua', import.meta.url));

const FIELDS = ['doc', 'tenant', 'digest', 'revokedAt', 'lastUsedAt'] as const;

/** Seals what an idempotency record must answer again. */
export interface AnswerVault {
  sealBytes(purpose: string, bytes: Uint8Array): string;
  openBytes(purpose: string, text: string): Buffer;
}

interface Stored {
  readonly record: ApiKey;
  readonly digest: Buffer;
}

export class RedisApiKeys extends ApiKeyStore {
  constructor(
    private readonly redis: RedisClient,
    private readonly keys: RedisKeys,
    private readonly vault: AnswerVault,
    private readonly clock: Clock,
  ) {
    super();
  }

  override async callerOf(key: string): Promise<Caller | null> {
    const id = idOfKeyText(key);
    if (id === null) return null;
    const stored = await this.find(id);
    const isRight = isDigestOf(key, stored?.digest ?? null);
    const now = this.clock.now();
    const caller = stored === null || !isRight ? null : callerOf(stored.record, now);
    if (stored === null || caller === null) return null;
    if (now - (stored.record.lastUsedAt ?? 0) >= LAST_USE_STEP_MS) {
      await TOUCH.run(this.redis, [this.keys.apiKey(id)], [now, LAST_USE_STEP_MS]);
    }
    return caller;
  }

  override async create(
    fresh: NewApiKey,
    idempotency: KeyIdempotency | null,
  ): Promise<CreateKeyOutcome> {
    const { id, tenant } = fresh;
    const text = makeKeyText(id);
    const names = [this.keys.apiKey(id), this.keys.apiKeys(tenant), this.keys.allApiKeys()];
    const args: (string | number)[] = [id, tenant, JSON.stringify(fresh)];
    args.push(digestOf(text).toString('base64'), idempotency?.hash ?? '', IDEMPOTENCY_LIFE_MS);
    if (idempotency !== null) {
      names.push(this.keys.idempotency(idempotency.tenant, idempotency.key));
      args.push(this.vault.sealBytes(purposeOf(fresh), Buffer.from(text)));
    }
    const reply = await CREATE.run(this.redis, names, args);
    const [kind, doc, sealed] = Array.isArray(reply) ? (reply as readonly ScriptReply[]) : [];
    if (kind === 'key_reused') return { kind };
    if (kind === 'created') return { kind, record: recordOf(fresh), key: new Secret(text) };
    if (kind === 'replayed' && typeof doc === 'string' && typeof sealed === 'string') {
      const record = recordOf(JSON.parse(doc) as NewApiKey);
      const key = this.vault.openBytes(purposeOf(record), sealed).toString();
      return { kind, record, key: new Secret(key) };
    }
    throw new Error('api-key-create answered with something unexpected');
  }

  override async list(
    tenant: string | null,
    { limit, afterId }: { readonly limit: number; readonly afterId: string | null },
  ): Promise<Page<ApiKey>> {
    const all = tenant === null ? this.keys.allApiKeys() : this.keys.apiKeys(tenant);
    const newest = afterId === null ? '+' : `(${afterId}`;
    const ids = await this.redis.zrange(all, newest, '-', 'BYLEX', 'REV', 'LIMIT', 0, limit + 1);
    const shown = ids.slice(0, limit);
    const found = await Promise.all(shown.map((id) => this.find(id)));
    return {
      items: found.filter((stored) => stored !== null).map(({ record }) => record),
      nextAfterId: ids.length > limit ? (shown.at(-1) ?? null) : null,
    };
  }

  override async revoke(
    tenant: string | null,
    id: string,
    atMs: number,
  ): Promise<'revoked' | 'gone'> {
    const reply = await REVOKE.run(this.redis, [this.keys.apiKey(id)], [tenant ?? '', atMs]);
    return reply === 'revoked' ? 'revoked' : 'gone';
  }

  private async find(id: string): Promise<Stored | null> {
    const fields = await this.redis.hmget(this.keys.apiKey(id), ...FIELDS);
    const [doc, tenant, digest, revokedAt = null, lastUsedAt = null] = fields;
    if (typeof doc !== 'string' || typeof digest !== 'string') return null;
    const fresh = JSON.parse(doc) as NewApiKey;
    if (fresh.tenant !== tenant) return null;
    const record = {
      ...fresh,
      revokedAt: revokedAt === null ? null : Number(revokedAt),
      lastUsedAt: lastUsedAt === null ? null : Number(lastUsedAt),
    };
    return { record, digest: Buffer.from(digest, 'base64') };
  }
}

const recordOf = (fresh: NewApiKey): ApiKey => ({ ...fresh, revokedAt: null, lastUsedAt: null });

/** So that the sealed text of one key opens for no other. */
const purposeOf = ({ tenant, id }: Pick<ApiKey, 'tenant' | 'id'>): string =>
  `api-key/${tenant}/${id}`;
