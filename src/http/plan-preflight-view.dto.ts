// What a caller sees of the checks of a planned batch.
import { ApiProperty } from '@nestjs/swagger';
import type { PlanPreflight } from '../use-cases/preflight-plan.js';
import { PreflightReportView } from './preflight-view.dto.js';
import { timestamp } from './timestamps.js';

export class PlannedReportView extends PreflightReportView {
  /**
   * Place in the list of migrations, from 0
   * @example 17
   */
  @ApiProperty({ type: 'integer' })
  index!: number;
}

export class PlanPreflightView {
  /**
   * Nothing failed in any report, and every instance could be read
   * @example false
   */
  ok!: boolean;

  /**
   * When the first instance was looked at
   * @example "2026-11-24T12:00:00.000Z"
   */
  checkedAt!: string;

  /**
   * Migrations of which every check passes
   * @example 9998
   */
  @ApiProperty({ type: 'integer' })
  passed!: number;

  /**
   * The others: a check failed, warns, or could not be made
   * @example 2
   */
  @ApiProperty({ type: 'integer' })
  notPassed!: number;

  /** The reports of those others in the order of the list, at most 1,000 */
  reports!: PlannedReportView[];

  /**
   * How many more reports there are
   * @example 0
   */
  @ApiProperty({ type: 'integer' })
  omitted!: number;

  static of(preflight: PlanPreflight | null): PlanPreflightView | null {
    if (preflight === null) return null;
    const { ok, checkedAt, passed, notPassed, reports, omitted } = preflight;
    return {
      ...{ ok, checkedAt: timestamp(checkedAt), passed, notPassed },
      reports: reports.map(({ index, report }) => {
        const view = PreflightReportView.of(report);
        return { index, ok: view.ok, checkedAt: view.checkedAt, checks: view.checks };
      }),
      omitted,
    };
  }
}
