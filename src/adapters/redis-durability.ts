/**
 * Knows whether what was written to Redis will still be there, and notices when it is not.
 *
 * A counter grows with every intent. This process remembers the highest it has seen; a lower one means
 * that Redis lost writes (a restart without its log, a failover to a replica that was behind). From then
 * on nothing is sent for the length of the submission fence, by any process, and every migration that
 * has not ended is reconciled before its next call.
 */
import type { RedisDurabilityMode } from '../config.js';
import { Clock, Durability, type Rollback } from '../use-cases/ports.js';
import { RedisConfirmation } from './redis-confirmation.js';
import type { RedisClient } from './redis-connection.js';
import type { RedisKeys } from './redis-keys.js';
import { RedisScript } from './redis-script.js';
import {
  judgeStorage,
  readStorage,
  type Confirmation,
  type StorageReport,
} from './redis-storage.js';

const noteRollback = new RedisScript(new URL('./note-rollback.lua', import.meta.url));

const WATCH_INTERVAL_MS = 1_000;
/** Intents of this process that are looked for again after Redis was away. */
const MOST_REMEMBERED = 1_000;

export interface DurabilityOptions {
  readonly fenceMs: number;
  readonly isProduction: boolean;
  readonly declared: RedisDurabilityMode;
}

export class RedisDurability extends Durability {
  private mode: Confirmation = 'none';
  private highestIntent = 0;
  private known: Rollback = { epoch: 0, noticedAt: 0, quarantineUntil: 0 };
  private timer: NodeJS.Timeout | null = null;
  /** Migration id → version of its record when this process wrote its intent. */
  private readonly remembered = new Map<string, number>();
  /** How often Redis came back, and up to which time the remembered intents were looked for. */
  private returns = 0;
  private returnsLookedInto = 0;
  private looking: Promise<void> | null = null;
  private readonly confirmation: RedisConfirmation;

  constructor(
    private readonly redis: RedisClient,
    private readonly keys: RedisKeys,
    private readonly clock: Clock,
    private readonly options: DurabilityOptions,
  ) {
    super();
    this.confirmation = new RedisConfirmation(redis, keys);
  }

  /** Looks at how Redis keeps its data. Called at start, and by readiness. */
  async inspect(): Promise<StorageReport> {
    const { declared } = this.options;
    const report = judgeStorage(
      declared,
      await readStorage(this.redis, this.keys.counters(), declared),
    );
    this.mode = report.mode;
    return report;
  }

  /** Watches for lost writes until `stop`. */
  start(): void {
    this.timer ??= setInterval(() => void this.watchQuietly(), WATCH_INTERVAL_MS).unref();
    this.redis.on('ready', () => {
      this.returns += 1;
      void this.watchQuietly();
    });
  }

  stop(): void {
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
    this.confirmation.stop();
  }

  override async confirm(): Promise<boolean> {
    const isHeldBack = (): boolean => this.known.quarantineUntil > this.clock.now();
    if (isHeldBack()) return false;
    const isDurable =
      this.mode === 'none'
        ? !this.options.isProduction
        : await this.confirmation.untilDurable(this.mode);
    if (!isDurable) return false;
    // Last: what was confirmed by a server may have been lost with it while it was waited for.
    await this.watch();
    return !isHeldBack();
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

  /** The record of an intent that this process wrote. */
  remember(migrationId: string, version: number): void {
    this.remembered.delete(migrationId);
    this.remembered.set(migrationId, version);
    const oldest = this.remembered.keys().next().value;
    if (this.remembered.size > MOST_REMEMBERED && oldest !== undefined)
      this.remembered.delete(oldest);
  }

  /**
   * After Redis was away: others may have counted on past the intents it lost, so the records
   * themselves are asked. An older one, or none, means lost writes. Until that is known nothing is
   * confirmed; a look that fails is made again.
   */
  private async lookForRemembered(): Promise<void> {
    if (this.returnsLookedInto === this.returns) return;
    this.looking ??= this.lookOnce().finally(() => {
      this.looking = null;
    });
    await this.looking;
  }

  private async lookOnce(): Promise<void> {
    const { returns } = this;
    const intents = [...this.remembered];
    const versions = await Promise.all(
      intents.map(([id]) => this.redis.hget(this.keys.migration(id), 'version')),
    );
    const isLost = intents.some(([, version], index) => Number(versions[index] ?? 0) < version);
    if (isLost) {
      await this.notice();
      this.remembered.clear();
    }
    this.returnsLookedInto = returns;
  }

  /** Compares what Redis knows with what this process has seen. */
  async watch(): Promise<void> {
    await this.lookForRemembered();
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
