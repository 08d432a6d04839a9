// The wiring page: the use cases, and the edges by role; what they ask of the outside is in app.adapters.ts.
import { Module, type DynamicModule } from '@nestjs/common';
import {
  API_PROVIDERS,
  HTTP_CONTROLLERS,
  HTTP_PROVIDERS,
  PROBE_CONTROLLERS,
} from './http/http-parts.js';
import { AcceptBatch } from './use-cases/accept-batch.js';
import { CompleteItems } from './use-cases/complete-items.js';
import { DropAudit } from './use-cases/drop-audit.js';
import { DropEnded } from './use-cases/drop-ended.js';
import { CarryOutCancel } from './use-cases/carry-out-cancel.js';
import { HeldByBreaker } from './use-cases/held-by-breaker.js';
import { EventHub } from './use-cases/event-hub.js';
import { FollowEvents } from './use-cases/follow-events.js';
import { ControlMigration } from './use-cases/control-migration.js';
import { ControlBatch } from './use-cases/control-batch.js';
import { KeepAudit } from './use-cases/keep-audit.js';
import { LearnedDurations } from './use-cases/learned-durations.js';
import { RetryFailed } from './use-cases/retry-failed.js';
import { LookAfterBatch } from './use-cases/look-after-batch.js';
import { OpenSession } from './use-cases/open-session.js';
import { PlanBatch } from './use-cases/plan-batch.js';
import { PreflightMigration } from './use-cases/preflight-migration.js';
import { PreflightPlan } from './use-cases/preflight-plan.js';
import { ReadAudit } from './use-cases/read-audit.js';
import { ReadReservations } from './use-cases/read-reservations.js';
import { ReadBatches } from './use-cases/read-batches.js';
import { ReadTimeline } from './use-cases/read-timeline.js';
import { StartMigrations } from './use-cases/start-migrations.js';
import { YieldInstances } from './use-cases/yield-instances.js';
import { AcceptMigrations } from './use-cases/accept-migrations.js';
import { Authenticate } from './use-cases/authenticate.js';
import { CheckPreflight } from './use-cases/check-preflight.js';
import { LookForImport } from './use-cases/look-for-import.js';
import { DeliverWebhook } from './use-cases/deliver-webhook.js';
import { InspectDeliveries } from './use-cases/inspect-deliveries.js';
import { ManageApiKeys } from './use-cases/manage-api-keys.js';
import { ManageWebhooks } from './use-cases/manage-webhooks.js';
import { ManageCredentials } from './use-cases/manage-credentials.js';
import { ParkPoisonRecords } from './use-cases/park-poison-records.js';
import { ReadMigrations } from './use-cases/read-migrations.js';
import { Readiness } from './use-cases/readiness.js';
import { ReconcileSubmission } from './use-cases/reconcile-submission.js';
import { RecordOutcome } from './use-cases/record-outcome.js';
import { ScheduleMigrations } from './use-cases/schedule-migrations.js';
import { SubmitMigration } from './use-cases/submit-migration.js';
import { ShowFigures } from './use-cases/show-figures.js';
import { TakeStock } from './use-cases/take-stock.js';
import { TellProgress } from './use-cases/tell-progress.js';
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
  ReadTimeline,
  ControlBatch,
  ManageApiKeys,
  ManageWebhooks,
  InspectDeliveries,
  ManageCredentials,
  VerifyCredential,
  ReadAudit,
  EventHub,
  FollowEvents,
];

/** Of any process that listens. */
const PROBE_USE_CASES = [Authenticate, KeepAudit, Readiness, TakeStock, ShowFigures];

const WORKER_USE_CASES = [
  DropAudit,
  DropEnded,
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
  DeliverWebhook,
  TrackImports,
  TellProgress,
];

@Module({})
export class AppModule {
  static of(foundation: Foundation): DynamicModule {
    const { role, isPortSet } = foundation.config;
    const isApi = role !== 'worker';
    const isWorker = role !== 'api';
    const controllers = isApi ? HTTP_CONTROLLERS : PROBE_CONTROLLERS;
    return {
      module: AppModule,
      controllers: isApi || isPortSet ? [...controllers] : [],
      providers: [
        ...adaptersOf(foundation),
        RetryFailed,
        LearnedDurations,
        ReadReservations,
        HeldByBreaker,
        ParkPoisonRecords,
        ...(isApi || isPortSet ? [...PROBE_USE_CASES, ...HTTP_PROVIDERS] : []),
        ...(isApi ? [...API_USE_CASES, ...API_PROVIDERS] : []),
        ...(isWorker ? WORKER_USE_CASES : []),
      ],
    };
  }
}
