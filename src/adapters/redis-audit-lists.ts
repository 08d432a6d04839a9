// The lists of the audit log: read at one moment each, and shortened at their old end, all of them together.
import type { AuditEntry, ChainLink } from '../domain/audit.js';
import type { RedisClient } from './redis-connection.js';
import type { RedisKeys } from './redis-keys.js';
import { RedisScript } from './redis-script.js';

const READ = new RedisScript(new URL('./audit-read.lua', import.meta.url));
const DROP = new RedisScript(new URL('./audit-drop.lua', import.meta.url));

/** Dropped in one script: a millisecond or two. */
const DROPPED_AT_ONCE = 500;

export interface AuditListPart {
  /** Of the last that was dropped from the list; seq 0 for none. Places of all tenants have no hash. */
  readonly anchor: ChainLink;
  readonly lastPlace: number;
  readonly texts: readonly (string | null)[];
}

/** `tenant` null: places of all entries, as "seq tenant". */
export async function readList(
  redis: RedisClient,
  keys: RedisKeys,
  tenant: string | null,
  what: readonly ['range', number, number] | readonly ['at', ...number[]],
): Promise<AuditListPart> {
  const names =
    tenant === null
      ? [keys.auditPlaces(), keys.auditPlacesAnchor()]
      : [keys.audit(tenant), keys.auditAnchor(tenant)];
  const reply = await READ.run(redis, names, [...what]);
  const [seq, hash, last, ...texts] = Array.isArray(reply)
    ? (reply as readonly (string | null)[])
    : [];
  return { anchor: { seq: Number(seq), hash: hash ?? '' }, lastPlace: Number(last), texts };
}

/** Of places as they stand in the list; null for an entry that is not there. */
export async function entriesAt(
  redis: RedisClient,
  keys: RedisKeys,
  places: readonly (string | null)[],
): Promise<readonly (AuditEntry | null)[]> {
  const entries: (AuditEntry | null)[] = places.map(() => null);
  const wanted = new Map<string, { readonly seq: number; readonly index: number }[]>();
  for (const [index, place] of places.entries()) {
    const [, seq, tenant] = /^(\d+) (.+)$/.exec(place ?? '') ?? [];
    if (tenant === undefined) continue;
    const ofTenant = wanted.get(tenant) ?? [];
    ofTenant.push({ seq: Number(seq), index });
    wanted.set(tenant, ofTenant);
  }
  await Promise.all(
    [...wanted].map(async ([tenant, ofTenant]) => {
      const seqs = ofTenant.map(({ seq }) => seq);
      const { texts } = await readList(redis, keys, tenant, ['at', ...seqs]);
      for (const [at, { index }] of ofTenant.entries()) {
        const text = texts[at] ?? null;
        entries[index] = text === null ? null : (JSON.parse(text) as AuditEntry);
      }
    }),
  );
  return entries;
}

/**
 * One step: the oldest of all tenants that were noted before `byMs`, up to the first that was not. How many
 * went; 0 when none is old enough, or when another process was first.
 *
 * A time to come is that of a clock that was wrong: such an entry is as old as those around it.
 */
export async function dropOldest(
  redis: RedisClient,
  keys: RedisKeys,
  { byMs, nowMs }: { readonly byMs: number; readonly nowMs: number },
): Promise<number> {
  const dropped = Number((await redis.hget(keys.auditPlacesAnchor(), 'seq')) ?? 0);
  const range = ['range', dropped + 1, dropped + DROPPED_AT_ONCE] as const;
  const { anchor, texts } = await readList(redis, keys, null, range);
  if (anchor.seq !== dropped) return 0;
  const entries = await entriesAt(redis, keys, texts);
  const times = entries.map((entry) => (entry === null ? byMs : Date.parse(entry.at)));
  const firstYoung = times.findIndex((at) => at > byMs && at <= nowMs);
  const candidates = firstYoung === -1 ? times : times.slice(0, firstYoung);
  const count = candidates.findLastIndex((at) => at <= byMs) + 1;
  if (count === 0) return 0;
  const lasts = new Map<string, AuditEntry>();
  for (const entry of entries.slice(0, count)) {
    if (entry !== null) lasts.set(entry.tenant, laterOf(entry, lasts.get(entry.tenant)));
  }
  const reply = await DROP.run(
    redis,
    [
      ...[keys.auditPlaces(), keys.auditPlacesAnchor()],
      ...[...lasts.keys()].flatMap((tenant) => [keys.audit(tenant), keys.auditAnchor(tenant)]),
    ],
    [dropped, count, ...[...lasts.values()].flatMap(({ seq, hash, at }) => [seq, hash, at])],
  );
  return reply === 'dropped' ? count : 0;
}

const laterOf = (one: AuditEntry, other: AuditEntry | undefined): AuditEntry =>
  other === undefined || one.seq > other.seq ? one : other;
