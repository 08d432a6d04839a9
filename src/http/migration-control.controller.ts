// Migrations over HTTP: steered while they wait, run, or have ended.
import { Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBody } from '@nestjs/swagger';
import type { Caller } from '../domain/access.js';
import { ControlMigration } from '../use-cases/control-migration.js';
import { CallerOf, NeedsScope } from './access.js';
import { BodyAs, NoBody, type CheckedBody } from './checked-body.js';
import { MigrationView } from './migration-view.dto.js';
import { resolutionOf, RESOLVE_EXAMPLES, ResolveMigrationDto } from './resolve-migration.dto.js';
import { SteersMigration } from './steers-migration.js';

@Controller('v1/migrations/:id')
export class MigrationControlController {
  constructor(private readonly control: ControlMigration) {}

  /**
   * Cancel it. No body is needed
   * @remarks Before the submission it is `canceled` at once and never submitted. While the call is under
   * way, or its outcome unknown, the cancel is kept and done as soon as the outcome is known. A running
   * import of SQL Server becomes `canceling` until upstream says what became of it; when upstream
   * refuses, it is `importing` again with the reason `cancel_refused`. MySQL has no cancel upstream
   */
  @Post('cancel')
  @HttpCode(202)
  @NeedsScope('migrations:write')
  @SteersMigration('already_ended', 'cancel_not_supported')
  async cancel(
    @CallerOf() caller: Caller,
    @Param('id') id: string,
    @NoBody() _body: null,
  ): Promise<MigrationView> {
    return MigrationView.of(await this.control.cancel(caller, id));
  }

  /**
   * Try once more what failed or was canceled
   * @remarks The same id, the next attempt. No body is needed. Not in a batch that was canceled or halted
   */
  @Post('retry')
  @HttpCode(202)
  @NeedsScope('migrations:write')
  @SteersMigration('not_retryable', 'batch_closed', 'duplicate_active', 'credential_gone')
  async retry(
    @CallerOf() caller: Caller,
    @Param('id') id: string,
    @NoBody() _body: null,
  ): Promise<MigrationView> {
    return MigrationView.of(await this.control.retry(caller, id));
  }

  /**
   * Let a parked migration go on
   * @remarks For operators. A migration is parked when three looks at it in a row crashed their worker or
   * failed inside of the service. It is looked at again at once; no body is needed
   */
  @Post('resume')
  @HttpCode(202)
  @NeedsScope('admin')
  @SteersMigration('not_parked')
  async resume(
    @CallerOf() caller: Caller,
    @Param('id') id: string,
    @NoBody() _body: null,
  ): Promise<MigrationView> {
    return MigrationView.of(await this.control.resume(caller, id));
  }

  /**
   * Say what became of a call whose outcome is unknown
   * @remarks Look at the imports of the target instance in the RDS console first. `not_started` is taken
   * at your word: when an import runs all the same and upstream does not list it, it may be started twice
   */
  @Post('resolve')
  @HttpCode(202)
  @NeedsScope('migrations:write')
  @ApiBody({ type: ResolveMigrationDto, examples: RESOLVE_EXAMPLES })
  @SteersMigration('outcome_known', 'import_bound')
  async resolve(
    @CallerOf() caller: Caller,
    @Param('id') id: string,
    @BodyAs(ResolveMigrationDto) body: CheckedBody<ResolveMigrationDto>,
  ): Promise<MigrationView> {
    return MigrationView.of(await this.control.resolve(caller, id, resolutionOf(body)));
  }
}
