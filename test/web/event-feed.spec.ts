// The feed goes on where it was broken, says when it cannot, and comes back later and later.
import { describe, expect, it } from 'vitest';
import { Refusal, type StreamAnswer } from '../../src/web/api-client.js';
import { delayOf, EventFeed, type FeedListener } from '../../src/web/event-feed.js';
import { eventually } from '../support/eventually.js';

type Script = (lastEventId: string | null, signal: AbortSignal) => Promise<StreamAnswer>;

const open = (text: string): StreamAnswer => ({
  kind: 'open',
  body: new Response(text).body ?? new ReadableStream(),
});

/** Open, and silent for ever: until it is given up. */
const silent = (signal: AbortSignal): StreamAnswer => ({
  kind: 'open',
  body: new ReadableStream({
    start: (controller) => signal.addEventListener('abort', () => controller.error(signal.reason)),
  }),
});

const event = (id: string): string => `id: ${id}\nevent: a\ndata: {"id":"${id}"}\n\n`;

/** Runs the scripts one after the other, then stays silent; what was asked and told, in order. */
function run(scripts: readonly Script[], silenceMs = 10_000) {
  const asked: (string | null)[] = [];
  const heard: string[] = [];
  const rest = [...scripts];
  const source = {
    stream: (lastEventId: string | null, signal: AbortSignal): Promise<StreamAnswer> => {
      asked.push(lastEventId);
      const script = rest.shift();
      return script === undefined ? Promise.resolve(silent(signal)) : script(lastEventId, signal);
    },
  };
  const listener: FeedListener = {
    opened: (isFresh) => heard.push(isFresh ? 'fresh' : 'resumed'),
    told: (events) => heard.push(...events.map(({ id }) => id)),
    broken: () => {
      heard.push('broken');
      queueMicrotask(() => feed.retryNow());
    },
    dropped: () => heard.push('dropped'),
    refused: ({ kind }) => heard.push(kind),
  };
  const feed = new EventFeed(source, listener, silenceMs);
  return { asked, heard, ended: feed.run(), stop: () => feed.stop() };
}

describe('the feed', () => {
  it('resumes after the last place it was told, also when that place had no event', async () => {
    const feed = run([
      async () => open('id: p0\n\n'),
      async () => open(event('e1') + event('e2')),
      async () => open('id: p3\n\n'),
    ]);
    await eventually(() => expect(feed.asked).toEqual([null, 'p0', 'e2', 'p3']));
    feed.stop();
    await feed.ended;
    expect(feed.heard.filter((one) => one !== 'broken')).toEqual([
      ...['fresh', 'resumed', 'e1', 'e2', 'resumed', 'resumed'],
    ]);
  });

  it('begins anew, and says so, when its place is no longer in the log', async () => {
    const feed = run([async () => open(event('e1')), async () => ({ kind: 'dropped' })]);
    await eventually(() => expect(feed.asked).toEqual([null, 'e1', null]));
    feed.stop();
    await feed.ended;
    expect(feed.heard).toEqual(['fresh', 'e1', 'broken', 'dropped', 'broken', 'fresh']);
  });

  it('takes a stream that is silent for longer than its heartbeats for dead', async () => {
    const feed = run([async (_, signal) => silent(signal)], 30);
    await eventually(() => expect(feed.asked.length).toBeGreaterThan(1));
    feed.stop();
    await feed.ended;
    expect(feed.heard.slice(0, 2)).toEqual(['fresh', 'broken']);
  });

  it('ends when the key is refused, and does not ask again', async () => {
    const feed = run([
      async () => {
        throw new Refusal('unreachable', 'away');
      },
      async () => {
        throw new Refusal('key_refused', 'revoked');
      },
    ]);
    await feed.ended;
    expect(feed.heard).toEqual(['broken', 'key_refused']);
    expect(feed.asked).toHaveLength(2);
  });

  it('waits twice as long after each failure, at most half a minute, and never all at once', () => {
    expect([0, 1, 2, 3].map((failures) => delayOf(failures, 1))).toEqual([1e3, 2e3, 4e3, 8e3]);
    expect(delayOf(50, 1)).toBe(30_000);
    expect(delayOf(3, 0)).toBe(4_000);
  });
});
