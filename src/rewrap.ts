// Brings all that is stored sealed under the first of MASTER_KEYS, then ends: 0, or 1 when something could not be opened.
// Prints counts, and the ids of what no key at hand opens; never anything of what is sealed.
import { AesCredentialVault } from './adapters/aes-credential-vault.js';
import { connectState, untilReady } from './adapters/redis-connection.js';
import { RedisKeys } from './adapters/redis-keys.js';
import { RedisSealedCredentials, webhookRows } from './adapters/redis-sealed-credentials.js';
import { rewrapServiceKey } from './adapters/redis-service-key.js';
import { keysOfWebhooks } from './adapters/sealed-webhook-secrets.js';
import { ConfigError, readConfig, type Config } from './config.js';
import { RewrapCredentials, type RewrapReport } from './use-cases/rewrap-credentials.js';

const REDIS_PATIENCE_MS = 10_000;

async function rewrap(config: Config): Promise<RewrapReport> {
  const redis = connectState(config);
  redis.on('error', () => {});
  try {
    await untilReady(redis, REDIS_PATIENCE_MS);
    const keys = new RedisKeys(config.redisKeyPrefix);
    const vault = new AesCredentialVault({ keys: config.masterKeys });
    const serviceKey = await rewrapServiceKey(redis, keys, vault);
    const credentials = new RedisSealedCredentials(redis, keys);
    const webhooks = new RedisSealedCredentials(redis, keys, webhookRows);
    const reports = [
      await new RewrapCredentials(credentials, vault).all(),
      await new RewrapCredentials(webhooks, keysOfWebhooks(vault)).all(),
    ];
    const sum = (count: (report: RewrapReport) => number): number =>
      reports.reduce((total, report) => total + count(report), 0);
    return {
      rewrapped: sum(({ rewrapped }) => rewrapped) + (serviceKey === 'rewrapped' ? 1 : 0),
      already: sum(({ already }) => already) + (serviceKey === 'already' ? 1 : 0),
      unopened: [
        ...(serviceKey === 'unopened' ? ['the service key'] : []),
        ...reports.flatMap(({ unopened }) => unopened),
      ],
    };
  } finally {
    redis.disconnect();
  }
}

function textOf({ rewrapped, already, unopened }: RewrapReport): string {
  const done = `rewrapped ${rewrapped}, already ${already}`;
  return unopened.length === 0
    ? done
    : `${done}, cannot open ${unopened.length}: ${unopened.join(', ')}`;
}

async function main(): Promise<number> {
  try {
    const report = await rewrap(readConfig());
    process.stdout.write(`${textOf(report)}\n`);
    return report.unopened.length === 0 ? 0 : 1;
  } catch (error) {
    const problems =
      error instanceof ConfigError ? error.problems : [`not rewrapped: ${why(error)}`];
    for (const problem of problems) process.stderr.write(`${problem}\n`);
    return 1;
  }
}

const why = (error: unknown): string => (error instanceof Error ? error.message : String(error));

process.exitCode = await main();
