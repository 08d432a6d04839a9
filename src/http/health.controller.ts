// Tells probes whether this process lives and whether it can work.
import { Controller, Get, Res } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, ApiServiceUnavailableResponse } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Readiness } from '../use-cases/readiness.js';
import { Public } from './access.js';
import { LiveView, PartView, ReadyView } from './health-view.dto.js';

@Controller('health')
@ApiExtraModels(PartView)
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  /** Is the process up? */
  @Get('live')
  @Public()
  @ApiOkResponse({ type: LiveView, description: 'It is' })
  live(): LiveView {
    return { status: 'live' };
  }

  /** Can it do its work now? */
  @Get('ready')
  @Public()
  @ApiOkResponse({ type: ReadyView, description: 'It can' })
  @ApiServiceUnavailableResponse({ type: ReadyView, description: 'What is down' })
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<ReadyView> {
    const report = await this.readiness.check();
    if (!report.ready) void reply.code(503).header('retry-after', '2');
    return ReadyView.of(report);
  }
}
