// Credentials in Redis: every write is one script, and another tenant's credential is as a missing one.
import type { UnplacedEvent } from '../domain/event.js';
import type { Page } from '../use-cases/ports.js';
import {
  CredentialStore,
  type Credential,
  type Unhealthy,
} from '../use-cases/ports-credentials.js';
import { writeEvent } from './event-record.js';
import type { RedisClient } from './redis-connection.js';
import { RedisKeys } from './redis-keys.js';
import { RedisScript, type ScriptReply } from './redis-script.js';

/** From the HTTP contract: an idempotency key is kept for a day. */
const IDEMPOTENCY_LIFE_MS = 24 * 60 * 60_000;

const CREATE = new RedisScript(new URL('./credential-create.lua', import.meta.url));
const REPLACE = new RedisScript(new URL('./credential-replace.lua', import.meta.url));
const REMOVE = new RedisScript(new URL('./credential-remove.lua', import.meta.url));
const VERIFIED = new RedisScript(new URL('./credential-verified.lua', import.meta.url));
const UNHEALTHY = new RedisScript(new URL('./credential-unhealthy.lua', import.meta.url));
const TOUCH = new RedisScript(new URL('./credential-touch.lua', import.meta.url));

export class RedisCredentialStore extends CredentialStore {
  private readonly keys: RedisKeys;

  constructor(
    private readonly redis: RedisClient,
    prefix: string,
  ) {
    super();
    this.keys = new RedisKeys(prefix);
  }

  async create(
    credential: Credential,
    idempotency: { readonly key: string; readonly hash: string } | null,
  ): ReturnType<CredentialStore['create']> {
    const { id, tenant, version } = credential;
    const { keys: names } = this;
    const keys = [names.credential(id), names.credentials(tenant), names.credentialsByKey()];
    if (idempotency !== null) {
      keys.push(this.keys.idempotency(tenant, idempotency.key));
    }
    const args = [id, tenant, version, toDoc(credential), idempotency?.hash ?? ''];
    const reply = await CREATE.run(this.redis, keys, [...args, IDEMPOTENCY_LIFE_MS]);
    const [kind, doc] = Array.isArray(reply) ? (reply as readonly ScriptReply[]) : [];
    if (kind === 'created' || kind === 'key_reused') return { kind };
    if (kind === 'replayed' && typeof doc === 'string') {
      return { kind, credential: fromDoc(doc) };
    }
    throw unexpected('credential-create', reply);
  }

  async find(tenant: string, id: string): Promise<Credential | null> {
    const names = ['doc', 'tenant', 'lastUsedAt', 'verifiedAt', 'unhealthy'];
    const fields = await this.redis.hmget(this.keys.credential(id), ...names);
    const [doc, owner, lastUsedAt, verifiedAt, unhealthy] = fields;
    return typeof doc === 'string' && owner === tenant
      ? fromDoc(doc, lastUsedAt, verifiedAt, unhealthy)
      : null;
  }

  /** Newest first. A page is shorter when one of it was removed while it was read. */
  async list(
    tenant: string,
    page: { readonly limit: number; readonly afterId: string | null },
  ): Promise<Page<Credential>> {
    const newest = page.afterId === null ? '+' : `(${page.afterId}`;
    const all = this.keys.credentials(tenant);
    const ids = await this.redis.zrange(
      all,
      newest,
      '-',
      'BYLEX',
      'REV',
      'LIMIT',
      0,
      page.limit + 1,
    );
    const shown = ids.slice(0, page.limit);
    const found = await Promise.all(shown.map((id) => this.find(tenant, id)));
    return {
      items: found.filter((credential) => credential !== null),
      nextAfterId: ids.length > page.limit ? (shown.at(-1) ?? null) : null,
    };
  }

  /** `credential.version` is the new one: the stored one must be the version before it. */
  async replace(credential: Credential): Promise<'replaced' | 'stale' | 'gone'> {
    const { id, tenant, version } = credential;
    const names = [this.keys.credential(id), this.keys.credentialsByKey()];
    const args = [tenant, version - 1, version, toDoc(credential), id];
    const reply = await REPLACE.run(this.redis, names, args);
    if (reply === 'replaced' || reply === 'stale' || reply === 'gone') return reply;
    throw unexpected('credential-replace', reply);
  }

  async remove(tenant: string, id: string): Promise<'removed' | 'in_use' | 'gone'> {
    const { keys } = this;
    const own = [keys.credential(id), keys.credentials(tenant), keys.credentialUsers(id)];
    const names = [...own, keys.credentialsByKey()];
    const reply = await REMOVE.run(this.redis, names, [id, tenant]);
    if (reply === 'removed' || reply === 'in_use' || reply === 'gone') return reply;
    throw unexpected('credential-remove', reply);
  }

  async touch(tenant: string, id: string, usedAtMs: number): Promise<void> {
    await TOUCH.run(this.redis, [this.keys.credential(id)], [tenant, usedAtMs]);
  }

  async verified(
    { tenant, id, sealed }: Pick<Credential, 'tenant' | 'id' | 'sealed'>,
    atMs: number,
  ): Promise<void> {
    await VERIFIED.run(this.redis, [this.keys.credential(id)], [tenant, sealed, atMs]);
  }

  async fellIll(
    credential: Pick<Credential, 'tenant' | 'id' | 'sealed'>,
    unhealthy: Unhealthy,
  ): Promise<boolean> {
    const { tenant, id, sealed } = credential;
    const event = writeEvent(unhealthyEvent(credential, unhealthy));
    const keys = [this.keys.credential(id), this.keys.events()];
    const args = [tenant, sealed, JSON.stringify(unhealthy), event];
    return (await UNHEALTHY.run(this.redis, keys, args)) === 1;
  }
}

/** Without what is written on its own, often, and must not race with a replacement. */
function toDoc(credential: Credential): string {
  const { lastUsedAt: _used, unhealthy: _unhealthy, ...doc } = credential;
  return JSON.stringify(doc);
}

type Stored = Omit<Credential, 'lastUsedAt' | 'unhealthy' | 'roleArn'> &
  // Records of before there were roles name none.
  Partial<Pick<Credential, 'roleArn'>>;

/** A verification since the record was written is on its own, too. */
function fromDoc(
  doc: string,
  lastUsedAt: string | null = null,
  verifiedAt: string | null = null,
  unhealthy: string | null = null,
): Credential {
  const stored = JSON.parse(doc) as Stored;
  return {
    ...stored,
    roleArn: stored.roleArn ?? null,
    lastUsedAt: lastUsedAt === null ? null : Number(lastUsedAt),
    lastVerifiedAt: verifiedAt === null ? stored.lastVerifiedAt : Number(verifiedAt),
    unhealthy: unhealthy === null ? null : (JSON.parse(unhealthy) as Unhealthy),
  };
}

const unhealthyEvent = (
  { tenant, id }: Pick<Credential, 'tenant' | 'id'>,
  { since, code }: Unhealthy,
): UnplacedEvent => ({
  ...{ type: 'credential.unhealthy', at: since, tenant },
  data: { credentialId: id, code },
});

/** Names the script and the kind of reply, never its content. */
const unexpected = (script: string, reply: ScriptReply): Error =>
  new Error(`${script} answered with an unexpected ${reply === null ? 'null' : typeof reply}`);
