/**
 * Accepts a batch in one MULTI on a connection of its own: Redis runs all of it or, when this process
 * dies before EXEC, nothing; nobody ever sees a part. The commands are sent piece by piece, so that the
 * event loop is free in between; Redis itself is busy with them for about 50 µs a member at EXEC.
 */
import { performance } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Cluster, type Redis } from 'ioredis';
import type { Ids } from '../use-cases/ports.js';
import type { AcceptBatchOutcome, NewBatch } from '../use-cases/ports-batches.js';
import { readStored, writeBatch } from './batch-record.js';
import { samenessDigest } from './migration-record.js';
import { acceptCall, IDEMPOTENCY_LIFE_MS, type ScriptCall } from './migration-scripts.js';
import type { RedisClient } from './redis-connection.js';
import type { RedisKeys } from './redis-keys.js';
import { RedisScript } from './redis-script.js';

const BEGIN = new RedisScript(new URL('./batch-begin.lua', import.meta.url));
const CHECK = new RedisScript(new URL('./batch-check.lua', import.meta.url));
const MEMBER = new RedisScript(new URL('./accept-migration.lua', import.meta.url));
const COMMIT = new RedisScript(new URL('./batch-commit.lua', import.meta.url));

/** The event loop is given back after this long. */
const SLICE_MS = 8;
/** Members whose sameness one check looks at. */
const CHECK_SIZE = 500;
/** Commands sent ahead of Redis's answers. */
const AHEAD = 200;
/** All of it; nobody waits for longer. */
const TIMEOUT_MS = 25_000;

type Replies = readonly (readonly string[])[];

export class RedisBatchAcceptance {
  constructor(
    private readonly redis: RedisClient,
    private readonly keys: RedisKeys,
    private readonly ids: Ids,
  ) {}

  /** Rejects when Redis cannot be reached; nothing is accepted then, or all of it is. */
  async accept(fresh: NewBatch): Promise<AcceptBatchOutcome> {
    const token = this.ids.token();
    const connections = ownConnections(this.redis);
    for (const [index, connection] of connections.entries()) {
      try {
        await connection.connect();
        const replies = await this.transact(connection, fresh, token);
        return outcomeOf(replies, fresh);
      } catch (error) {
        // Of a cluster only one node has the keys.
        if (isMoved(error) && index + 1 < connections.length) continue;
        const accepted = await this.redis.hget(this.keys.batch(fresh.batch.id), 'accepted');
        if (accepted === token) return { kind: 'accepted' };
        throw error;
      } finally {
        connection.disconnect();
      }
    }
    throw new Error('no node of the cluster took the batch');
  }

  private async transact(redis: Redis, fresh: NewBatch, token: string): Promise<Replies> {
    for (const script of [BEGIN, CHECK, MEMBER, COMMIT]) await script.load(redis);
    await redis.multi({ pipeline: false });
    let sent = performance.now();
    let pending: Promise<unknown>[] = [];
    for (const { script, call } of this.commands(fresh, token)) {
      const queued = script.queue(redis, call.keys, call.args);
      // Looked at below, with others; until then its failure is no surprise.
      queued.catch(() => {});
      pending.push(queued);
      if (pending.length >= AHEAD) {
        await Promise.all(pending);
        pending = [];
      }
      if (performance.now() - sent < SLICE_MS) continue;
      await nextTurn();
      sent = performance.now();
    }
    await Promise.all(pending);
    const results = await redis.exec();
    if (results === null) throw new Error('Redis gave up the transaction');
    return results.map(([error, reply]) => {
      if (error !== null) throw error;
      return reply as readonly string[];
    });
  }

  private *commands(
    { batch, members, idempotency }: NewBatch,
    token: string,
  ): Generator<{ readonly script: RedisScript; readonly call: ScriptCall }> {
    const { keys, ids } = this;
    const self = keys.batch(batch.id);
    const key = idempotency === null ? self : keys.idempotency(batch.tenant, idempotency.key);
    const hash = idempotency?.hash ?? '';
    const credentials = credentialsOf(members).map((id) => keys.credential(id));
    yield {
      script: BEGIN,
      call: { keys: [self, key, ...credentials], args: [token, hash, batch.tenant] },
    };
    for (const chunk of checkedIn(members)) {
      const same = chunk.map(({ migration }) => keys.same(batch.tenant, samenessDigest(migration)));
      yield { script: CHECK, call: { keys: [self, ...same], args: [token] } };
    }
    for (const member of members) {
      const acceptance = { ...member, idempotency: null, batchToken: token };
      yield { script: MEMBER, call: acceptCall(keys, ids, acceptance) };
    }
    yield {
      script: COMMIT,
      call: {
        keys: [
          self,
          keys.batches(batch.tenant),
          key,
          keys.outbox(),
          keys.counters(),
          keys.events(),
        ],
        args: [
          token,
          batch.id,
          writeBatch(batch),
          hash,
          IDEMPOTENCY_LIFE_MS,
          batch.total,
          batch.maxConcurrent ?? '',
          batch.onFailure === 'halt' ? '1' : '',
          batch.createdAt,
        ],
      },
    };
  }
}

type Members = NewBatch['members'];

const credentialsOf = (members: Members): readonly string[] => [
  ...new Set(members.map(({ migration }) => migration.credentialId)),
];

/** Those that allow no duplicate, in the pieces they are looked at in. */
function checkedIn(members: Members): readonly Members[] {
  const checked = members.filter(({ migration }) => !migration.allowDuplicate);
  const pieces: Members[] = [];
  for (let from = 0; from < checked.length; from += CHECK_SIZE) {
    pieces.push(checked.slice(from, from + CHECK_SIZE));
  }
  return pieces;
}

/** What BEGIN and the CHECKs said decides; once they let it pass, all the others did their part. */
function outcomeOf(replies: Replies, { members }: NewBatch): AcceptBatchOutcome {
  const [kind, first = ''] = replies[0] ?? [];
  if (kind === 'replayed') return { kind, batch: readStored(first) };
  if (kind === 'key_reused') return { kind };
  if (kind === 'credential_gone') {
    return { kind, credentialId: credentialsOf(members)[Number(first)] ?? '' };
  }
  const pieces = checkedIn(members);
  for (const [place, piece] of pieces.entries()) {
    const [verdict, at = '', migrationId = ''] = replies[1 + place] ?? [];
    if (verdict !== 'duplicate') continue;
    const found = piece[Number(at)];
    return { kind: verdict, index: found === undefined ? 0 : members.indexOf(found), migrationId };
  }
  if (replies.at(-1)?.[0] !== 'accepted') throw new Error('Redis took only a part of the batch');
  return { kind: 'accepted' };
}

/** For transactions that must not share a connection; of a cluster one for each node. */
function ownConnections(redis: RedisClient): readonly Redis[] {
  const nodes = redis instanceof Cluster ? redis.nodes('master') : [redis];
  return nodes.map((node) => {
    const own = node.duplicate({
      lazyConnect: true,
      enableAutoPipelining: false,
      enableOfflineQueue: true,
      maxRetriesPerRequest: 0,
      retryStrategy: () => null,
      commandTimeout: TIMEOUT_MS,
    });
    // Every command rejects as well.
    own.on('error', () => {});
    return own;
  });
}

const isMoved = (error: unknown): boolean =>
  error instanceof Error && error.message.startsWith('MOVED');
