// Reads server-sent events as a browser does: it knows the last id, also of blocks without data, and can break off.
import { get, type IncomingMessage } from 'node:http';
import { once } from 'node:events';

export interface ReadEvent {
  readonly id: string;
  readonly type: string;
  /** The event as it was sent. */
  readonly text: string;
}

export interface FollowOptions {
  readonly key: string;
  readonly lastEventId?: string;
  readonly onEvent?: (event: ReadEvent) => void;
}

export class EventReader {
  readonly events: ReadEvent[] = [];
  /** What stands in the blocks that carry no event. */
  readonly comments: string[] = [];
  lastId: string | null;
  hasEnded = false;
  private rest = '';

  private constructor(
    readonly response: IncomingMessage,
    private readonly options: FollowOptions,
  ) {
    this.lastId = options.lastEventId ?? null;
    response.setEncoding('utf8').on('data', (part: string) => this.take(part));
    response.on('error', () => {});
    response.once('close', () => {
      this.hasEnded = true;
    });
  }

  /** Resolves with the head of the answer, whatever its status. */
  static async open(url: string, options: FollowOptions): Promise<EventReader> {
    const { key, lastEventId } = options;
    const headers = {
      authorization: `Bearer ${key}`,
      ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
    };
    const request = get(url, { headers, agent: false });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    return new EventReader(response, options);
  }

  breakOff(): void {
    this.response.destroy();
  }

  private take(part: string): void {
    const blocks = (this.rest + part).split('\n\n');
    // What broke off in the middle of a block counts for nothing.
    this.rest = blocks.pop() ?? '';
    for (const block of blocks) this.read(block);
  }

  private read(block: string): void {
    const field = (name: string): string | undefined =>
      block
        .split('\n')
        .find((line) => line.startsWith(`${name}: `))
        ?.slice(name.length + 2);
    const [id, type, text] = [field('id'), field('event'), field('data')];
    this.lastId = id ?? this.lastId;
    if (id === undefined || type === undefined || text === undefined) {
      this.comments.push(block);
      return;
    }
    const event = { id, type, text };
    this.events.push(event);
    this.options.onEvent?.(event);
  }
}
