// Runs a Lua script by its digest; its text is sent only to a server that does not know it yet.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { RedisClient } from './redis-connection.js';

export type ScriptReply = string | number | null | readonly ScriptReply[];

/**
 * A value that its store owns. ioredis's `defineCommand` sends digests too, but as an untyped method
 * put on a connection that all stores share.
 */
export class RedisScript {
  private readonly text: string;
  private readonly digest: string;

  /**
   * `file` lies beside the store: `new URL('./credential-create.lua', import.meta.url)`. `before`: functions
   * that it shares with others.
   */
  constructor(file: URL, before: URL | null = null) {
    const shared = before === null ? '' : readFileSync(before, 'utf8');
    this.text = shared + readFileSync(file, 'utf8');
    this.digest = createHash('sha1').update(this.text).digest('hex');
  }

  /** For a transaction: within one, a server that does not know the script cannot be told it any more. */
  async load(redis: RedisClient): Promise<void> {
    await redis.script('LOAD', this.text);
  }

  /** Within a transaction, after `load`: resolves when Redis has it in line. */
  async queue(
    redis: RedisClient,
    keys: readonly string[],
    args: readonly (string | number)[],
  ): Promise<void> {
    await redis.evalsha(this.digest, keys.length, ...keys, ...args);
  }

  async run(
    redis: RedisClient,
    keys: readonly string[],
    args: readonly (string | number)[],
  ): Promise<ScriptReply> {
    try {
      return (await redis.evalsha(this.digest, keys.length, ...keys, ...args)) as ScriptReply;
    } catch (error) {
      // A server that restarted or took over has no scripts; it refuses before anything ran.
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      return (await redis.eval(this.text, keys.length, ...keys, ...args)) as ScriptReply;
    }
  }
}
