// Adds to one tenant's chain: what one process has to add goes in together, in the order it came.
import { createHash } from 'node:crypto';
import {
  CHAIN_START,
  chained,
  type AuditEntry,
  type AuditNote,
  type ChainLink,
} from '../domain/audit.js';
import type { RedisClient } from './redis-connection.js';
import type { RedisKeys } from './redis-keys.js';
import { RedisScript } from './redis-script.js';

const APPEND = new RedisScript(new URL('./audit-append.lua', import.meta.url));

/** Keeps one run of the script to about a millisecond. */
const MOST_AT_ONCE = 200;

/** Each lost race is another process's entry on record: with few processes nobody loses so often. */
const MOST_TRIES = 100;

interface Waiting {
  readonly note: AuditNote;
  readonly written: (entry: AuditEntry) => void;
  readonly failed: (error: Error) => void;
}

export class AuditChain {
  private waiting: Waiting[] = [];
  private isWriting = false;
  /** As this process last saw it: another may have moved it since. */
  private last: ChainLink = CHAIN_START;

  constructor(
    private readonly redis: RedisClient,
    private readonly keys: RedisKeys,
    private readonly tenant: string,
  ) {}

  async append(note: AuditNote): Promise<AuditEntry> {
    return new Promise((written, failed) => {
      this.waiting.push({ note, written, failed });
      if (!this.isWriting) void this.writeAll();
    });
  }

  /** Never rejects: every note is told for itself. */
  private async writeAll(): Promise<void> {
    this.isWriting = true;
    while (this.waiting.length > 0) {
      const batch = this.waiting.slice(0, MOST_AT_ONCE);
      this.waiting = this.waiting.slice(MOST_AT_ONCE);
      try {
        const entries = await this.write(batch.map(({ note }) => note));
        entries.forEach((entry, index) => batch[index]?.written(entry));
      } catch (error) {
        const why = error instanceof Error ? error : new Error(String(error));
        for (const { failed } of batch) failed(why);
      }
    }
    this.isWriting = false;
  }

  private async write(notes: readonly AuditNote[]): Promise<readonly AuditEntry[]> {
    const timed = notes.map((note) => ({ ...note, at: new Date(note.at).toISOString() }));
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const entries = chained(timed, this.last, sha256);
      const [kind, seq, hash] = await this.run(entries);
      if (kind !== 'appended') {
        this.last = seq === 0 ? CHAIN_START : { seq: Number(seq), hash: String(hash) };
        continue;
      }
      this.last = entries.at(-1) ?? this.last;
      return entries;
    }
    throw new Error('The audit log was written by others each time.');
  }

  private async run(entries: readonly AuditEntry[]): Promise<readonly unknown[]> {
    const reply = await APPEND.run(
      this.redis,
      [this.keys.audit(this.tenant), this.keys.auditPlaces()],
      [
        ...[this.last.seq, this.last.hash, this.tenant],
        ...entries.map((entry) => JSON.stringify(entry)),
      ],
    );
    return Array.isArray(reply) ? (reply as readonly unknown[]) : [];
  }
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
