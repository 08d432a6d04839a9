// What Prometheus reads: figures of this process and, from whichever process, of the service.
import { Controller, Get, Res } from '@nestjs/common';
import { ApiOkResponse, ApiProduces } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ShowFigures } from '../use-cases/show-figures.js';
import { NeedsScope } from './access.js';

@Controller()
export class MetricsController {
  constructor(private readonly figures: ShowFigures) {}

  /**
   * Figures for Prometheus
   * @remarks In Prometheus's text format. No API key is needed when METRICS_PUBLIC is true. Counters and histograms are of the process that answers: add them up over processes. Gauges of migrations, queues and quotas are of the whole service: take the maximum. While Redis is away those are missing, and rds_import_redis_up is 0
   */
  @Get('metrics')
  @NeedsScope('metrics:read')
  @ApiProduces('text/plain')
  @ApiOkResponse({
    description: 'The figures',
    content: {
      'text/plain': {
        schema: { type: 'string' },
        example: '# HELP rds_import_redis_up Redis answered this scrape: 1, or 0\n',
      },
    },
  })
  async show(@Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    const { text, type } = await this.figures.show();
    void reply.header('content-type', type);
    return text;
  }
}
