/**
 * What Redis does with a write, and whether that is what `REDIS_DURABILITY` declares.
 *
 * What a server refuses to tell (managed ones refuse CONFIG) is unknown, not wrong: there the declared
 * mode counts, and the report names what was not checked. Only `always` has to be known, as it is what
 * nobody has declared.
 */
import type { RedisDurabilityMode } from '../config.js';
import { serverOf, type RedisClient } from './redis-connection.js';
import { RedisScript } from './redis-script.js';

const SERVER_INFO = new RedisScript(new URL('./server-info.lua', import.meta.url));

/**
 * How a write is confirmed: `always` by its answer, `waitaof` by WAITAOF, `flush` by the flush of its
 * second, `replica` by WAIT, `none` not at all.
 */
export type Confirmation = 'always' | 'waitaof' | 'flush' | 'replica' | 'none';

/** null: the server does not say. */
export interface StorageFacts {
  readonly isLogged: boolean | null;
  readonly appendFsync: string | null;
  readonly skipsFsync: boolean | null;
  readonly policy: string | null;
  readonly leastReplicas: number | null;
  readonly replicas: number | null;
  readonly isLastWriteOk: boolean | null;
  readonly hasIdentity: boolean;
  readonly hasWaitAof: boolean;
  readonly hasWait: boolean;
}

export interface StorageReport {
  readonly mode: Confirmation;
  readonly evicts: boolean;
  /** One sentence for each demand that is not met: in production no worker starts. */
  readonly problems: readonly string[];
  /** What is wrong now and passes: readiness says so, a start goes on. */
  readonly troubles: readonly string[];
  /** What matters and is not told. */
  readonly notChecked: readonly string[];
}

const HOW_FOR_ALWAYS =
  'set appendfsync to always, or set REDIS_DURABILITY=everysec or REDIS_DURABILITY=replicated, which say what may be lost';

export function judgeStorage(declared: RedisDurabilityMode, facts: StorageFacts): StorageReport {
  const problems: string[] = [];
  const troubles: string[] = [];
  const evicts = facts.policy !== null && facts.policy !== 'noeviction';
  if (evicts) problems.push(`maxmemory-policy is ${facts.policy}: it must be noeviction`);
  if (facts.isLogged === false) {
    problems.push('appendonly is off: accepted migrations do not survive a restart');
  }
  if (facts.isLastWriteOk === false) troubles.push('Redis could not write its append-only file');
  const mode = facts.isLogged === false ? 'none' : confirmationOf(declared, facts);
  if (declared === 'replicated') {
    if (!facts.hasWait) problems.push('WAIT is refused: REDIS_DURABILITY=replicated needs it');
    if (facts.leastReplicas === 0) {
      problems.push('min-replicas-to-write is 0: REDIS_DURABILITY=replicated needs at least 1');
    }
    if (facts.replicas === 0) troubles.push('no replica is connected: no write can be confirmed');
  } else {
    if (facts.skipsFsync) problems.push('no-appendfsync-on-rewrite is yes: it must be no');
    if (mode === 'none' && facts.isLogged !== false) problems.push(noConfirmation(declared, facts));
  }
  return { mode, evicts, problems, troubles, notChecked: notCheckedOf(declared, facts, mode) };
}

function confirmationOf(declared: RedisDurabilityMode, facts: StorageFacts): Confirmation {
  if (declared === 'replicated') return facts.hasWait ? 'replica' : 'none';
  if (facts.appendFsync === 'always') return 'always';
  if (facts.appendFsync === 'no') return 'none';
  if (facts.hasWaitAof) return 'waitaof';
  return declared === 'everysec' ? 'flush' : 'none';
}

function noConfirmation(declared: RedisDurabilityMode, { appendFsync }: StorageFacts): string {
  if (declared === 'everysec') {
    return `appendfsync is ${appendFsync}: REDIS_DURABILITY=everysec needs everysec`;
  }
  const is = appendFsync === null ? 'unknown, as Redis refuses CONFIG' : appendFsync;
  return `appendfsync is ${is}, and there is no WAITAOF (Redis 7.2): REDIS_DURABILITY=always cannot be kept; ${HOW_FOR_ALWAYS}`;
}

function notCheckedOf(
  declared: RedisDurabilityMode,
  facts: StorageFacts,
  mode: Confirmation,
): readonly string[] {
  const isFlushed = declared !== 'replicated' && mode !== 'waitaof';
  const demands: readonly (readonly [string, boolean])[] = [
    ['maxmemory-policy', facts.policy === null],
    ['appendonly', facts.isLogged === null],
    ['appendfsync', isFlushed && facts.appendFsync === null],
    ['no-appendfsync-on-rewrite', isFlushed && facts.skipsFsync === null],
    ['min-replicas-to-write', declared === 'replicated' && facts.leastReplicas === null],
    ['run_id and replication id', !facts.hasIdentity],
  ];
  return demands.filter(([, isOpen]) => isOpen).map(([name]) => name);
}

/** Rejects when Redis does not answer; a refusal is an answer. */
export async function readStorage(
  redis: RedisClient,
  key: string,
  declared: RedisDurabilityMode,
): Promise<StorageFacts> {
  const info = await infoOf(redis, key, ['server', 'persistence', 'memory', 'replication']);
  const config = async (name: string): Promise<string | null> => {
    const answer = await unlessRefused(serverOf(redis, key).config('GET', name));
    const pair = Array.isArray(answer) ? answer : Object.entries(answer ?? {}).flat();
    return typeof pair[1] === 'string' ? pair[1] : null;
  };
  const [appendonly, appendFsync, skipsFsync, policy, leastReplicas] = await Promise.all([
    config('appendonly'),
    config('appendfsync'),
    config('no-appendfsync-on-rewrite'),
    config('maxmemory-policy'),
    config('min-replicas-to-write'),
  ]);
  const [major = 0, minor = 0] = (info('redis_version') ?? '').split('.').map(Number);
  const mayWaitAof = major > 7 || (major === 7 && minor >= 2);
  const isProbed = declared !== 'replicated' && appendFsync !== 'always' && mayWaitAof;
  // Nothing is waited for: only whether the command is allowed.
  const probe = async (name: string, ...args: readonly string[]): Promise<boolean> =>
    (await unlessRefused(serverOf(redis, key).call(name, ...args))) !== null;
  return {
    isLogged: truth(info('aof_enabled'), '1') ?? truth(appendonly, 'yes'),
    appendFsync,
    skipsFsync: truth(skipsFsync, 'yes'),
    policy: info('maxmemory_policy') ?? policy,
    // INFO has this line only where the setting is not 0.
    leastReplicas: count(leastReplicas) ?? (info('min_slaves_good_slaves') === null ? null : 1),
    replicas: count(info('connected_slaves')),
    isLastWriteOk: truth(info('aof_last_write_status'), 'ok'),
    hasIdentity: info('run_id') !== null || info('master_replid') !== null,
    hasWaitAof: isProbed && (await probe('WAITAOF', '0', '0', '0')),
    hasWait: declared === 'replicated' && (await probe('WAIT', '0', '0')),
  };
}

const truth = (value: string | null, yes: string): boolean | null =>
  value === null ? null : value === yes;

const count = (value: string | null): number | null => (value === null ? null : Number(value));

/** The line of that name in INFO of the server that holds the key; null where it has none. */
export async function infoOf(
  redis: RedisClient,
  key: string,
  sections: readonly string[],
): Promise<(name: string) => string | null> {
  const told = await unlessRefused(SERVER_INFO.run(redis, [key], sections));
  const isTold = typeof told === 'string' && told !== '';
  const text = isTold ? told : ((await unlessRefused(redis.info())) ?? '');
  return (name) => {
    const value = new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(text)?.[1] ?? '';
    return value === '' ? null : value;
  };
}

/** null for an error that Redis answered, whatever it says; other errors are no answer. */
async function unlessRefused<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Error && error.name === 'ReplyError') return null;
    throw error;
  }
}
