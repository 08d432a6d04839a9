// What components ask of the world around the page.
import { useEffect, useState } from 'preact/hooks';
import type { Board } from './board.js';
import type { State } from './state.js';

export function useBoard(board: Board): State {
  const [state, setState] = useState(board.state);
  useEffect(() => {
    setState(board.state);
    return board.subscribe(() => setState(board.state));
  }, [board]);
  return state;
}

/** The time, again and again. */
export function useNow(everyMs: number): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

export function useMedia(query: string): boolean {
  const [matches, setMatches] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const list = matchMedia(query);
    const listen = (): void => setMatches(list.matches);
    listen();
    list.addEventListener('change', listen);
    return () => list.removeEventListener('change', listen);
  }, [query]);
  return matches;
}

/** As in page.css. */
export const NARROW = '(max-width: 759px)';
