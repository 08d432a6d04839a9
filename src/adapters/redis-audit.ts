// The audit log in Redis: each tenant's chain is a list that only grows; one script adds to it, or does nothing.
import type { AuditEntry, AuditNote } from '../domain/audit.js';
import { AuditLog, type AuditPage, type AuditQuery } from '../use-cases/ports-audit.js';
import { AuditChain } from './redis-audit-chain.js';
import type { RedisClient } from './redis-connection.js';
import type { RedisKeys } from './redis-keys.js';

/** Most entries looked at for one page: it may then be short, and still names where to go on. */
const MOST_LOOKED_AT = 5_000;
const CHUNK = 500;

interface Placed {
  /** 1 for the oldest of the list that is read. */
  readonly place: number;
  readonly entry: AuditEntry;
}

export class RedisAuditLog extends AuditLog {
  /** As many as there are tenants. */
  private readonly chains = new Map<string, AuditChain>();

  constructor(
    private readonly redis: RedisClient,
    private readonly keys: RedisKeys,
  ) {
    super();
  }

  override async append(note: AuditNote): Promise<AuditEntry> {
    let chain = this.chains.get(note.tenant);
    if (chain === undefined) {
      chain = new AuditChain(this.redis, this.keys, note.tenant);
      this.chains.set(note.tenant, chain);
    }
    return chain.append(note);
  }

  override async list(query: AuditQuery): Promise<AuditPage> {
    const { tenant, limit } = query;
    const isNarrow = query.keyId !== null || query.action !== null;
    const chunk = isNarrow ? CHUNK : limit + 1;
    const items: AuditEntry[] = [];
    let after = query.after ?? (await this.length(tenant)) + 1;
    let shownUpTo = after;
    for (let looked = 0; looked < MOST_LOOKED_AT; looked += chunk) {
      const from = Math.max(1, after - chunk);
      for (const { place, entry } of await this.between(tenant, from, after)) {
        if (!fits(entry, query)) continue;
        if (items.length === limit) return { items, nextAfter: shownUpTo };
        items.push(entry);
        shownUpTo = place;
      }
      if (from === 1) return { items, nextAfter: null };
      after = from;
    }
    return { items, nextAfter: after };
  }

  private async length(tenant: string | null): Promise<number> {
    return this.redis.llen(tenant === null ? this.keys.auditPlaces() : this.keys.audit(tenant));
  }

  /** Newest first: places from `from` on, up to but not `to`. */
  private async between(
    tenant: string | null,
    from: number,
    to: number,
  ): Promise<readonly Placed[]> {
    if (to <= from) return [];
    const key = tenant === null ? this.keys.auditPlaces() : this.keys.audit(tenant);
    const rows = await this.redis.lrange(key, from - 1, to - 2);
    const texts = tenant === null ? await this.textsAt(rows) : rows;
    return texts
      .flatMap((text, index) =>
        text === null ? [] : [{ place: from + index, entry: JSON.parse(text) as AuditEntry }],
      )
      .reverse();
  }

  private async textsAt(places: readonly string[]): Promise<readonly (string | null)[]> {
    return Promise.all(
      places.map((row) => {
        const blank = row.indexOf(' ');
        const key = this.keys.audit(row.slice(blank + 1));
        return this.redis.lindex(key, Number(row.slice(0, blank)) - 1);
      }),
    );
  }
}

const fits = (entry: AuditEntry, { keyId, action }: AuditQuery): boolean =>
  (keyId === null || entry.keyId === keyId) && (action === null || entry.action === action);
