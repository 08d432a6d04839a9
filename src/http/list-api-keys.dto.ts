// The query parameters of GET /v1/api-keys.
import { IsCursor, ListDto } from './list.dto.js';
import { Optional } from './rules.js';

export class ListApiKeysDto extends ListDto {
  /**
   * The `nextCursor` of the page before; the newest items when left out
   * @example "a2V5XzAxamRlbW9xNHk3ejhiOWMwZDFlMmYzZzRo"
   */
  @Optional()
  @IsCursor('key')
  cursor?: string;
}
