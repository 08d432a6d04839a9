// The timeline of a batch: read when it is chosen, and again as events tell of it, the seldomer the larger it is.
import { useEffect, useState } from 'preact/hooks';
import { wordsOf } from './api-client.js';
import type { Timeline } from './api-views.js';
import type { Board } from './board.js';
import { Paced } from './paced.js';

const SMALL = 300;
const SMALL_PACE_MS = 2_000;
const LARGE_PACE_MS = 10_000;
/** What is expected moves also when nothing happens. */
const AGAIN_MS = 60_000;

export interface ReadTimeline {
  readonly timeline: Timeline | null;
  readonly failure: string | null;
}

const NOTHING: ReadTimeline = { timeline: null, failure: null };

export function useTimeline(board: Board, batchId: string, total: number): ReadTimeline {
  const [read, setRead] = useState(NOTHING);
  const paceMs = total > SMALL ? LARGE_PACE_MS : SMALL_PACE_MS;
  useEffect(() => {
    setRead(NOTHING);
    const ended = new AbortController();
    const paced = new Paced(paceMs, async () => {
      try {
        const path = `v1/batches/${batchId}/timeline`;
        setRead({ timeline: await board.api.get<Timeline>(path, ended.signal), failure: null });
      } catch (error) {
        // What was read before is better than nothing, and its bars still move.
        if (!ended.signal.aborted) setRead((before) => ({ ...before, failure: wordsOf(error) }));
      }
    });
    paced.ask();
    const timer = setInterval(() => paced.ask(), AGAIN_MS);
    const unhear = board.hear((events) => {
      if (events.some(({ data }) => data['batchId'] === batchId)) paced.ask();
    });
    return () => {
      ended.abort();
      clearInterval(timer);
      unhear();
      paced.stop();
    };
  }, [board, batchId, paceMs]);
  return read;
}
