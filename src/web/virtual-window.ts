// Which rows of a long list are in sight: only those, and a few around them, are in the document.

export interface Sight {
  readonly scrollTop: number;
  readonly height: number;
}

export interface Slice {
  /** From this row to before that one. */
  readonly start: number;
  readonly end: number;
}

/** Rows above and below, so that a quick scroll shows no gap. */
const MARGIN = 8;

export function sliceOf({ scrollTop, height }: Sight, rowHeight: number, total: number): Slice {
  const first = Math.floor(Math.max(0, scrollTop) / rowHeight);
  const last = Math.ceil((Math.max(0, scrollTop) + height) / rowHeight);
  const end = Math.min(total, last + MARGIN);
  return { start: Math.max(0, Math.min(first - MARGIN, end)), end };
}

/** Where to scroll so that the row is in sight, moving as little as it takes. */
export function scrollTo(row: number, sight: Sight, rowHeight: number): number {
  const top = row * rowHeight;
  if (top < sight.scrollTop) return top;
  const lowest = top + rowHeight - sight.height;
  return lowest > sight.scrollTop ? lowest : sight.scrollTop;
}

/** The row that a key leads to; null for a key that leads nowhere. */
export function rowAfterKey(
  key: string,
  row: number,
  { total, pageRows }: { readonly total: number; readonly pageRows: number },
): number | null {
  const moves: Readonly<Record<string, number>> = {
    ...{ ArrowDown: row + 1, ArrowUp: row - 1, Home: 0, End: total - 1 },
    ...{ PageDown: row + pageRows, PageUp: row - pageRows },
  };
  const to = moves[key];
  return to === undefined || total === 0 ? null : Math.max(0, Math.min(total - 1, to));
}
