// The in-memory twin of the rows of sealed credentials: passes the same contract, and can be stopped before any write.
import {
  SealedCredentials,
  type SealedCredential,
  type Sealing,
} from '../../src/use-cases/ports-master-keys.js';
import type { Page } from '../../src/use-cases/ports.js';

export class MemorySealedCredentials extends SealedCredentials {
  readonly records = new Map<string, SealedCredential>();
  /** Runs before each write: may throw as a dying process does, or write first as another process does. */
  beforeReseal: (credential: SealedCredential) => void = () => {};

  override async keyVersions(): Promise<readonly string[]> {
    return [...new Set([...this.records.values()].map(({ keyVersion }) => keyVersion))].sort();
  }

  override async count(keyVersion: string): Promise<number> {
    return this.under(keyVersion).length;
  }

  override async page(
    keyVersion: string,
    { limit, afterId }: { readonly limit: number; readonly afterId: string | null },
  ): Promise<Page<SealedCredential>> {
    const after = this.under(keyVersion).filter(({ id }) => afterId === null || id > afterId);
    const items = after.slice(0, limit);
    return { items, nextAfterId: after.length > limit ? (items.at(-1)?.id ?? null) : null };
  }

  override async reseal(
    before: SealedCredential,
    fresh: Sealing,
  ): Promise<'resealed' | 'changed' | 'gone'> {
    this.beforeReseal(before);
    const present = this.records.get(before.id);
    if (present === undefined) return 'gone';
    if (present.version !== before.version || present.sealed !== before.sealed) return 'changed';
    this.records.set(before.id, { ...present, ...fresh, version: before.version + 1 });
    return 'resealed';
  }

  private under(keyVersion: string): readonly SealedCredential[] {
    return [...this.records.values()]
      .filter((record) => record.keyVersion === keyVersion)
      .toSorted((a, b) => (a.id < b.id ? -1 : 1));
  }
}
