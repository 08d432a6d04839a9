// The timeline of a batch over HTTP: what its page draws.
import { Controller, Get, Param } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { Caller } from '../domain/access.js';
import { ReadTimeline } from '../use-cases/read-timeline.js';
import { CallerOf, NeedsScope } from './access.js';
import { NOT_MODIFIED, TAG_HEADERS } from './api-headers.js';
import { BATCH_ID } from './api-parameters.js';
import { ApiProblems } from './api-problems.js';
import { Tagged } from './etags.js';
import { TIMELINE_EXAMPLES } from './timeline-examples.js';
import { TimelineView } from './timeline-view.dto.js';

@ApiTags('Batches')
@Controller('v1/batches')
export class TimelineController {
  constructor(private readonly timelines: ReadTimeline) {}

  /**
   * See a batch over time: what ran, what runs and what is planned, on which instances
   * @remarks Planned bars follow the very rule by which migrations are started: priority, remaining work,
   * `dependsOn`, `notBefore`, the cap and the window of the batch. Times are learned from finished imports
   * and null where nothing is known: behind an unknown outcome, and while the batch is paused. Not
   * foreseen: what other batches have waiting on the same instances, further ageing of those that wait, the
   * quota of calls, checks that fail and new attempts. Only the last attempt of a migration has a bar
   */
  @Get(':id/timeline')
  @BATCH_ID
  @NeedsScope('migrations:read')
  @Tagged()
  @ApiOkResponse({
    ...{ type: TimelineView, description: 'As it stands now', headers: TAG_HEADERS },
    examples: TIMELINE_EXAMPLES,
  })
  @NOT_MODIFIED
  @ApiProblems('not_found')
  async find(@CallerOf() { tenant }: Caller, @Param('id') id: string): Promise<TimelineView> {
    return TimelineView.of(id, await this.timelines.find(tenant, id));
  }
}
