// From an ImportId, as the upstream's console shows it, to the migration it belongs to.
import { Controller, Get, Param } from '@nestjs/common';
import { ApiOkResponse } from '@nestjs/swagger';
import type { Caller } from '../domain/access.js';
import { ReadMigrations } from '../use-cases/read-migrations.js';
import { CallerOf, NeedsScope } from './access.js';
import { IMPORT_ID } from './api-parameters.js';
import { NOT_MODIFIED, TAG_HEADERS } from './api-headers.js';
import { ApiProblems } from './api-problems.js';
import { Tagged } from './etags.js';
import { MigrationView } from './migration-view.dto.js';

@Controller('v1/imports')
export class ImportsController {
  constructor(private readonly readMigrations: ReadMigrations) {}

  /**
   * Look at the migration that has this ImportId
   * @remarks For whoever sees an import in the RDS console and asks where it comes from
   */
  @Get(':importId')
  @IMPORT_ID
  @NeedsScope('migrations:read')
  @Tagged()
  @ApiOkResponse({ type: MigrationView, description: 'As it stands now', headers: TAG_HEADERS })
  @NOT_MODIFIED
  @ApiProblems('not_found')
  async find(
    @CallerOf() { tenant }: Caller,
    @Param('importId') importId: string,
  ): Promise<MigrationView> {
    return MigrationView.of(await this.readMigrations.findByImport(tenant, importId));
  }
}
