/**
 * Keeps one stream of events open: after any break it goes on at the last place it was told, so that
 * nothing is lost and nothing told twice.
 *
 * The stream is read by fetch, for EventSource cannot send a header. What is silent for longer than two
 * heartbeats and a bit is taken for dead. Attempts come later and later, up to half a minute, with chance
 * in them, so that all pages of a team do not come back at the same moment.
 */
import { Refusal, type StreamAnswer } from './api-client.js';
import type { ServiceEvent } from './api-views.js';
import { EventStreamParser } from './event-stream.js';

/** The service sends at least a comment every 15 s. */
export const SILENCE_MS = 35_000;
const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 30_000;

export interface FeedListener {
  /** The stream is open; `isFresh`: there may have been events before it that nobody told. */
  opened(isFresh: boolean): void;
  told(events: readonly ServiceEvent[]): void;
  /** Closed; the next attempt comes after so long. */
  broken(delayMs: number): void;
  /** The place is no longer in the log: what is shown must be read anew. */
  dropped(): void;
  /** The key is not, or no longer, let in: the feed has ended. */
  refused(refusal: Refusal): void;
}

export interface FeedSource {
  stream(lastEventId: string | null, signal: AbortSignal): Promise<StreamAnswer>;
}

/** `chance` from 0 to 1. */
export function delayOf(failures: number, chance: number): number {
  const longest = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(failures, 10));
  return Math.round(longest * (0.5 + chance / 2));
}

export class EventFeed {
  private readonly ended = new AbortController();
  private lastId: string | null = null;
  private failures = 0;
  private hurry: (() => void) | null = null;

  constructor(
    private readonly source: FeedSource,
    private readonly listener: FeedListener,
    private readonly silenceMs = SILENCE_MS,
  ) {}

  /** Resolves when it was stopped or refused. */
  async run(): Promise<void> {
    while (!this.ended.signal.aborted) {
      try {
        await this.once();
      } catch (error) {
        if (isFinal(error)) {
          this.listener.refused(error);
          return;
        }
      }
      if (this.ended.signal.aborted) return;
      await this.pause();
    }
  }

  stop(): void {
    this.ended.abort();
    this.hurry?.();
  }

  /** The next attempt at once, when one is being waited for. */
  retryNow(): void {
    this.hurry?.();
  }

  private async once(): Promise<void> {
    const attempt = new AbortController();
    const abort = (): void => attempt.abort();
    this.ended.signal.addEventListener('abort', abort);
    let silence = setTimeout(abort, this.silenceMs);
    const heard = (): void => {
      clearTimeout(silence);
      silence = setTimeout(abort, this.silenceMs);
    };
    try {
      const answer = await this.source.stream(this.lastId, attempt.signal);
      if (answer.kind === 'open') await this.read(answer.body, heard);
      else this.forgetPlace();
    } finally {
      clearTimeout(silence);
      this.ended.signal.removeEventListener('abort', abort);
    }
  }

  private forgetPlace(): void {
    this.lastId = null;
    this.listener.dropped();
  }

  private async read(body: ReadableStream<Uint8Array>, heard: () => void): Promise<void> {
    const parser = new EventStreamParser();
    const reader = body.getReader();
    this.listener.opened(this.lastId === null);
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      heard();
      this.failures = 0;
      this.take(parser, value);
    }
  }

  private take(parser: EventStreamParser, bytes: Uint8Array): void {
    const events: ServiceEvent[] = [];
    for (const { id, data } of parser.push(bytes)) {
      if (id !== null && id !== '') this.lastId = id;
      if (data !== null) events.push(JSON.parse(data) as ServiceEvent);
    }
    if (events.length > 0) this.listener.told(events);
  }

  private async pause(): Promise<void> {
    const delayMs = delayOf(this.failures, Math.random());
    this.failures += 1;
    this.listener.broken(delayMs);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, delayMs);
      this.hurry = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.hurry = null;
  }
}

const isFinal = (error: unknown): error is Refusal =>
  error instanceof Refusal && (error.kind === 'key_refused' || error.kind === 'not_allowed');
