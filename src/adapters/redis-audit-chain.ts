/**
 * Adds to one tenant's chain: what one process has to add goes in together, in the order it came.
 *
 * Many processes write at the same time, and an entry can be hashed only once the one before it is known. A
 * process that lost its race a few times puts its notes in line. Then nobody gets past them, and whoever
 * writes next takes all that stands at the front of the line to the chain, not only its own: each lost race
 * brings the notes nearer to the front or onto the chain. A process that dies in line is in nobody's way.
 */
import { createHash, randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
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
const LINE = new RedisScript(new URL('./audit-line.lua', import.meta.url));

/** Keeps one run of the script to about a millisecond. */
const MOST_AT_ONCE = 200;
/** Of one process and of others, from the line. */
const MOST_FROM_LINE = 1_000;

/** A race lost to one other process is won at the next try; with more of them the line is shorter. */
const TRIES_BEFORE_LINE = 3;
/** The one at the front writes for those behind it: they look again after this. */
const LOOK_AGAIN_MS = 5;
/** How long it is known that notes were taken from the line, for their process to find them. */
const TURN_LIFE_MS = 600_000;

type TimedNote = Omit<AuditEntry, keyof ChainLink | 'previousHash'>;

interface Waiting {
  readonly note: AuditNote;
  readonly written: (entry: AuditEntry) => void;
  readonly failed: (error: Error) => void;
}

/** Notes of one process that stand in line. */
interface Turn {
  readonly token: string;
  readonly notes: readonly TimedNote[];
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
    for (let tries = 0; tries < TRIES_BEFORE_LINE; tries += 1) {
      const entries = chained(timed, this.last, sha256);
      if (await this.put(entries, [])) return entries;
    }
    return this.standInLine({ token: randomBytes(12).toString('base64url'), notes: timed });
  }

  /** Ends once the notes are on the chain, whoever took them there. */
  private async standInLine(own: Turn): Promise<readonly AuditEntry[]> {
    for (let seen: string | null = null; ;) {
      const [kind, ...more] = await this.look(own);
      if (kind === 'taken') return this.taken(own, more);
      if (kind !== 'waiting') throw new Error('What was on the audit log is not there any more.');
      const [seq = '', hash = '', ...line] = more;
      this.last = linkOf(seq, hash);
      const turns = line.map(readTurn);
      // When nothing moves, the process at the front may be no more.
      if (turns[0]?.token === own.token || seen === hash) {
        const notes = turns.flatMap((turn) => turn.notes);
        await this.put(chained(notes, this.last, sha256), turns);
      } else {
        await setTimeout(LOOK_AGAIN_MS);
      }
      seen = hash;
    }
  }

  private async look({ token, notes }: Turn): Promise<readonly string[]> {
    const reply = await LINE.run(this.redis, this.names([token]), [
      token,
      notes.length,
      JSON.stringify(notes),
      MOST_FROM_LINE,
    ]);
    return Array.isArray(reply) ? (reply as readonly string[]) : [];
  }

  private async taken({ token }: Turn, texts: readonly string[]): Promise<readonly AuditEntry[]> {
    const entries = texts.map((text) => JSON.parse(text) as AuditEntry);
    // Nobody asks for it again; if it stays it ends by itself.
    await this.redis.unlink(this.keys.auditTurn(this.tenant, token)).catch(() => 0);
    return entries;
  }

  /** False when the chain has moved, or others stand in line: nothing was put there, and `last` is anew. */
  private async put(entries: readonly AuditEntry[], turns: readonly Turn[]): Promise<boolean> {
    const reply = await APPEND.run(this.redis, this.names(turns.map(({ token }) => token)), [
      ...[this.last.seq, this.last.hash, this.tenant, TURN_LIFE_MS],
      ...turns.flatMap(({ token, notes }) => [token, notes.length]),
      ...entries.map((entry) => JSON.stringify(entry)),
    ]);
    const [kind, seq, hash] = Array.isArray(reply) ? (reply as readonly string[]) : [];
    const isThere = kind === 'appended';
    this.last = isThere ? (entries.at(-1) ?? this.last) : linkOf(seq ?? '', hash ?? '');
    return isThere;
  }

  private names(tokens: readonly string[]): readonly string[] {
    const { keys, tenant } = this;
    return [
      keys.audit(tenant),
      keys.auditAnchor(tenant),
      keys.auditPlaces(),
      keys.auditLine(tenant),
      ...tokens.map((token) => keys.auditTurn(tenant, token)),
    ];
  }
}

const linkOf = (seq: string, hash: string): ChainLink =>
  Number(seq) === 0 ? CHAIN_START : { seq: Number(seq), hash };

function readTurn(text: string): Turn {
  const [, token = '', notes = '[]'] = /^(\S+) \d+ (.*)$/s.exec(text) ?? [];
  return { token, notes: JSON.parse(notes) as readonly TimedNote[] };
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
