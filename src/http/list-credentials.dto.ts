// The query parameters of GET /v1/credentials.
import { IsCursor, ListDto } from './list.dto.js';
import { Optional } from './rules.js';

export class ListCredentialsDto extends ListDto {
  /**
   * The `nextCursor` of the page before; the newest items when left out
   * @example "Y3JlZF8wMWpkZW1vcTR5N3o4YjljMGQxZTJmM2c0aA"
   */
  @Optional()
  @IsCursor('cred')
  cursor?: string;
}
