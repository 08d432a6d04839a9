// What all parts of the board are given; apart from the page, so that no part imports the page it stands on.
import type { Board } from './board.js';
import type { State } from './state.js';

export interface Shown {
  readonly board: Board;
  readonly state: State;
  readonly now: number;
  /** Opens a migration beside the lists. */
  readonly open: (id: string | null) => void;
}
