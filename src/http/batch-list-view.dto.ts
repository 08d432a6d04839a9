// One page of batches.
import type { ReadBatches } from '../use-cases/read-batches.js';
import { BatchView } from './batch-view.dto.js';
import { nextCursorOf } from './list.dto.js';

export class BatchListView {
  /** Newest first */
  items!: BatchView[];

  /**
   * For the next page; null on the last one
   * @example "YmF0XzAxamRlbW9xNHk3ejhiOWMwZDFlMmYzZzRo"
   */
  nextCursor!: string | null;

  static of(page: Awaited<ReturnType<ReadBatches['list']>>): BatchListView {
    return {
      items: page.items.map((detail) => BatchView.of(detail)),
      nextCursor: nextCursorOf(page.nextAfterId),
    };
  }
}
