// Hours in which submissions of a batch may start, as they are sent and as they are shown.
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { BatchWindow } from '../domain/batch.js';
import { DAYS, type Day } from '../domain/window.js';

export class WindowDto {
  /**
   * When it opens: `HH:MM` by the clock of the time zone
   * @example "22:00"
   */
  @ApiProperty({ pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$' })
  start!: string;

  /**
   * When it closes: `HH:MM`. At or before the start it is the next day's; equal to it, a whole day later
   * @example "06:00"
   */
  @ApiProperty({ pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$' })
  end!: string;

  /**
   * IANA name of the time zone
   * @example "Asia/Shanghai"
   */
  timeZone!: string;

  /**
   * Days on which it opens, in the time zone; every day when left out or null
   * @example ["mon", "tue", "wed", "thu", "fri"]
   */
  @ApiPropertyOptional({ enum: DAYS, isArray: true, nullable: true, minItems: 1, maxItems: 7 })
  days?: Day[] | null;

  /** A submission whose estimated end lies outside of the window waits for the next one */
  @ApiPropertyOptional({ type: Boolean, default: false })
  fit?: boolean;
}

export class WindowView {
  /**
   * When it opens: `HH:MM` by the clock of the time zone
   * @example "22:00"
   */
  start!: string;

  /**
   * When it closes: `HH:MM`; at or before the start it is the next day's
   * @example "06:00"
   */
  end!: string;

  /**
   * IANA name of the time zone
   * @example "Asia/Shanghai"
   */
  timeZone!: string;

  /**
   * Days on which it opens; null for every day
   * @example ["mon", "tue", "wed", "thu", "fri"]
   */
  @ApiProperty({ enum: DAYS, isArray: true, nullable: true })
  days!: readonly Day[] | null;

  /** Does a submission whose estimated end lies outside of it wait for the next one? */
  fit!: boolean;

  static of(window: BatchWindow | null): WindowView | null {
    if (window === null) return null;
    const { start, end, timeZone, days, fit } = window;
    return { start, end, timeZone, days, fit };
  }
}
