// What the wiring page takes from this floor.
import type { Provider, Type } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import { AccessGuard } from './access-guard.js';
import { ApiKeysController } from './api-keys.controller.js';
import { AuditInterceptor } from './audit-interceptor.js';
import { AuditController } from './audit.controller.js';
import { BatchesController } from './batches.controller.js';
import { CredentialsController } from './credentials.controller.js';
import { EventStreams } from './event-streams.js';
import { EventsController } from './events.controller.js';
import { HealthController } from './health.controller.js';
import { ImportsController } from './imports.controller.js';
import { MigrationControlController } from './migration-control.controller.js';
import { MigrationsController } from './migrations.controller.js';
import { MetricsController } from './metrics.controller.js';
import { ProblemFilter } from './problem-filter.js';
import { WebhooksController } from './webhooks.controller.js';
import { TimelineController } from './timeline.controller.js';

export const HTTP_CONTROLLERS: Type[] = [
  CredentialsController,
  MigrationsController,
  MigrationControlController,
  BatchesController,
  TimelineController,
  ImportsController,
  EventsController,
  WebhooksController,
  ApiKeysController,
  AuditController,
  HealthController,
  MetricsController,
];

/** Of a process that only works. */
export const PROBE_CONTROLLERS: Type[] = [HealthController, MetricsController];

/** What controllers of the API share. */
export const API_PROVIDERS: Provider[] = [EventStreams];

/** Every route is closed unless it says otherwise, and every error is a problem. */
export const HTTP_PROVIDERS: Provider[] = [
  { provide: APP_GUARD, useClass: AccessGuard },
  { provide: APP_INTERCEPTOR, useClass: AuditInterceptor },
  { provide: APP_FILTER, useClass: ProblemFilter },
];
