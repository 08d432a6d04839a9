// Tells probes whether this process lives and whether it can work.
import { Controller, Get, Res } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, ApiServiceUnavailableResponse } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Readiness } from '../use-cases/readiness.js';
import { Public } from './access.js';
import { ApiProblems } from './api-problems.js';
import { LiveView, PartView, ReadyView } from './health-view.dto.js';

@Controller('health')
@ApiExtraModels(PartView)
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  /**
   * Is the process up?
   * @remarks Whoever answers is. For liveness probes: nothing else is looked at
   */
  @Get('live')
  @Public()
  @ApiOkResponse({ type: LiveView, description: 'It is' })
  @ApiProblems('internal_error')
  live(): LiveView {
    return { status: 'live' };
  }

  /**
   * Can it do its work now?
   * @remarks For readiness probes: Redis answers, keeps what it is given, and the queues can be used
   */
  @Get('ready')
  @Public()
  @ApiOkResponse({ type: ReadyView, description: 'It can' })
  @ApiProblems('internal_error')
  @ApiServiceUnavailableResponse({ type: ReadyView, description: 'What is down' })
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<ReadyView> {
    const report = await this.readiness.check();
    if (!report.ready) void reply.code(503).header('retry-after', '2');
    return ReadyView.of(report);
  }
}
