// Environment → checked, typed, frozen. The only reader of process.env; no text here ever prints a secret.
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Settings } from './use-cases/ports.js';
import { Secret } from './use-cases/ports-credentials.js';

export type Role = 'all' | 'api' | 'worker';
export type RedisMode = 'single' | 'cluster' | 'sentinel';

export interface MasterKey {
  readonly id: string;
  readonly key: Buffer;
}

export abstract class Config extends Settings {
  abstract readonly port: number;
  abstract readonly host: string;
  abstract readonly role: Role;
  abstract readonly redisUrl: Secret;
  abstract readonly redisMode: RedisMode;
  abstract readonly redisSentinelName: string | null;
  /** PEM; null: the certificate authorities that Node knows. */
  abstract readonly redisCa: string | null;
  abstract readonly redisKeyPrefix: string;
  abstract readonly masterKeys: readonly MasterKey[];
  abstract readonly bootstrapAdminKey: Secret | null;
  abstract readonly rdsEndpoint: string | null;
  abstract readonly stsEndpoint: string | null;
  abstract readonly upstreamQps: number;
  abstract readonly bodyLimitBytes: number;
  abstract readonly rateLimitPerMinute: number;
  abstract readonly logLevel: string;
  abstract readonly isProduction: boolean;
}

/** Thrown with one line for each setting that is wrong or missing. */
export class ConfigError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'ConfigError';
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Throws ConfigError. */
export function readConfig(environment: Environment = process.env): Config {
  const read = new Reader(environment);
  const redisMode = read.oneOf('REDIS_MODE', ['single', 'cluster', 'sentinel'], 'single');
  const config: Config = {
    port: read.integer('PORT', 3000, 0, 65_535),
    host: read.text('HOST', '127.0.0.1'),
    role: read.oneOf('ROLE', ['all', 'api', 'worker'], 'all'),
    redisUrl: read.redisUrl('REDIS_URL', 'redis://127.0.0.1:6379'),
    redisMode,
    redisSentinelName: read.optional('REDIS_SENTINEL_NAME'),
    redisCa: read.certificates('REDIS_CA_FILE'),
    redisKeyPrefix: read.keyPrefix('REDIS_KEY_PREFIX', '{rds-import}'),
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
    maxImportHours: read.integer('MAX_IMPORT_HOURS', 24, 1, 10_000),
    bodyLimitBytes: read.integer('BODY_LIMIT_BYTES', 10_485_760, 1_024, 104_857_600),
    rateLimitPerMinute: read.integer('RATE_LIMIT_PER_MINUTE', 6_000, 1, 1_000_000),
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
  if (read.problems.length > 0) throw new ConfigError(read.problems);
  return Object.freeze(config);
}

class Reader {
  readonly problems: string[] = [];
  constructor(private readonly environment: Environment) {}

  problem(name: string, what: string): void {
    this.problems.push(`${name} ${what}`);
  }

  /** An empty variable is as a missing one. */
  optional(name: string): string | null {
    const value = this.environment[name]?.trim();
    return value === undefined || value === '' ? null : value;
  }

  text(name: string, fallback: string): string {
    return this.optional(name) ?? fallback;
  }

  integer(name: string, fallback: number, min: number, max: number): number {
    const value = this.optional(name);
    if (value === null) return fallback;
    const number = /^\d{1,12}$/.test(value) ? Number(value) : Number.NaN;
    if (number >= min && number <= max) return number;
    this.problem(name, `must be a whole number from ${min} to ${max}`);
    return fallback;
  }

  oneOf<const T extends string>(name: string, allowed: readonly T[], fallback: T): T {
    const value = this.optional(name);
    if (value === null) return fallback;
    const found = allowed.find((word) => word === value);
    if (found === undefined) this.problem(name, `must be one of ${allowed.join(', ')}`);
    return found ?? fallback;
  }

  redisUrl(name: string, fallback: string): Secret {
    const value = this.text(name, fallback);
    const isFit = value.split(',').every((node) => {
      const url = parseUrl(node.trim());
      return url !== null && (url.protocol === 'redis:' || url.protocol === 'rediss:');
    });
    if (!isFit) this.problem(name, 'must be redis://… or rediss://… (a comma list for a cluster)');
    const schemes = new Set(value.split(',').map((node) => node.trim().split(':')[0]));
    if (isFit && schemes.size > 1) this.problem(name, 'must not mix redis:// and rediss://');
    return new Secret(value);
  }

  /** The content of a file of PEM certificates. */
  certificates(name: string): string | null {
    const file = this.optional(name);
    if (file === null) return null;
    try {
      const pem = readFileSync(file, 'utf8');
      const found = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
      if (found.map((each) => new X509Certificate(each)).length > 0) return pem;
    } catch {
      // Said below: which of the two it was, the person sees in the file.
    }
    this.problem(name, 'must name a file of PEM certificates that can be read');
    return null;
  }

  keyPrefix(name: string, fallback: string): string {
    const value = this.text(name, fallback);
    if (!/^\{[A-Za-z0-9._-]{1,64}\}[A-Za-z0-9._:-]{0,64}$/.test(value)) {
      this.problem(
        name,
        'must begin with a hash tag such as {rds-import}, then letters, digits, . _ : -',
      );
    }
    return value;
  }

  endpoint(name: string): string | null {
    const value = this.optional(name);
    if (value === null) return null;
    const url = parseUrl(value);
    const isBare = url !== null && url.pathname === '/' && url.search === '' && url.username === '';
    if (isBare && (url.protocol === 'http:' || url.protocol === 'https:')) return url.origin;
    this.problem(name, 'must be http://host:port or https://host:port, nothing more');
    return null;
  }

  /** The value, or the content of the file that `<name>_FILE` names. */
  private secret(name: string): string | null {
    const value = this.optional(name);
    const file = this.optional(`${name}_FILE`);
    if (value !== null && file !== null) {
      this.problem(name, `and ${name}_FILE are both set: set one`);
      return null;
    }
    if (file === null) return value;
    try {
      return readFileSync(file, 'utf8').trim();
    } catch {
      this.problem(`${name}_FILE`, 'names a file that cannot be read');
      return null;
    }
  }

  masterKeys(name: string): readonly MasterKey[] {
    const before = this.problems.length;
    const text = this.secret(name);
    if (text === null) {
      if (this.problems.length === before) {
        this.problem(name, `or ${name}_FILE is required: id:base64of32bytes[,id:…]`);
      }
      return [];
    }
    const keys = text.split(',').map((part) => {
      const [, id, encoded] =
        /^\s*([A-Za-z0-9._-]{1,64}):([A-Za-z0-9+/]{43}=)\s*$/.exec(part) ?? [];
      return id === undefined || encoded === undefined
        ? null
        : { id, key: Buffer.from(encoded, 'base64') };
    });
    const fit = keys.filter((key) => key !== null);
    if (fit.length !== keys.length) {
      this.problem(name, 'must be id:base64of32bytes[,id:base64of32bytes…]');
    } else if (new Set(fit.map((key) => key.id)).size !== fit.length) {
      this.problem(name, 'has the same key id twice');
    }
    return fit;
  }

  adminKey(name: string): Secret | null {
    const value = this.secret(name);
    if (value === null) return null;
    if (!/^[\x21-\x7e]{32,512}$/.test(value)) {
      this.problem(name, 'must be 32 to 512 visible ASCII characters');
      return null;
    }
    return new Secret(value);
  }
}

const parseUrl = (text: string): URL | null => (URL.canParse(text) ? new URL(text) : null);
