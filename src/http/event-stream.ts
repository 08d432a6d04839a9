/**
 * One reader of server-sent events: what is written to it, how much of that may wait, and when it ends.
 *
 * It is never given more than it takes in: beyond its bound it is told nothing until it has caught up,
 * and when it takes in nothing for a while it is cut off. It can go on from the last id it was told.
 */
import type { ServerResponse } from 'node:http';
import type { ServiceEvent } from '../domain/event.js';
import { eventText } from '../use-cases/event-text.js';
import type { Reader } from '../use-cases/following.js';

/** What may wait for a reader: some 500 events, so that a thousand slow readers take 256 MB at most, and a page. */
const MOST_WAITING_BYTES = 262_144;
/** A reader that has taken in nothing of a full buffer for this long is cut off. */
const PATIENCE_MS = 15_000;
/** How long a reader waits before it comes back after the end of a stream. */
const RETRY_MS = 2_000;
/** What a reader that is let go has left to take in its rest. */
const FAREWELL_MS = 500;

const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store, no-transform',
  // nginx, and what copies it, would keep events until a buffer is full.
  'x-accel-buffering': 'no',
} as const;

/** An event has one text, however many readers are told of it. */
const blocks = new WeakMap<ServiceEvent, string>();

function blockOf(event: ServiceEvent): string {
  const known = blocks.get(event);
  if (known !== undefined) return known;
  const block = `event: ${event.type}\nid: ${event.id}\ndata: ${eventText(event)}\n\n`;
  blocks.set(event, block);
  return block;
}

export class EventStream implements Reader {
  isGone = false;
  readonly gone: Promise<void>;

  constructor(private readonly response: ServerResponse) {
    this.gone = new Promise((resolve) => {
      response.once('close', () => {
        this.isGone = true;
        resolve();
      });
    });
    // A connection that breaks is closed as well.
    response.on('error', () => {});
  }

  /** `headers`: those that every answer has. `position`: from where it goes on. */
  begin(headers: NodeJS.Dict<number | string | string[]>, position: string): void {
    this.response.shouldKeepAlive = false;
    this.response.writeHead(200, { ...headers, ...HEADERS });
    if (this.response.req.method === 'HEAD') return this.end();
    this.response.write(`: events from here on\nid: ${position}\nretry: ${RETRY_MS}\n\n`);
  }

  get isFull(): boolean {
    return this.response.writableLength > MOST_WAITING_BYTES;
  }

  tell(events: readonly ServiceEvent[]): void {
    if (!this.isGone) this.response.write(events.map(blockOf).join(''));
  }

  /** Keeps the connection open, and lets a reader that is told little go on from far ahead. */
  beat(position: string): void {
    if (!this.isGone && !this.isFull) this.response.write(`: still here\nid: ${position}\n\n`);
  }

  async room(): Promise<void> {
    if (this.isGone || !this.isFull) return;
    const timer = setTimeout(() => this.response.destroy(), PATIENCE_MS);
    await new Promise<void>((resolve) => {
      this.response.once('drain', resolve);
      void this.gone.then(resolve);
    });
    clearTimeout(timer);
  }

  /** What was written still goes out, to a reader that takes it in now. */
  end(): void {
    if (this.isGone) return;
    this.response.end();
    setTimeout(() => this.response.destroy(), FAREWELL_MS).unref();
  }
}
