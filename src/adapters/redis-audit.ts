// The audit log in Redis: each tenant's chain is a list that grows at its end and loses only what is older than it need be kept.
import type { AuditEntry, AuditNote, ChainLink } from '../domain/audit.js';
import { AuditLog, type AuditPage, type AuditQuery } from '../use-cases/ports-audit.js';
import { AuditChain } from './redis-audit-chain.js';
import { dropOldest, entriesAt, readList } from './redis-audit-lists.js';
import type { RedisClient } from './redis-connection.js';
import type { RedisKeys } from './redis-keys.js';

/** Most entries looked at for one page: it may then be short, and still names where to go on. */
const MOST_LOOKED_AT = 5_000;
const CHUNK = 500;

interface Placed {
  /** 1 for the oldest that ever was in the list that is read. */
  readonly place: number;
  readonly entry: AuditEntry;
}

/** Places of a list, newest first. */
interface Part {
  /** Place of the last that was dropped, and its hash; 0 for none. */
  readonly anchor: ChainLink;
  readonly placed: readonly Placed[];
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
    let after = query.after ?? (await this.lastPlace(tenant)) + 1;
    let shownUpTo = after;
    let anchor: ChainLink | null = null;
    for (let looked = 0; looked < MOST_LOOKED_AT; looked += chunk) {
      const from = Math.max(1, after - chunk);
      const part = await this.between(tenant, from, after);
      anchor = tenant === null || part.anchor.seq === 0 ? null : part.anchor;
      for (const { place, entry } of part.placed) {
        if (!fits(entry, query)) continue;
        if (items.length === limit) return { items, nextAfter: shownUpTo, anchor };
        items.push(entry);
        shownUpTo = place;
      }
      if (from <= part.anchor.seq + 1) return { items, nextAfter: null, anchor };
      after = from;
    }
    return { items, nextAfter: after, anchor };
  }

  override async dropBefore(byMs: number, nowMs: number): Promise<number> {
    return dropOldest(this.redis, this.keys, { byMs, nowMs });
  }

  private async lastPlace(tenant: string | null): Promise<number> {
    return (await readList(this.redis, this.keys, tenant, ['range', 1, 0])).lastPlace;
  }

  /** Places from `from` on, up to but not `to`. */
  private async between(tenant: string | null, from: number, to: number): Promise<Part> {
    const range = ['range', from, to - 1] as const;
    const { anchor, texts } = await readList(this.redis, this.keys, tenant, range);
    const first = Math.max(from, anchor.seq + 1);
    const entries: readonly (AuditEntry | null)[] =
      tenant === null
        ? await entriesAt(this.redis, this.keys, texts)
        : texts.map((text) => (text === null ? null : (JSON.parse(text) as AuditEntry)));
    const placed = entries.flatMap((entry, index) =>
      entry === null ? [] : [{ place: first + index, entry }],
    );
    return { anchor, placed: placed.reverse() };
  }
}

const fits = (entry: AuditEntry, { keyId, action }: AuditQuery): boolean =>
  (keyId === null || entry.keyId === keyId) && (action === null || entry.action === action);
