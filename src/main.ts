// Boots one role (api, worker, all), listens only when ready, drains on SIGTERM and exits with 0.
import 'reflect-metadata';
import type { INestApplicationContext } from '@nestjs/common';
import type { NestApplicationContextOptions } from '@nestjs/common/interfaces/nest-application-context-options.interface.js';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { pino, type Logger } from 'pino';
import { AesCredentialVault } from './adapters/aes-credential-vault.js';
import { connect, connectState, untilReady } from './adapters/redis-connection.js';
import { RedisDurability } from './adapters/redis-durability.js';
import { RedisKeys } from './adapters/redis-keys.js';
import { ServiceKey } from './adapters/redis-service-key.js';
import { SystemClock } from './adapters/system-clock.js';
import type { Foundation } from './app.adapters.js';
import { AppModule } from './app.module.js';
import { ConfigError, readConfig, type Config } from './config.js';
import { configureHttp, configureProbes } from './http/configure-http.js';
import { createFastifyAdapter } from './http/fastify-adapter.js';
import { Shutdown } from './use-cases/ports.js';
import { NoTracing, type Tracing } from './use-cases/ports-tracing.js';
import { BullQueueBoard } from './workers/queue-board.js';
import { WorkerEdge } from './workers/worker-edge.js';

const REDIS_PATIENCE_MS = 10_000;
/** What is under way at SIGTERM has this long; then it stands in the records for the next process. */
const DRAIN_MS = 9_500;

class ShutdownSwitch extends Shutdown {
  isUnderWay = false;
}

async function start(config: Config, logger: Logger): Promise<void> {
  const redis = connectState(config);
  redis.on('error', onceAMinute(logger, 'redis'));
  await untilReady(redis, REDIS_PATIENCE_MS);
  const keys = new RedisKeys(config.redisKeyPrefix);
  const durability = new RedisDurability(redis, keys, new SystemClock(), {
    fenceMs: config.submissionFenceMs,
    isProduction: config.isProduction,
    declared: config.redisDurability,
  });
  const { problems, troubles, notChecked } = await durability.inspect();
  if (notChecked.length > 0) {
    const counts = `Redis does not tell these: REDIS_DURABILITY=${config.redisDurability} is taken at its word`;
    logger.warn({ notChecked }, counts);
  }
  for (const trouble of troubles) logger.warn({ trouble }, 'storage');
  for (const problem of problems) logger.warn({ problem }, 'storage');
  if (config.isProduction && config.role !== 'api' && problems.length > 0) {
    throw new Error(`Redis may lose what it is given: ${problems.join('; ')}`);
  }
  const vault = new AesCredentialVault({ keys: config.masterKeys });
  const serviceKey = await ServiceKey.load(redis, keys, vault);
  const shutdown = new ShutdownSwitch();
  const tracing = await tracingOf(config, logger);
  const foundation = { config, logger, redis, vault, serviceKey, durability, shutdown, tracing };
  const { app, listen } = await createApp(foundation);
  durability.start();
  const queueRedis = connect(config, { maxRetriesPerRequest: null });
  queueRedis.on('error', onceAMinute(logger, 'redis of the queues'));
  const queues = { connection: queueRedis, prefix: queuePrefixOf(config) };
  const edge = new WorkerEdge(app, queues, config.role !== 'api');
  const stop = async (): Promise<void> => {
    await Promise.allSettled([app.close(), edge.stop()]);
    durability.stop();
    await Promise.all([queueRedis.quit(), redis.quit(), tracing.close()]);
  };
  const onSignal = (signal: NodeJS.Signals): void => {
    if (shutdown.isUnderWay) return;
    shutdown.isUnderWay = true;
    logger.info({ signal }, 'draining');
    setTimeout(() => process.exit(0), DRAIN_MS).unref();
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        logger.warn({ err: error }, 'the drain was cut short');
        process.exit(0);
      },
    );
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  await listen();
  if (!shutdown.isUnderWay) edge.start();
}

/** Without an endpoint nothing of OpenTelemetry is even loaded. */
async function tracingOf({ otlpEndpoint }: Config, logger: Logger): Promise<Tracing> {
  if (otlpEndpoint === null) return new NoTracing();
  const { openTracing } = await import('./adapters/otlp-export.js');
  return openTracing(otlpEndpoint, (why) => logger.warn({ why }, 'spans were dropped'));
}

/** While Redis is away every try to reach it fails: one line a minute says so. */
function onceAMinute(logger: Logger, what: string): (error: Error) => void {
  let quietUntil = 0;
  return (error) => {
    if (performance.now() < quietUntil) return;
    quietUntil = performance.now() + 60_000;
    logger.warn({ why: error.message }, what);
  };
}

const queuePrefixOf = ({ redisKeyPrefix }: Config): string => `${redisKeyPrefix}:queue`;

interface Running {
  readonly app: INestApplicationContext;
  readonly listen: () => Promise<void>;
}

/** An HTTP application where the role has one, else a context without it. */
async function createApp(foundation: Foundation): Promise<Running> {
  const { config, logger, redis, serviceKey } = foundation;
  const module = AppModule.of(foundation);
  const nestLogger: NestApplicationContextOptions = {
    logger: ['error', 'warn'],
    abortOnError: false,
  };
  if (config.role === 'worker' && config.isPortSet) return createWorker(foundation, nestLogger);
  if (config.role === 'worker') {
    const app = await NestFactory.createApplicationContext(module, nestLogger);
    return { app, listen: async () => logger.info({ role: config.role }, 'working') };
  }
  const adapter = createFastifyAdapter({ logger });
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, nestLogger);
  const { bodyLimitBytes, isMetricsPublic, trustedProxies } = config;
  const bodyHashKey = serviceKey.derive('idempotency');
  const queueBoard = new BullQueueBoard({ connection: redis, prefix: queuePrefixOf(config) });
  const more = { bodyHashKey, queueBoard, isMetricsPublic, trustedProxies, isLogged: true };
  configureHttp(app, { bodyLimitBytes, ...more });
  const listen = async (): Promise<void> => {
    await app.listen(config.port, config.host);
    logger.info({ url: await app.getUrl(), role: config.role }, 'listening');
  };
  return { app, listen };
}

/**
 * A worker that also answers probes and shows its figures. That it cannot, because the port is taken, is
 * a warning: the migrations are what it is here for, and whoever watches it misses its figures soon
 * enough; several workers of one host that were given the same PORT must not keep each other from work.
 */
async function createWorker(
  { config, logger, ...foundation }: Foundation,
  nestLogger: NestApplicationContextOptions,
): Promise<Running> {
  const { role, host, port, bodyLimitBytes, isMetricsPublic, trustedProxies } = config;
  const module = AppModule.of({ config, logger, ...foundation });
  const adapter = createFastifyAdapter({ logger });
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, nestLogger);
  configureProbes(app, { bodyLimitBytes, isMetricsPublic, trustedProxies, isLogged: true });
  const listen = async (): Promise<void> => {
    try {
      await app.listen(port, host);
      logger.info({ probes: await app.getUrl(), role }, 'answering probes');
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      logger.warn({ why, role }, 'no probes are answered: the port cannot be listened on');
    }
    logger.info({ role }, 'working');
  };
  return { app, listen };
}

function boot(): void {
  let config: Config;
  try {
    config = readConfig();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const problem of error.problems) process.stderr.write(`${problem}\n`);
    process.exit(1);
  }
  const logger = pino({ level: config.logLevel, timestamp: pino.stdTimeFunctions.isoTime });
  start(config, logger).catch((error: unknown) => {
    logger.fatal({ why: error instanceof Error ? error.message : String(error) }, 'not started');
    process.exit(1);
  });
}

boot();
