// Which bar is meant: by a pointer on the drawing, or by keys that go from bar to bar.
import {
  AXIS_HEIGHT,
  boxOf,
  LANE_HEIGHT,
  type Lane,
  type Layout,
  type Piece,
  type Split,
  type View,
} from './timeline-layout.js';

/** A bar by its lane and its place on it. */
export interface Spot {
  readonly lane: number;
  readonly place: number;
}

export const piecesOf = (lane: Lane | undefined): readonly Piece[] =>
  lane === undefined ? [] : [...lane.timed, ...lane.ordered];

export const pieceAt = ({ lanes }: Layout, spot: Spot | null): Piece | null =>
  spot === null ? null : (piecesOf(lanes[spot.lane])[spot.place] ?? null);

export interface Drawn {
  readonly layout: Layout;
  readonly view: View;
  readonly split: Split;
  readonly nowMs: number;
  readonly gutter: number;
  readonly scrollTop: number;
}

/** `x`, `y`: from the top left of the drawing. Thin bars may be missed by so many pixels. */
const MISS = 3;

export function spotAt(drawn: Drawn, x: number, y: number): Spot | null {
  const { layout, view, split, nowMs, gutter, scrollTop } = drawn;
  if (y < AXIS_HEIGHT || x < gutter) return null;
  const lane = Math.floor((y - AXIS_HEIGHT + scrollTop) / LANE_HEIGHT);
  const place = piecesOf(layout.lanes[lane]).findIndex((piece) => {
    const box = boxOf(piece, view, split, nowMs);
    if (box === null) return false;
    return x - gutter >= box.x - MISS && x - gutter <= box.x + box.width + MISS;
  });
  return place < 0 ? null : { lane, place };
}

const MOVES: Readonly<Record<string, readonly [lanes: number, places: number]>> = {
  ...{ ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] },
  ...{ PageUp: [-10, 0], PageDown: [10, 0] },
};

/** Lanes always have a bar: an instance without one takes no part. Null for a key that moves nothing. */
export function spotAfterKey({ lanes }: Layout, spot: Spot | null, key: string): Spot | null {
  const move = MOVES[key];
  if (move === undefined || lanes.length === 0) return null;
  if (spot === null) return { lane: 0, place: 0 };
  const lane = clamp(spot.lane + move[0], lanes.length);
  const wanted = move[0] === 0 ? spot.place + move[1] : spot.place;
  return { lane, place: clamp(wanted, piecesOf(lanes[lane]).length) };
}

const clamp = (value: number, length: number): number => Math.max(0, Math.min(length - 1, value));
