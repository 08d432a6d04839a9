// The query parameters of GET /v1/batches.
import { IsCursor, ListDto } from './list.dto.js';
import { Optional } from './rules.js';

export class ListBatchesDto extends ListDto {
  /**
   * The `nextCursor` of the page before; the newest items when left out
   * @example "YmF0XzAxamRlbW9xNHk3ejhiOWMwZDFlMmYzZzRo"
   */
  @Optional()
  @IsCursor('bat')
  cursor?: string;
}
