// Finds the ids a list asks for: one index leads, newest first, the others are asked about each id.
import type { MigrationStatus } from '../domain/migration.js';
import type { MigrationQuery } from '../use-cases/ports.js';
import { timePart } from './id-time.js';
import type { RedisClient } from './redis-connection.js';
import type { RedisKeys } from './redis-keys.js';

/** Most ids looked at for one page: a page may be short or empty and still name where to go on. */
const MOST_LOOKED_AT = 5_000;
const CHUNK = 500;

export async function listIds(
  redis: RedisClient,
  keys: RedisKeys,
  query: MigrationQuery,
): Promise<{ readonly ids: readonly string[]; readonly nextAfterId: string | null }> {
  const filters = filtersOf(keys, query);
  const lead = filters[0] ?? [keys.idsOfTenant(query.tenant)];
  const others = filters.slice(1);
  const floor = query.createdAfter === null ? '-' : `(mig_${timePart(query.createdAfter)}~`;
  let ceiling = ceilingOf(query);
  const ids: string[] = [];
  for (let looked = 0; looked < MOST_LOOKED_AT; looked += CHUNK) {
    const chunk = await newest(redis, lead, { ceiling, floor });
    const fits = await whichFit(redis, others, chunk);
    for (const id of fits) {
      if (ids.length === query.limit) return { ids, nextAfterId: ids.at(-1) ?? null };
      ids.push(id);
    }
    const last = chunk.at(-1);
    if (chunk.length < CHUNK || last === undefined) return { ids, nextAfterId: null };
    ceiling = `(${last}`;
  }
  return { ids, nextAfterId: ceiling.slice(1) };
}

/** `createdBefore` and the cursor both bound from above; the lower of the two counts. */
function ceilingOf(query: MigrationQuery): string {
  const before = query.createdBefore === null ? null : `mig_${timePart(query.createdBefore)}`;
  const bounds = [before, query.afterId].filter((bound) => bound !== null).sort();
  return bounds[0] === undefined ? '+' : `(${bounds[0]}`;
}

/** Each filter is one index, or several of which an id must be in one. The narrowest kind comes first. */
function filtersOf(keys: RedisKeys, query: MigrationQuery): readonly (readonly string[])[] {
  const { tenant, instanceId, batchId, label } = query;
  const filters: (readonly string[])[] = [];
  if (instanceId !== null) filters.push([keys.idsByInstance(tenant, instanceId)]);
  if (batchId !== null) filters.push([keys.idsByBatch(tenant, batchId)]);
  if (label !== null) filters.push([keys.idsByLabel(tenant, label.key, label.value)]);
  if (query.statuses.length > 0) {
    const statuses: readonly MigrationStatus[] = [...new Set(query.statuses)];
    filters.push(statuses.map((status) => keys.idsByStatus(tenant, status)));
  }
  return filters;
}

async function newest(
  redis: RedisClient,
  indexes: readonly string[],
  range: { readonly ceiling: string; readonly floor: string },
): Promise<readonly string[]> {
  const lists = await Promise.all(
    indexes.map((key) => redis.zrevrangebylex(key, range.ceiling, range.floor, 'LIMIT', 0, CHUNK)),
  );
  return [...new Set(lists.flat())].sort().reverse().slice(0, CHUNK);
}

async function whichFit(
  redis: RedisClient,
  filters: readonly (readonly string[])[],
  ids: readonly string[],
): Promise<readonly string[]> {
  if (ids.length === 0 || filters.length === 0) return ids;
  const answers = await Promise.all(
    filters.map((indexes) => Promise.all(indexes.map((key) => redis.zmscore(key, ...ids)))),
  );
  return ids.filter((_, index) =>
    answers.every((indexes) => indexes.some((scores) => scores[index] != null)),
  );
}
