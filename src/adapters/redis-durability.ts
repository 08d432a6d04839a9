/**
 * Knows whether what was written to Redis will still be there, and notices when it is not.
 *
 * A counter grows with every intent. This process remembers the highest it has seen; a lower one means that Redis
 * lost writes (a restart without its log, a failover to a replica that was behind). Others may count on past what
 * was lost, so it remembers its own intents, too, and looks for their records: some with each watch, all of them
 * when another server answers or another history goes on (`run_id`, replication id, offset), of which no connection
 * needs to tell. From then on nothing is sent for the length of the submission fence, by any process, and every
 * migration that has not ended is reconciled before its next call.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Cluster } from 'ioredis';
import type { RedisDurabilityMode } from '../config.js';
import { Clock, Durability, type Rollback } from '../use-cases/ports.js';
import { RedisConfirmation } from './redis-confirmation.js';
import type { RedisClient } from './redis-connection.js';
import type { RedisKeys } from './redis-keys.js';
import { RememberedIntents, type RememberedIntent } from './remembered-intents.js';
import { RedisScript } from './redis-script.js';
import {
  judgeStorage,
  readStorage,
  type Confirmation,
  type StorageReport,
} from './redis-storage.js';

const watchStorage = new RedisScript(new URL('./watch-storage.lua', import.meta.url));
const noteRollback = new RedisScript(new URL('./note-rollback.lua', import.meta.url));

const WATCH_INTERVAL_MS = 1_000;
/** Intents that one watch looks for: more than this process has under way. */
const LOOKED_FOR_AT_ONCE = 50;
/** After a failover every process has watched twice by then, and noticed what it misses. */
const SETTLE_MS = 2_500;

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
  private readonly remembered = new RememberedIntents();
  /** Which server answered last, and how far its history went; null while none has told. */
  private server: { readonly id: string; readonly offset: number } | null = null;
  /** When another one was seen (of `performance.now`). */
  private changedAt = Number.NEGATIVE_INFINITY;
  /** How often Redis came back or became another, and up to which time all remembered intents were looked for. */
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
    const again = (): void => {
      this.returns += 1;
      if (this.server === null) this.changedAt = performance.now();
      void this.watchQuietly();
    };
    this.redis.on('ready', again);
    if (!(this.redis instanceof Cluster)) return;
    // Only sooner: a node that takes over without coming or going is known by its answers.
    this.redis.on('+node', again);
    this.redis.on('-node', again);
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
    // An intent of another process may be lost: until that one has noticed, nothing leaves.
    const settlesInMs = this.changedAt + SETTLE_MS - performance.now();
    if (settlesInMs > 0) {
      await sleep(settlesInMs);
      await this.watch();
    }
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
    this.remembered.add({ migrationId, version, at: this.clock.now() });
  }

  /**
   * After Redis was away, or became another. Until all are looked for nothing is confirmed; a look that
   * fails is made again.
   */
  private async lookForRemembered(): Promise<void> {
    while (this.returnsLookedInto !== this.returns) {
      this.looking ??= this.lookOnce().finally(() => {
        this.looking = null;
      });
      await this.looking;
    }
  }

  private async lookOnce(): Promise<void> {
    const { returns } = this;
    const intents = this.remembered.all(this.clock.now());
    const versions = await Promise.all(
      intents.map(({ migrationId }) =>
        this.redis.hget(this.keys.migration(migrationId), 'version'),
      ),
    );
    await this.judge(intents, versions);
    this.returnsLookedInto = returns;
  }

  /** An older record than the intent's, or none, means lost writes. */
  private async judge(
    intents: readonly RememberedIntent[],
    versions: readonly (string | null | undefined)[],
  ): Promise<void> {
    this.remembered.lookedFor(intents);
    const isLost = (intent: RememberedIntent, index: number): boolean =>
      Number(versions[index] ?? 0) < intent.version && this.remembered.has(intent);
    const lost = intents.filter(isLost);
    if (lost.length === 0) return;
    // Before it is noted, so that one loss is noted once; and not, unless it could be noted.
    this.remembered.forget(lost);
    try {
      await this.notice();
    } catch (error) {
      for (const intent of lost) this.remembered.add(intent);
      throw error;
    }
  }

  /** Compares what Redis knows with what this process has seen. */
  async watch(): Promise<void> {
    await this.lookForRemembered();
    const { floor } = this;
    const knownEpoch = this.known.epoch;
    const intents = this.remembered.next(this.clock.now(), LOOKED_FOR_AT_ONCE);
    const { keys } = this;
    const records = intents.map(({ migrationId }) => keys.migration(migrationId));
    const reply = await watchStorage.run(
      this.redis,
      [keys.counters(), keys.rollback(), ...records],
      [],
    );
    const [count, epochs, noticed, until, role, runId, replication, offset, ...versions] =
      reply as readonly string[];
    // One that was a master until now still has what it had; what matters is on another.
    if (role === 'slave') throw new Error('Redis answers as a replica');
    if (this.isAnother([runId, replication].join(' ').trim(), Number(offset))) {
      this.changedAt = performance.now();
      this.returns += 1;
      await this.lookForRemembered();
    }
    await this.judge(intents, versions);
    const [seen, epoch] = [Number(count), Number(epochs)];
    if (seen < floor || epoch < knownEpoch) return this.notice();
    this.highestIntent = Math.max(this.highestIntent, seen);
    if (epoch < this.known.epoch) return;
    this.known = { epoch, noticedAt: Number(noticed), quarantineUntil: Number(until) };
  }

  /** Also when the same server has less than it had. Where it does not tell, nothing is known. */
  private isAnother(id: string, offset: number): boolean {
    if (id === '') return false;
    const last = this.server;
    this.server = { id, offset };
    return last !== null && (last.id !== id || offset < last.offset);
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
