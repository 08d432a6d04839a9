// The audit log in memory: the same chains, and it can be told to fail.
import { createHash } from 'node:crypto';
import {
  CHAIN_START,
  chained,
  type AuditEntry,
  type AuditNote,
  type ChainLink,
} from '../../src/domain/audit.js';
import { AuditLog, type AuditPage, type AuditQuery } from '../../src/use-cases/ports-audit.js';

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

export class MemoryAuditLog extends AuditLog {
  /** Of all tenants, oldest first. */
  readonly entries: AuditEntry[] = [];
  /** Called before each note is taken: what it throws keeps the note out. */
  beforeAppend: (note: AuditNote) => void = () => {};
  private dropped = 0;
  private readonly anchors = new Map<string, ChainLink>();

  override async append(note: AuditNote): Promise<AuditEntry> {
    this.beforeAppend(note);
    const last =
      this.entries.findLast(({ tenant }) => tenant === note.tenant) ??
      this.anchors.get(note.tenant) ??
      CHAIN_START;
    const timed = { ...note, at: new Date(note.at).toISOString() };
    const [entry] = chained([timed], last, sha256);
    if (entry === undefined) throw new Error('one note makes one entry');
    this.entries.push(entry);
    return entry;
  }

  override async list({ tenant, keyId, action, limit, after }: AuditQuery): Promise<AuditPage> {
    const anchor = tenant === null ? null : (this.anchors.get(tenant) ?? null);
    const all = this.entries.filter((entry) => tenant === null || entry.tenant === tenant);
    const gone = tenant === null ? this.dropped : (anchor?.seq ?? 0);
    const fit = all
      .map((entry, index) => ({ entry, place: gone + index + 1 }))
      .filter(({ place }) => after === null || place < after)
      .filter(({ entry }) => keyId === null || entry.keyId === keyId)
      .filter(({ entry }) => action === null || entry.action === action)
      .reverse();
    const shown = fit.slice(0, limit);
    return {
      items: shown.map(({ entry }) => entry),
      nextAfter: fit.length > limit ? (shown.at(-1)?.place ?? null) : null,
      anchor: anchor === null ? null : { seq: anchor.seq, hash: anchor.hash },
    };
  }

  override async dropBefore(byMs: number, nowMs: number): Promise<number> {
    const times = this.entries.map(({ at }) => Date.parse(at));
    const firstYoung = times.findIndex((at) => at > byMs && at <= nowMs);
    const candidates = firstYoung === -1 ? times : times.slice(0, firstYoung);
    const count = candidates.findLastIndex((at) => at <= byMs) + 1;
    for (const entry of this.entries.splice(0, count)) this.anchors.set(entry.tenant, entry);
    this.dropped += count;
    return count;
  }
}
