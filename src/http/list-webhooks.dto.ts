// The query parameters of GET /v1/webhooks and of the deliveries of one.
import { IsCursor, ListDto } from './list.dto.js';
import { Optional } from './rules.js';

export class ListWebhooksDto extends ListDto {
  /**
   * The `nextCursor` of the page before; the newest items when left out
   * @example "d2hrXzAxamRlbW9xNHk3ejhiOWMwZDFlMmYzZzRo"
   */
  @Optional()
  @IsCursor('whk')
  cursor?: string;
}

export class ListDeliveriesDto extends ListDto {
  /**
   * The `nextCursor` of the page before; the newest items when left out
   * @example "ZXZ0XzAxamRlbW9xNHkwMDAwMDAwMDAwMDAwMDAx"
   */
  @Optional()
  @IsCursor('evt')
  cursor?: string;
}
