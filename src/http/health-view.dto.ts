// What a probe sees.
import { ApiProperty } from '@nestjs/swagger';
import type { ReadinessReport } from '../use-cases/readiness.js';

export class LiveView {
  /**
   * Always `live`: a process that answers is up
   * @example "live"
   */
  @ApiProperty({ enum: ['live'] })
  status!: string;
}

export class PartView {
  /** Usable now */
  ok!: boolean;

  /**
   * What is the matter with it
   * @example "answers"
   */
  detail!: string;
}

export class ReadyView {
  /** Every part is usable */
  ready!: boolean;

  /** Each part this process needs, by name */
  @ApiProperty({
    type: 'object',
    additionalProperties: { $ref: '#/components/schemas/PartView' },
    example: { redis: { ok: true, detail: 'answers' } },
  })
  parts!: Readonly<Record<string, PartView>>;

  static of({ ready, parts }: ReadinessReport): ReadyView {
    const views = Object.entries(parts).map(
      ([name, { ok, detail }]) => [name, { ok, detail }] as const,
    );
    return { ready, parts: Object.fromEntries(views) };
  }
}
