// Looks for secrets in whatever form they could have slipped out, everywhere the service writes.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Redis } from 'ioredis';

/** Raw, base64, base64url, hex and percent-encoded; as base64 also from within a longer text. */
export function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  // Within other bytes a text starts at any of three places of a base64 group; the middle is the same.
  const shifted = [0, 1, 2].flatMap((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
    const inner = text.slice(4, text.length - 4);
    return [inner, inner.replaceAll('+', '-').replaceAll('/', '_')];
  });
  const every = [...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
  const hex = bytes.toString('hex');
  const plain = [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)];
  return [...new Set([...plain, every, every.toUpperCase(), hex, hex.toUpperCase(), ...shifted])];
}

export interface Canary {
  readonly name: string;
  readonly secret: string;
}

/** `where: what`, for each canary that a text shows in any form. */
export function findIn(
  where: string,
  text: string,
  canaries: readonly Canary[],
): readonly string[] {
  return canaries.flatMap(({ name, secret }) =>
    formsOf(secret).some((form) => text.includes(form)) ? [`${where}: ${name}`] : [],
  );
}

/** Every key (of a name like the pattern) with all it holds, as text. Fails on a type that it cannot read. */
export async function dumpOf(redis: Redis, names = '*'): Promise<ReadonlyMap<string, string>> {
  const dump = new Map<string, string>();
  for (const key of await redis.keys(names)) {
    const type = await redis.type(key);
    dump.set(key, `${key} ${JSON.stringify(await valueOf(redis, key, type))}`);
  }
  return dump;
}

async function valueOf(redis: Redis, key: string, type: string): Promise<unknown> {
  switch (type) {
    case 'string':
      return redis.get(key);
    case 'hash':
      return redis.hgetall(key);
    case 'list':
      return redis.lrange(key, 0, -1);
    case 'set':
      return redis.smembers(key);
    case 'zset':
      return redis.zrange(key, 0, '-1', 'WITHSCORES');
    case 'stream':
      return redis.xrange(key, '-', '+');
    case 'none':
      return null;
    default:
      throw new Error(`${key} is a ${type}, which nobody looks into`);
  }
}

/** Every file under a folder, by its path. */
export async function filesUnder(folder: string): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    files.set(path, await readFile(path, 'latin1'));
  }
  return files;
}
