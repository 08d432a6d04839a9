// One page of migrations.
import type { ReadMigrations } from '../use-cases/read-migrations.js';
import { nextCursorOf } from './list.dto.js';
import { MigrationView } from './migration-view.dto.js';

export class MigrationListView {
  /** Newest first */
  items!: MigrationView[];

  /**
   * For the next page; null on the last one
   * @example "bWlnXzAxamRlbW9xNHk3ejhiOWMwZDFlMmYzZzRo"
   */
  nextCursor!: string | null;

  static of(page: Awaited<ReturnType<ReadMigrations['list']>>): MigrationListView {
    return {
      items: page.items.map((detail) => MigrationView.of(detail)),
      nextCursor: nextCursorOf(page.nextAfterId),
    };
  }
}
