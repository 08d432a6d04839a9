// Breakers in Redis: the first answer that opens one stays on record until somebody closes it.
import { Breakers, type Breaker } from '../use-cases/ports-breakers.js';
import type { CredentialStore, CredentialVault } from '../use-cases/ports-credentials.js';
import type { Clock } from '../use-cases/ports.js';
import type { Account, UpstreamFault } from '../use-cases/ports-upstream.js';
import { accountOf, openedWith, scopeOf, type Opened } from './account-scope.js';
import type { RedisClient } from './redis-connection.js';
import type { RedisKeys } from './redis-keys.js';
import { RedisScript } from './redis-script.js';

const CLOSE = new RedisScript(new URL('./breakers-close.lua', import.meta.url));

export interface CredentialAccess {
  readonly credentials: CredentialStore;
  readonly vault: CredentialVault;
}

export class RedisBreakers extends Breakers {
  private readonly key: string;

  constructor(
    private readonly redis: RedisClient,
    keys: RedisKeys,
    private readonly access: CredentialAccess,
    private readonly clock: Clock,
  ) {
    super();
    this.key = keys.breakers();
  }

  override async anyOpen(): Promise<boolean> {
    return (await this.redis.exists(this.key)) === 1;
  }

  override async openFor(who: Account): Promise<Breaker | null> {
    const opened = await this.opened(who.tenant, who.credentialId);
    if (opened === null) return null;
    const doc = await this.redis.hget(this.key, scopeOf(who.regionId, opened));
    return doc === null ? null : fromDoc(doc);
  }

  override async openOf(tenant: string, credentialId: string): Promise<readonly Breaker[]> {
    const opened = await this.opened(tenant, credentialId);
    if (opened === null) return [];
    const ending = `:${accountOf(opened)}`;
    const all = Object.entries(await this.redis.hgetall(this.key));
    return inOrder(all.filter(([scope]) => scope.endsWith(ending)).map(([, doc]) => fromDoc(doc)));
  }

  override async trip(who: Account, fault: UpstreamFault): Promise<boolean> {
    const opened = await this.opened(who.tenant, who.credentialId);
    if (opened === null) return false;
    const { code, message, requestId } = fault;
    const { regionId } = who;
    const breaker: Breaker = { regionId, code, message, requestId, openedAt: this.clock.now() };
    const scope = scopeOf(regionId, opened);
    return (await this.redis.hsetnx(this.key, scope, JSON.stringify(breaker))) === 1;
  }

  override async close(tenant: string, credentialId: string): Promise<readonly Breaker[]> {
    const opened = await this.opened(tenant, credentialId);
    if (opened === null) return [];
    const reply = await CLOSE.run(this.redis, [this.key], [accountOf(opened)]);
    const docs = Array.isArray(reply) ? reply : [];
    return inOrder(docs.filter((doc) => typeof doc === 'string').map(fromDoc));
  }

  private async opened(tenant: string, credentialId: string): Promise<Opened | null> {
    const { credentials, vault } = this.access;
    return openedWith(vault, await credentials.find(tenant, credentialId));
  }
}

const fromDoc = (doc: string): Breaker => JSON.parse(doc) as Breaker;

/** Regions differ: no two of an account are equal. */
const inOrder = (breakers: readonly Breaker[]): readonly Breaker[] =>
  breakers.toSorted((a, b) => (a.regionId < b.regionId ? -1 : 1));
