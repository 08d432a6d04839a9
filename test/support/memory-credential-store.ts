// The in-memory twin of the Redis credential store: passes the same contract, forgets with the process.
import type { Page } from '../../src/use-cases/ports.js';
import {
  CredentialStore,
  type Credential,
  type Unhealthy,
} from '../../src/use-cases/ports-credentials.js';

interface Idempotency {
  readonly hash: string;
  readonly credential: Credential;
}

export class MemoryCredentialStore extends CredentialStore {
  private readonly records = new Map<string, Credential>();
  private readonly firsts = new Map<string, Idempotency>();
  private readonly verifiedAt = new Map<string, number>();
  private readonly unhealthy = new Map<string, Unhealthy>();
  /** What was refused, in the order of its being noted: of each there is an event. */
  readonly refusals: (Unhealthy & { readonly credentialId: string })[] = [];
  /** Credential id → ids of migrations that use it and have not ended. */
  readonly users = new Map<string, Set<string>>();

  async create(
    credential: Credential,
    idempotency: { readonly key: string; readonly hash: string } | null,
  ): ReturnType<CredentialStore['create']> {
    const { id, tenant } = credential;
    const name = idempotency === null ? null : JSON.stringify([tenant, idempotency.key]);
    const first = name === null ? undefined : this.firsts.get(name);
    if (first !== undefined && first.credential.id !== id) {
      if (first.hash !== idempotency?.hash) return { kind: 'key_reused' };
      return { kind: 'replayed', credential: first.credential };
    }
    if (first !== undefined) return { kind: 'created' };
    const present = this.records.get(id);
    if (present !== undefined && JSON.stringify(present) !== JSON.stringify(credential)) {
      throw new Error(`the id belongs to another credential: ${id}`);
    }
    this.records.set(id, credential);
    if (name !== null && idempotency !== null) {
      this.firsts.set(name, { hash: idempotency.hash, credential });
    }
    return { kind: 'created' };
  }

  async find(tenant: string, id: string): Promise<Credential | null> {
    const found = this.own(tenant, id);
    return found === null ? null : this.shown(found);
  }

  async list(
    tenant: string,
    { limit, afterId }: { readonly limit: number; readonly afterId: string | null },
  ): Promise<Page<Credential>> {
    const all = [...this.records.values()]
      .filter((record) => record.tenant === tenant && (afterId === null || record.id < afterId))
      .toSorted((a, b) => (a.id < b.id ? 1 : -1));
    const items = all.slice(0, limit).map((record) => this.shown(record));
    return { items, nextAfterId: all.length > limit ? (items.at(-1)?.id ?? null) : null };
  }

  async replace(credential: Credential): Promise<'replaced' | 'stale' | 'gone'> {
    const present = this.own(credential.tenant, credential.id);
    if (present === null) return 'gone';
    const after = { ...credential, lastUsedAt: present.lastUsedAt, unhealthy: null };
    if (JSON.stringify(present) === JSON.stringify(after)) return 'replaced';
    if (present.version !== credential.version - 1) return 'stale';
    this.records.set(credential.id, after);
    if (after.sealed !== present.sealed) {
      this.verifiedAt.delete(credential.id);
      this.unhealthy.delete(credential.id);
    }
    return 'replaced';
  }

  async remove(tenant: string, id: string): Promise<'removed' | 'in_use' | 'gone'> {
    if (this.own(tenant, id) === null) return 'gone';
    if ((this.users.get(id)?.size ?? 0) > 0) return 'in_use';
    this.records.delete(id);
    this.verifiedAt.delete(id);
    this.unhealthy.delete(id);
    return 'removed';
  }

  async touch(tenant: string, id: string, usedAtMs: number): Promise<void> {
    const present = this.own(tenant, id);
    if (present === null || (present.lastUsedAt ?? 0) >= usedAtMs) return;
    this.records.set(id, { ...present, lastUsedAt: usedAtMs });
  }

  async verified(
    { tenant, id, sealed }: Pick<Credential, 'tenant' | 'id' | 'sealed'>,
    atMs: number,
  ): Promise<void> {
    const present = this.own(tenant, id);
    if (present === null || present.sealed !== sealed) return;
    if ((this.verifiedAt.get(id) ?? 0) >= atMs) return;
    this.verifiedAt.set(id, atMs);
    this.unhealthy.delete(id);
  }

  async fellIll(
    { tenant, id, sealed }: Pick<Credential, 'tenant' | 'id' | 'sealed'>,
    unhealthy: Unhealthy,
  ): Promise<boolean> {
    if (this.own(tenant, id)?.sealed !== sealed || this.unhealthy.has(id)) return false;
    this.unhealthy.set(id, unhealthy);
    this.refusals.push({ credentialId: id, ...unhealthy });
    return true;
  }

  private shown(record: Credential): Credential {
    return {
      ...record,
      lastVerifiedAt: this.verifiedAt.get(record.id) ?? record.lastVerifiedAt,
      unhealthy: this.unhealthy.get(record.id) ?? null,
    };
  }

  /** Read and write happen without an await between: each method is one step, as a script is. */
  private own(tenant: string, id: string): Credential | null {
    const found = this.records.get(id);
    return found?.tenant === tenant ? found : null;
  }
}
