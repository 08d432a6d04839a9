/**
 * Knows whether what was written to Redis will still be there, and notices when it is not.
 *
 * A counter grows with every intent. This process remembers the highest it has seen; a lower one means
 * that Redis lost writes (a restart without its log, a failover to a replica that was behind). From then
 * on nothing is sent for the length of the submission fence, by any process, and every migration that
 * has not ended is reconciled before its next call.
 */
import { Clock, Durability, type Rollback } from '../use-cases/ports.js';
import type { RedisClient } from './redis-connection.js';
import type { RedisKeys } from './redis-keys.js';
import { RedisScript } from './redis-script.js';

const noteRollback = new RedisScript(new URL('./note-rollback.lua', import.meta.url));

const WATCH_INTERVAL_MS = 1_000;
/** The state connection gives a command two seconds; an fsync that takes longer is no confirmation. */
const FSYNC_TIMEOUT_MS = 1_500;

/** How this Redis makes a write durable. */
export type DurabilityMode = 'always' | 'waitaof' | 'none';

export interface StorageReport {
  readonly mode: DurabilityMode;
  readonly evicts: boolean;
  /** One sentence for each demand that is not met. */
  readonly problems: readonly string[];
}

export class RedisDurability extends Durability {
  private mode: DurabilityMode = 'none';
  private highestIntent = 0;
  private known: Rollback = { epoch: 0, noticedAt: 0, quarantineUntil: 0 };
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly redis: RedisClient,
    private readonly keys: RedisKeys,
    private readonly clock: Clock,
    private readonly options: { readonly fenceMs: number; readonly isProduction: boolean },
  ) {
    super();
  }

  /** Looks at how Redis keeps its data. Called at start, and by readiness. */
  async inspect(): Promise<StorageReport> {
    const info = await this.redis.info();
    const fact = (name: string): string =>
      new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? '';
    const isLogged = fact('aof_enabled') === '1';
    const fsync = await this.appendFsync();
    const [major = 0, minor = 0] = fact('redis_version').split('.').map(Number);
    const hasWaitAof = major > 7 || (major === 7 && minor >= 2);
    this.mode =
      isLogged && fsync === 'always' ? 'always' : isLogged && hasWaitAof ? 'waitaof' : 'none';
    const policy = fact('maxmemory_policy');
    const evicts = policy !== '' && policy !== 'noeviction';
    const problems: string[] = [];
    if (evicts) problems.push(`maxmemory-policy is ${policy}: it must be noeviction`);
    if (!isLogged) problems.push('appendonly is off: accepted migrations do not survive a restart');
    else if (this.mode === 'none') {
      problems.push(
        'appendfsync is not always and Redis is older than 7.2: no write can be confirmed',
      );
    }
    return { mode: this.mode, evicts, problems };
  }

  /** Managed servers may refuse CONFIG: then only WAITAOF can confirm. */
  private async appendFsync(): Promise<string | null> {
    try {
      const answer: unknown = await this.redis.config('GET', 'appendfsync');
      const pair = Array.isArray(answer) ? answer : Object.entries(answer as object).flat();
      return typeof pair[1] === 'string' ? pair[1] : null;
    } catch (error) {
      if (error instanceof Error && /NOPERM|unknown command/i.test(error.message)) return null;
      throw error;
    }
  }

  /** Watches for lost writes until `stop`. */
  start(): void {
    this.timer ??= setInterval(() => void this.watchQuietly(), WATCH_INTERVAL_MS).unref();
    this.redis.on('ready', () => void this.watchQuietly());
  }

  stop(): void {
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
  }

  override async confirm(): Promise<boolean> {
    await this.watch();
    if (this.known.quarantineUntil > this.clock.now()) return false;
    if (this.mode === 'always') return true;
    if (this.mode === 'none') return !this.options.isProduction;
    const [local] = (await this.redis.call('WAITAOF', 1, 0, FSYNC_TIMEOUT_MS)) as [number, number];
    return local >= 1;
  }

  override async rollback(): Promise<Rollback> {
    await this.watch();
    return this.known;
  }

  /** The highest intent known so far: read before a command is sent, to judge its answer by. */
  get floor(): number {
    return this.highestIntent;
  }

  /**
   * The number that the script gave an intent. `floor` was known before it ran, so the number must be
   * higher; answers may be looked at in another order than they came in.
   */
  async sawIntent(intent: number, floor: number): Promise<void> {
    this.highestIntent = Math.max(this.highestIntent, intent);
    if (intent <= floor) await this.notice();
  }

  /** Compares what Redis knows with what this process has seen. */
  async watch(): Promise<void> {
    const { floor } = this;
    const knownEpoch = this.known.epoch;
    const [intents, rollback] = await Promise.all([
      this.redis.hget(this.keys.counters(), 'intents'),
      this.redis.hmget(this.keys.rollback(), 'epoch', 'noticedAt', 'until'),
    ]);
    const seen = Number(intents ?? 0);
    const [epoch, noticedAt, until] = rollback.map((field) => Number(field ?? 0));
    if (seen < floor || (epoch ?? 0) < knownEpoch) return this.notice();
    this.highestIntent = Math.max(this.highestIntent, seen);
    if ((epoch ?? 0) < this.known.epoch) return;
    this.known = {
      epoch: epoch ?? 0,
      noticedAt: noticedAt ?? 0,
      quarantineUntil: until ?? 0,
    };
  }

  private async notice(): Promise<void> {
    const now = this.clock.now();
    const reply = await noteRollback.run(
      this.redis,
      [this.keys.rollback(), this.keys.counters()],
      [now, now + this.options.fenceMs, this.highestIntent, this.known.epoch],
    );
    const [epoch, noticedAt, until] = (reply as readonly string[]).map(Number);
    this.known = {
      epoch: epoch ?? 0,
      noticedAt: noticedAt ?? now,
      quarantineUntil: until ?? now + this.options.fenceMs,
    };
  }

  /** In the background a Redis that is away is nothing new: the next look comes in a second. */
  private async watchQuietly(): Promise<void> {
    if (this.redis.status !== 'ready') return;
    await this.watch().catch(() => undefined);
  }
}
