// Keeps the state true: reads the lists once, follows the events, and reads again only what they do not tell.
import { ApiClient, Refusal, wordsOf } from './api-client.js';
import type { Batch, Migration, Page, ServiceEvent } from './api-views.js';
import { EventFeed, type FeedListener } from './event-feed.js';
import { eachPage, troublesOf } from './pages.js';
import { Paced } from './paced.js';
import { reduce, type Change } from './reducer.js';
import { INITIAL, type Order, type State, type Steered } from './state.js';
import { isOpen } from './selectors.js';

/** Events are taken in at this pace, so that a burst of thousands is drawn a few times and not thousands of times. */
const FLUSH_MS = 150;
/** Estimates are not told by events. */
const ESTIMATES_MS = 5_000;
const STRANGERS_MS = 2_500;
/** What is expected moves also when nothing happens. */
const AGAIN_MS = 60_000;
/** More than these are read as a list. */
const SINGLY = 5;

type Listener = () => void;

export class Board implements FeedListener {
  private current: State = INITIAL;
  private readonly listeners = new Set<Listener>();
  private readonly eventListeners = new Set<(events: readonly ServiceEvent[]) => void>();
  private readonly feed: EventFeed;
  private waiting: ServiceEvent[] = [];
  private readonly flushes = new Paced(FLUSH_MS, async () => this.flush());
  private readonly stale = new Set<string>();
  private readonly estimates = new Paced(ESTIMATES_MS, () => this.guarded(() => this.refresh()));
  private readonly strangers = new Paced(STRANGERS_MS, () => this.guarded(() => this.meet()));
  /** Of the reading of rows: the one before gives way. */
  private reading = 0;
  private timer: ReturnType<typeof setInterval> | undefined;

  constructor(
    readonly api: ApiClient,
    private readonly keyRefused: (message: string) => void,
  ) {
    this.feed = new EventFeed(api, this);
  }

  get state(): State {
    return this.current;
  }

  start(): void {
    void this.feed.run();
    this.timer = setInterval(() => this.estimateAgain(), AGAIN_MS);
  }

  stop(): void {
    this.reading += 1;
    this.feed.stop();
    clearInterval(this.timer);
    for (const paced of [this.flushes, this.estimates, this.strangers]) paced.stop();
  }

  subscribe(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Events as they are taken in. */
  hear(listener: (events: readonly ServiceEvent[]) => void): () => void {
    this.eventListeners.add(listener);
    return () => this.eventListeners.delete(listener);
  }

  change(change: Change): void {
    this.current = reduce(this.current, change);
    for (const listener of this.listeners) listener();
  }

  select(batchId: string | null): void {
    if (batchId === this.current.selected) return;
    this.change({ kind: 'selected', batchId });
    void this.readRows();
  }

  retryNow(): void {
    this.feed.retryNow();
  }

  opened(isFresh: boolean): void {
    const { phase } = this.current.link;
    if (isFresh && phase !== 'connecting') this.change({ kind: 'link', link: { phase: 'behind' } });
    if (!isFresh) this.change({ kind: 'link', link: { phase: 'live' } });
    else void this.readAll().then(() => this.change({ kind: 'link', link: { phase: 'live' } }));
  }

  told(events: readonly ServiceEvent[]): void {
    this.waiting.push(...events);
    this.flushes.ask();
  }

  broken(delayMs: number): void {
    const retryAt = Date.now() + delayMs;
    this.change({ kind: 'link', link: { phase: 'reconnecting', retryAt } });
    // Without events the lists are better than nothing.
    if (this.current.batchesLoading.phase === 'loading') void this.readAll();
  }

  dropped(): void {
    this.change({ kind: 'link', link: { phase: 'behind' } });
  }

  refused(refusal: Refusal): void {
    this.keyRefused(refusal.message);
  }

  /** All that is shown, anew. */
  async readAll(): Promise<void> {
    await Promise.all([this.readBatches(), this.readTroubles(), this.readRows()]);
  }

  async readOlder(): Promise<void> {
    const { olderBatches } = this.current;
    if (olderBatches === null) return;
    const page = await this.api.get<Page<Batch>>(`v1/batches?limit=50&cursor=${olderBatches}`);
    this.change({ kind: 'batches', page, isFirst: false });
  }

  /** One migration in full; what the lists show of it is brought up to date. */
  async readMigration(id: string, signal?: AbortSignal): Promise<Migration> {
    const migration = await this.api.get<Migration>(`v1/migrations/${id}`, signal);
    this.change({ kind: 'migrations', items: [migration] });
    return migration;
  }

  /** Asks for a thing and says what came of it; true when it was done. */
  async steer(steered: Steered, path: string, order: Order): Promise<boolean> {
    try {
      const answer = await this.api.post<Batch & Migration>(path, order.body);
      if (steered === 'batches') this.change({ kind: 'batch', batch: answer });
      else this.change({ kind: 'migrations', items: [answer] });
      this.change({ kind: 'notice', notice: { isGood: true, text: order.done } });
      return true;
    } catch (error) {
      this.tellFailure(steered, error);
      return false;
    }
  }

  private tellFailure(steered: Steered, error: unknown): void {
    if (error instanceof Refusal && error.kind === 'not_allowed') {
      const isForSome = error.problem?.errors !== undefined;
      if (!isForSome) this.change({ kind: 'shut', steered });
    }
    if (this.isEnd(error)) return;
    this.change({ kind: 'notice', notice: { isGood: false, text: wordsOf(error) } });
  }

  private isEnd(error: unknown): boolean {
    const isRefused = error instanceof Refusal && error.kind === 'key_refused';
    if (isRefused) this.keyRefused(error.message);
    return isRefused;
  }

  private flush(): void {
    const events = this.waiting;
    this.waiting = [];
    if (events.length === 0) return;
    this.change({ kind: 'events', events });
    for (const listener of this.eventListeners) listener(events);
    for (const { data } of events) {
      if (typeof data['batchId'] === 'string') this.stale.add(data['batchId']);
    }
    if (this.stale.size > 0) this.estimates.ask();
    if (this.strange().length > 0) this.strangers.ask();
  }

  private strange(): readonly string[] {
    return this.current.order.filter((id) => this.current.rows.get(id)?.databases === null);
  }

  private async refresh(): Promise<void> {
    const ids = [...this.stale];
    this.stale.clear();
    const { batches } = this.current;
    if (ids.length > SINGLY || ids.some((id) => !batches.has(id))) {
      await this.readBatches();
      return;
    }
    for (const id of ids) {
      this.change({ kind: 'batch', batch: await this.api.get<Batch>(`v1/batches/${id}`) });
    }
  }

  private estimateAgain(): void {
    for (const batch of this.current.batches.values()) if (isOpen(batch)) this.stale.add(batch.id);
    if (this.stale.size > 0) this.estimates.ask();
  }

  private async meet(): Promise<void> {
    const ids = this.strange();
    if (ids.length > SINGLY) await this.readPages();
    else for (const id of ids) await this.readMigration(id);
  }

  private async readBatches(): Promise<void> {
    try {
      const page = await this.api.get<Page<Batch>>('v1/batches?limit=50');
      this.change({ kind: 'batches', page, isFirst: true });
    } catch (error) {
      if (!this.isEnd(error)) this.change({ kind: 'batches_failed', message: wordsOf(error) });
    }
  }

  private readTroubles(): Promise<void> {
    return this.guarded(async () => {
      const items = await troublesOf(this.api);
      this.change({ kind: 'migrations', items });
    });
  }

  async readRows(): Promise<void> {
    this.change({ kind: 'rows_loading', loading: { phase: 'loading' } });
    try {
      await this.readPages();
    } catch (error) {
      if (this.isEnd(error)) return;
      this.change({ kind: 'rows_loading', loading: { phase: 'failed', message: wordsOf(error) } });
    }
  }

  /** Every page of what is shown; gives way to a later reading. */
  private async readPages(): Promise<void> {
    this.reading += 1;
    const mine = this.reading;
    const isCut = await eachPage(this.api, this.current.selected, (items) => {
      if (mine === this.reading) this.change({ kind: 'migrations', items });
      return mine === this.reading;
    });
    if (mine !== this.reading) return;
    this.change({ kind: 'rows_loading', loading: { phase: 'done', isCut } });
  }

  /** What fails in the background is tried again when it is asked for again. */
  private async guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.isEnd(error);
    }
  }
}
