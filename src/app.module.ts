// The wiring page: the use cases, and the edges by role; what they ask of the outside is in app.adapters.ts.
import { Module, type DynamicModule } from '@nestjs/common';
import { HTTP_CONTROLLERS, HTTP_PROVIDERS } from './http/http-parts.js';
import { AcceptBatch } from './use-cases/accept-batch.js';
import { CompleteItems } from './use-cases/complete-items.js';
import { CarryOutCancel } from './use-cases/carry-out-cancel.js';
import { HeldByBreaker } from './use-cases/held-by-breaker.js';
import { ControlMigration } from './use-cases/control-migration.js';
import { ControlBatch } from './use-cases/control-batch.js';
import { KeepAudit } from './use-cases/keep-audit.js';
import { LearnedDurations } from './use-cases/learned-durations.js';
import { LookAfterBatch } from './use-cases/look-after-batch.js';
import { OpenSession } from './use-cases/open-session.js';
import { PlanBatch } from './use-cases/plan-batch.js';
import { PreflightMigration } from './use-cases/preflight-migration.js';
import { PreflightPlan } from './use-cases/preflight-plan.js';
import { ReadAudit } from './use-cases/read-audit.js';
import { ReadReservations } from './use-cases/read-reservations.js';
import { ReadBatches } from './use-cases/read-batches.js';
import { StartMigrations } from './use-cases/start-migrations.js';
import { YieldInstances } from './use-cases/yield-instances.js';
import { AcceptMigrations } from './use-cases/accept-migrations.js';
import { Authenticate } from './use-cases/authenticate.js';
import { CheckPreflight } from './use-cases/check-preflight.js';
import { LookForImport } from './use-cases/look-for-import.js';
import { ManageApiKeys } from './use-cases/manage-api-keys.js';
import { ManageCredentials } from './use-cases/manage-credentials.js';
import { ReadMigrations } from './use-cases/read-migrations.js';
import { Readiness } from './use-cases/readiness.js';
import { ReconcileSubmission } from './use-cases/reconcile-submission.js';
import { RecordOutcome } from './use-cases/record-outcome.js';
import { ScheduleMigrations } from './use-cases/schedule-migrations.js';
import { SubmitMigration } from './use-cases/submit-migration.js';
import { TrackImports } from './use-cases/track-imports.js';
import { VerifyCredential } from './use-cases/verify-credential.js';
import { adaptersOf, type Foundation } from './app.adapters.js';

const API_USE_CASES = [
  AcceptMigrations,
  CompleteItems,
  AcceptBatch,
  OpenSession,
  PreflightMigration,
  PreflightPlan,
  PlanBatch,
  ReadMigrations,
  ControlMigration,
  ReadBatches,
  ControlBatch,
  ManageApiKeys,
  ManageCredentials,
  VerifyCredential,
  Authenticate,
  KeepAudit,
  ReadAudit,
  Readiness,
];

const WORKER_USE_CASES = [
  StartMigrations,
  LookAfterBatch,
  ScheduleMigrations,
  YieldInstances,
  CheckPreflight,
  RecordOutcome,
  LookForImport,
  ReconcileSubmission,
  SubmitMigration,
  CarryOutCancel,
  TrackImports,
];

@Module({})
export class AppModule {
  static of(foundation: Foundation): DynamicModule {
    const { role } = foundation.config;
    const isApi = role !== 'worker';
    const isWorker = role !== 'api';
    return {
      module: AppModule,
      controllers: isApi ? [...HTTP_CONTROLLERS] : [],
      providers: [
        ...adaptersOf(foundation),
        LearnedDurations,
        ReadReservations,
        HeldByBreaker,
        ...(isApi ? [...API_USE_CASES, ...HTTP_PROVIDERS] : []),
        ...(isWorker ? WORKER_USE_CASES : []),
      ],
    };
  }
}
