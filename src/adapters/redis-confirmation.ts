/**
 * Makes sure of the writes that this process has made, in the way that its Redis allows.
 *
 * WAIT and WAITAOF block their connection, so they have one of their own. A later write of that connection is on
 * the replica, or on disk, only when the earlier ones of all others are. All who ask while one waits share the next.
 */
import { Cluster, type Redis } from 'ioredis';
import { serverOf, type RedisClient } from './redis-connection.js';
import { FlushWait, type FlushReading } from './redis-flush.js';
import type { RedisKeys } from './redis-keys.js';
import { infoOf, type Confirmation } from './redis-storage.js';

/** What takes longer is no confirmation. */
const WAIT_TIMEOUT_MS = 3_000;

export class RedisConfirmation {
  private readonly flush = new FlushWait(() => this.readFlush());
  private connection: { readonly server: Redis; readonly own: Redis } | null = null;
  private round: Promise<boolean> | null = null;
  private nextRound: Promise<boolean> | null = null;

  constructor(
    private readonly redis: RedisClient,
    private readonly keys: RedisKeys,
  ) {}

  async untilDurable(mode: Exclude<Confirmation, 'none'>): Promise<boolean> {
    switch (mode) {
      case 'always':
        return true;
      case 'flush':
        return this.flush.untilFlushed();
      case 'waitaof':
        return this.shared(['WAITAOF', '1', '0', String(WAIT_TIMEOUT_MS)]);
      case 'replica':
        return this.shared(['WAIT', '1', String(WAIT_TIMEOUT_MS)]);
    }
  }

  stop(): void {
    this.connection?.own.disconnect();
  }

  private async shared(command: readonly [string, ...string[]]): Promise<boolean> {
    const begin = async (): Promise<boolean> => {
      this.nextRound = null;
      this.round = this.wait(command).finally(() => {
        this.round = null;
      });
      return this.round;
    };
    if (this.round === null) return begin();
    this.nextRound ??= this.round.then(begin, begin);
    return this.nextRound;
  }

  private async wait([name, ...args]: readonly [string, ...string[]]): Promise<boolean> {
    // A cluster whose connections were lost finds the server of our keys by a command with one of them.
    if (this.redis instanceof Cluster) await this.redis.exists(this.keys.fsync());
    const connection = this.connectionToServer();
    const [, reached] = await Promise.all([
      connection.set(this.keys.fsync(), String(performance.now())),
      connection.call(name, ...args),
    ]);
    return Number(Array.isArray(reached) ? reached[0] : reached) >= 1;
  }

  /** To the server of our keys: of a cluster that may be another after a failover. */
  private connectionToServer(): Redis {
    const server = serverOf(this.redis, this.keys.fsync());
    // That of a cluster's node does not reconnect by itself.
    if (this.connection?.server !== server || this.connection.own.status === 'end') {
      this.connection?.own.disconnect();
      const own = server.duplicate({ enableOfflineQueue: true, commandTimeout: 5_000 });
      // Whoever waits is told by the command that fails.
      own.on('error', () => {});
      this.connection = { server, own };
    }
    return this.connection.own;
  }

  private async readFlush(): Promise<FlushReading | null> {
    const info = await infoOf(this.redis, this.keys.fsync(), ['server', 'persistence']);
    const timeUs = info('server_time_usec');
    const flushes = info('aof_pending_bio_fsync');
    const written = info('aof_last_write_status');
    if (timeUs === null || flushes === null) return null;
    return {
      second: Math.floor(Number(timeUs) / 1_000_000),
      isFlushing: flushes !== '0',
      isOk: written === null || written === 'ok',
    };
  }
}
