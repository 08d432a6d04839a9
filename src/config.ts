// Environment → checked, typed, frozen. The only reader of process.env; no text here ever prints a secret.
import { Reader, type Environment, type MasterKey } from './config-reader.js';
import { UPSTREAM_SIGNATURE_LIFETIME_MS, UPSTREAM_SUBMISSION_FENCE_MS } from './domain/policy.js';
import { Settings } from './use-cases/ports.js';
import type { Secret } from './use-cases/ports-credentials.js';

export type { MasterKey } from './config-reader.js';

export type Role = 'all' | 'api' | 'worker';
export type RedisMode = 'single' | 'cluster' | 'sentinel';

/** What a worker requires of Redis before it submits. */
export type RedisDurabilityMode = 'always' | 'everysec' | 'replicated';

export abstract class Config extends Settings {
  abstract readonly port: number;
  /** PORT is in the environment: then a worker serves its health and figures there, else it opens no port. */
  abstract readonly isPortSet: boolean;
  abstract readonly host: string;
  abstract readonly role: Role;
  abstract readonly redisUrl: Secret;
  abstract readonly redisMode: RedisMode;
  abstract readonly redisSentinelName: string | null;
  /** PEM; null: the certificate authorities that Node knows. */
  abstract readonly redisCa: string | null;
  abstract readonly redisKeyPrefix: string;
  abstract readonly redisDurability: RedisDurabilityMode;
  abstract readonly masterKeys: readonly MasterKey[];
  abstract readonly bootstrapAdminKey: Secret | null;
  abstract readonly rdsEndpoint: string | null;
  abstract readonly stsEndpoint: string | null;
  abstract readonly upstreamQps: number;
  abstract readonly bodyLimitBytes: number;
  abstract readonly rateLimitPerMinute: number;
  /** Networks of proxies whose X-Forwarded-For is believed. */
  abstract readonly trustedProxies: readonly string[];
  abstract readonly logLevel: string;
  /** Networks that webhooks may reach although they are private. */
  abstract readonly webhookAllowedCidrs: readonly string[];
  abstract readonly isMetricsPublic: boolean;
  /** Base of the OTLP collector's address; null: no traces. */
  abstract readonly otlpEndpoint: string | null;
  abstract readonly isProduction: boolean;
}

/** Thrown with one line for each setting that is wrong or missing. */
export class ConfigError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'ConfigError';
  }
}

/** Throws ConfigError. */
export function readConfig(environment: Environment = process.env): Config {
  const read = new Reader(environment);
  const redisMode = read.oneOf('REDIS_MODE', ['single', 'cluster', 'sentinel'], 'single');
  const config: Config = {
    port: read.integer('PORT', 3000, 0, 65_535),
    isPortSet: read.optional('PORT') !== null,
    host: read.text('HOST', '127.0.0.1'),
    role: read.oneOf('ROLE', ['all', 'api', 'worker'], 'all'),
    redisUrl: read.redisUrl('REDIS_URL', 'redis://127.0.0.1:6379'),
    redisMode,
    redisSentinelName: read.optional('REDIS_SENTINEL_NAME'),
    redisCa: read.certificates('REDIS_CA_FILE'),
    redisKeyPrefix: read.keyPrefix('REDIS_KEY_PREFIX', '{rds-import}'),
    redisDurability: read.oneOf('REDIS_DURABILITY', ['always', 'everysec', 'replicated'], 'always'),
    masterKeys: read.masterKeys('MASTER_KEYS'),
    bootstrapAdminKey: read.adminKey('BOOTSTRAP_ADMIN_KEY'),
    rdsEndpoint: read.endpoint('RDS_ENDPOINT'),
    stsEndpoint: read.endpoint('STS_ENDPOINT'),
    upstreamQps: read.integer('UPSTREAM_QPS', 10, 1, 10_000),
    upstreamTimeoutMs: read.integer('UPSTREAM_TIMEOUT_MS', 10_000, 100, 60_000),
    trackIntervalMs: read.integer('TRACK_INTERVAL_MS', 15_000, 100, 3_600_000),
    outcomeGraceMs: read.integer('OUTCOME_GRACE_MS', 120_000, 1_000, 86_400_000),
    unknownPolicy: read.oneOf('UNKNOWN_POLICY', ['operator', 'resubmit'], 'operator'),
    submissionFenceMs: read.integer('SUBMISSION_FENCE_MS', 2_100_000, 1_000, 86_400_000),
    signatureLifetimeMs: read.integer('SIGNATURE_LIFETIME_MS', 900_000, 100, 86_400_000),
    maxImportHours: read.integer('MAX_IMPORT_HOURS', 24, 1, 10_000),
    retentionDays: read.integer('RETENTION_DAYS', 90, 1, 36_500),
    auditRetentionDays: read.integer('AUDIT_RETENTION_DAYS', 365, 1, 36_500),
    bodyLimitBytes: read.integer('BODY_LIMIT_BYTES', 10_485_760, 1_024, 104_857_600),
    rateLimitPerMinute: read.integer('RATE_LIMIT_PER_MINUTE', 6_000, 1, 1_000_000),
    trustedProxies: read.proxies('TRUST_PROXY'),
    webhookAllowedCidrs: read.cidrs('WEBHOOK_ALLOWED_CIDRS'),
    isMetricsPublic: read.flag('METRICS_PUBLIC'),
    otlpEndpoint: read.url('OTEL_EXPORTER_OTLP_ENDPOINT'),
    logLevel: read.oneOf('LOG_LEVEL', ['fatal', 'error', 'warn', 'info', 'debug', 'trace'], 'info'),
    isProduction: environment['NODE_ENV'] === 'production',
  };
  if (redisMode === 'single' && config.redisUrl.open().includes(',')) {
    read.problem('REDIS_URL', 'names several nodes: set REDIS_MODE to cluster or sentinel');
  }
  if (config.redisCa !== null && !config.redisUrl.open().startsWith('rediss:')) {
    read.problem(
      'REDIS_CA_FILE',
      'is only for REDIS_URL=rediss://…: without TLS it checks nothing',
    );
  }
  if (redisMode === 'sentinel' && config.redisSentinelName === null) {
    read.problem('REDIS_SENTINEL_NAME', 'is needed with REDIS_MODE=sentinel');
  }
  if (config.isProduction && !isLoopback(config.rdsEndpoint)) refuseShortFences(config, read);
  if (read.problems.length > 0) throw new ConfigError(read.problems);
  return Object.freeze(config);
}

/** A simulator on this machine may forget sooner than upstream does. */
function isLoopback(endpoint: string | null): boolean {
  if (endpoint === null) return false;
  const { hostname } = new URL(endpoint);
  return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}

function refuseShortFences({ signatureLifetimeMs, submissionFenceMs }: Config, read: Reader): void {
  const mustBe = (name: string, least: number): void =>
    read.problem(
      name,
      `must be at least ${least} in production: upstream accepts a late call for so long`,
    );
  if (signatureLifetimeMs < UPSTREAM_SIGNATURE_LIFETIME_MS) {
    mustBe('SIGNATURE_LIFETIME_MS', UPSTREAM_SIGNATURE_LIFETIME_MS);
  }
  if (submissionFenceMs < UPSTREAM_SUBMISSION_FENCE_MS) {
    mustBe('SUBMISSION_FENCE_MS', UPSTREAM_SUBMISSION_FENCE_MS);
  }
}
