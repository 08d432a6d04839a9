// The in-memory twins of the API keys and the limits in Redis: pass the same contracts, forget with the process.
import { digestOf, idOfKeyText, isDigestOf, makeKeyText } from '../../src/adapters/api-key-text.js';
import type { Caller } from '../../src/domain/access.js';
import { callerOf, LAST_USE_STEP_MS, type ApiKey } from '../../src/domain/api-key.js';
import type { Clock, Page } from '../../src/use-cases/ports.js';
import {
  ApiKeyStore,
  RateLimits,
  type Allowance,
  type CreateKeyOutcome,
  type KeyIdempotency,
  type NewApiKey,
} from '../../src/use-cases/ports-access.js';
import { Secret } from '../../src/use-cases/ports-credentials.js';

export class MemoryApiKeys extends ApiKeyStore {
  private readonly records = new Map<string, { record: ApiKey; readonly digest: Buffer }>();
  private readonly firsts = new Map<string, { hash: string; record: ApiKey; key: string }>();

  constructor(private readonly clock: Clock) {
    super();
  }

  override async callerOf(key: string): Promise<Caller | null> {
    const stored = this.records.get(idOfKeyText(key) ?? '');
    const isRight = isDigestOf(key, stored?.digest ?? null);
    const now = this.clock.now();
    const caller = stored === undefined || !isRight ? null : callerOf(stored.record, now);
    if (stored === undefined || caller === null) return null;
    const { lastUsedAt } = stored.record;
    if (now - (lastUsedAt ?? 0) >= LAST_USE_STEP_MS) {
      stored.record = { ...stored.record, lastUsedAt: now };
    }
    return caller;
  }

  override async create(
    fresh: NewApiKey,
    idempotency: KeyIdempotency | null,
  ): Promise<CreateKeyOutcome> {
    const name = idempotency && JSON.stringify([idempotency.tenant, idempotency.key]);
    const first = name === null ? undefined : this.firsts.get(name);
    if (first !== undefined && first.hash !== idempotency?.hash) return { kind: 'key_reused' };
    if (first !== undefined) {
      return { kind: 'replayed', record: first.record, key: new Secret(first.key) };
    }
    const key = makeKeyText(fresh.id);
    const record: ApiKey = { ...fresh, revokedAt: null, lastUsedAt: null };
    this.records.set(fresh.id, { record, digest: digestOf(key) });
    if (name !== null && idempotency !== null) {
      this.firsts.set(name, { hash: idempotency.hash, record, key });
    }
    return { kind: 'created', record, key: new Secret(key) };
  }

  override async list(
    tenant: string | null,
    { limit, afterId }: { readonly limit: number; readonly afterId: string | null },
  ): Promise<Page<ApiKey>> {
    const all = [...this.records.values()]
      .map(({ record }) => record)
      .filter((each) => tenant === null || each.tenant === tenant)
      .filter(({ id }) => afterId === null || id < afterId)
      .toSorted((a, b) => (a.id < b.id ? 1 : -1));
    const items = all.slice(0, limit);
    return { items, nextAfterId: all.length > limit ? (items.at(-1)?.id ?? null) : null };
  }

  override async revoke(
    tenant: string | null,
    id: string,
    atMs: number,
  ): Promise<'revoked' | 'gone'> {
    const stored = this.records.get(id);
    if (stored === undefined || (tenant !== null && stored.record.tenant !== tenant)) return 'gone';
    stored.record = { ...stored.record, revokedAt: stored.record.revokedAt ?? atMs };
    return 'revoked';
  }
}

/** Its windows never end. */
export class MemoryRateLimits extends RateLimits {
  requestsPerMinute = 1_000_000;
  failuresPerMinute = 30;
  private readonly counts = new Map<string, number>();

  override async ofKey(keyId: string): Promise<Allowance> {
    return this.allowance(this.requestsPerMinute, this.count(`key ${keyId}`));
  }

  override async failed(source: string): Promise<Allowance> {
    return this.allowance(this.failuresPerMinute, this.count(`from ${source}`));
  }

  private count(name: string): number {
    const used = (this.counts.get(name) ?? 0) + 1;
    this.counts.set(name, used);
    return used;
  }

  private allowance(limit: number, used: number): Allowance {
    const left = Math.max(0, limit - used);
    return { limit, windowMs: 60_000, left, resetMs: 60_000, isExceeded: used > limit };
  }
}
