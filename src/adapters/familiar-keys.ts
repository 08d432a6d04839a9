// Remembers which keys were valid when they were last looked at: digests only, and no more than so many.

const MOST = 10_000;

/** By process and not shared: it only spares owners of keys the neighbourhood of a guesser. */
export class FamiliarKeys {
  private readonly digests = new Set<string>();

  has(digest: Buffer): boolean {
    return this.digests.has(digest.toString('base64'));
  }

  /** The one that was met longest ago makes room. */
  add(digest: Buffer): void {
    const name = digest.toString('base64');
    this.digests.delete(name);
    this.digests.add(name);
    const [oldest] = this.digests;
    if (this.digests.size > MOST && oldest !== undefined) this.digests.delete(oldest);
  }

  delete(digest: Buffer): void {
    this.digests.delete(digest.toString('base64'));
  }
}
