// The audit log: who did what, when, from where and how it ended, in chains in which nothing can be changed unseen.
import type { ProblemCode } from './errors.js';

/** What came of it: the HTTP status, and the code of the problem where it was refused or failed. */
export interface AuditOutcome {
  readonly status: number;
  readonly code: ProblemCode | null;
}

/** One act of a caller. Nothing of a body, a query or a secret is in it. */
export interface Act {
  readonly tenant: string;
  readonly keyId: string;
  /** Collection and verb, e.g. `migrations.cancel`. */
  readonly action: string;
  /** Path of what it is about, ids only, e.g. `/v1/migrations/mig_…/cancel`. */
  readonly resource: string;
  readonly requestId: string;
  /** Network address the request came from. */
  readonly source: string;
}

/**
 * An act is noted twice: before anything is done, and with its outcome afterwards. A `begun` without an
 * `ended` may have happened: the process died, or could not write any more. A refusal for want of a scope
 * has only an `ended`: nothing was begun.
 */
export interface AuditNote extends Act {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly phase: 'begun' | 'ended';
  /** Null with `begun`. */
  readonly outcome: AuditOutcome | null;
}

/** A note in its place. Each tenant has a chain: it can check all of it, and learns nothing of other tenants. */
export interface AuditEntry extends Omit<AuditNote, 'at'> {
  /** 1 for the first of the tenant, then one more each. */
  readonly seq: number;
  /** RFC 3339 UTC with milliseconds: as it is hashed. */
  readonly at: string;
  /** Of the entry before it; 64 zeros for the first. */
  readonly previousHash: string;
  /** SHA-256 (hex) of all the rest: see `hashedText`. */
  readonly hash: string;
}

/** A place in a chain that is known to be right. */
export interface ChainLink {
  readonly seq: number;
  readonly hash: string;
}

/** SHA-256 in hex, of the UTF-8 bytes. */
export type Digest = (text: string) => string;

export const CHAIN_START: ChainLink = { seq: 0, hash: '0'.repeat(64) };

/** JSON without blanks, names in alphabetical order: what `jq -cS 'del(.hash)'` prints. */
export function hashedText(entry: Omit<AuditEntry, 'hash'>): string {
  const { action, at, keyId, phase, previousHash, requestId, resource, seq, source, tenant } =
    entry;
  const outcome =
    entry.outcome === null ? null : { code: entry.outcome.code, status: entry.outcome.status };
  const inOrder = { action, at, keyId, outcome, phase, previousHash, requestId, resource, seq };
  return JSON.stringify({ ...inOrder, source, tenant });
}

/** The notes, their times written out, as the entries that follow `last`. */
export function chained(
  notes: readonly Omit<AuditEntry, keyof ChainLink | 'previousHash'>[],
  last: ChainLink,
  digest: Digest,
): readonly AuditEntry[] {
  let { seq, hash } = last;
  return notes.map((note) => {
    const entry = { ...note, seq: seq + 1, previousHash: hash };
    hash = digest(hashedText(entry));
    seq = entry.seq;
    return { ...entry, hash };
  });
}

export type ChainFault =
  /** Its content is not what its hash was made of. */
  | 'changed'
  /** Entries between it and the one before are not there. */
  | 'missing'
  /** Its place was taken already: reordered, repeated or put in. */
  | 'out_of_order'
  /** It follows another entry than the one that stands before it: that one was replaced. */
  | 'unlinked'
  /** It is of another tenant's chain. */
  | 'foreign';

export interface ChainFinding {
  readonly seq: number;
  readonly fault: ChainFault;
}

/** What is known from elsewhere. The end of a chain can be cut off unseen by all who know no later link. */
export interface KnownLinks {
  /** The link before the first entry. */
  readonly after?: ChainLink;
  /** The last link, or one that must be among the entries. */
  readonly until?: ChainLink;
}

/** Checks entries of one tenant, oldest first. Empty when they are whole and as they were written. */
export function verifyChain(
  entries: readonly AuditEntry[],
  digest: Digest,
  { after = CHAIN_START, until = after }: KnownLinks = {},
): readonly ChainFinding[] {
  const findings: ChainFinding[] = [];
  let before = after;
  for (const entry of entries) {
    const { seq, hash } = entry;
    const fault = digest(hashedText(entry)) === hash ? placeFault(entry, before) : 'changed';
    if (fault !== null) findings.push({ seq, fault });
    else if (entry.tenant !== entries[0]?.tenant) findings.push({ seq, fault: 'foreign' });
    if (seq === until.seq && hash !== until.hash) findings.push({ seq, fault: 'unlinked' });
    before = { seq, hash };
  }
  if (before.seq < until.seq) findings.push({ seq: until.seq, fault: 'missing' });
  return findings;
}

function placeFault({ seq, previousHash }: AuditEntry, before: ChainLink): ChainFault | null {
  if (seq <= before.seq) return 'out_of_order';
  if (seq > before.seq + 1) return 'missing';
  return previousHash === before.hash ? null : 'unlinked';
}
