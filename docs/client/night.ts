// A night of migrations by a client that is generated from docs/openapi.json: planned, sent, followed to its end.
//   npx openapi-typescript docs/openapi.json --default-non-nullable=false -o docs/client/api.ts
import createClient from 'openapi-fetch';
import type { components, paths } from './api.js';

type Migration = components['schemas']['MigrationView'];
type Problem = components['schemas']['ProblemView'];

const { SERVICE_URL: baseUrl = 'http://127.0.0.1:3000', API_KEY: key = '' } = process.env;
const client = createClient<paths>({ baseUrl, headers: { authorization: `Bearer ${key}` } });

/** Which rule is broken where, in one line. */
const told = ({ code, detail, errors = [] }: Problem): string =>
  [`${code}: ${detail}`, ...errors.map(({ pointer, message }) => `${pointer} ${message}`)].join(
    '\n',
  );

async function store(accessKeyId: string, accessKeySecret: string): Promise<string> {
  const { data, error } = await client.POST('/v1/credentials', {
    params: { header: { 'Idempotency-Key': `credential-${accessKeyId}` } },
    body: {
      ...{ name: 'production', type: 'access_key', regionId: 'cn-hangzhou' },
      ...{ accessKeyId, accessKeySecret },
    },
  });
  if (error !== undefined) throw new Error(told(error));
  return data.id;
}

async function send(credentialId: string): Promise<string> {
  const body: components['schemas']['CreateBatchDto'] = {
    credentialId,
    window: { start: '22:00', end: '06:00', timeZone: 'Asia/Shanghai' },
    onFailure: 'halt',
    migrations: [
      {
        ...{ sourceInstanceId: 'rm-bp1shopsrc00001a', targetInstanceId: 'rm-bp1shopdst00001b' },
        ...{ key: 'shop', dbInfo: { DBNames: ['orders', 'customers'] } },
      },
      {
        ...{ sourceInstanceId: 'rm-bp1erpsrc000011a', targetInstanceId: 'rm-bp1erpdst000011b' },
        ...{ dependsOn: ['shop'], dbInfo: { DBNames: { erp: 'erp-2026' } } },
      },
    ],
  };
  const plan = await client.POST('/v1/batches/plan', { body });
  if (plan.error !== undefined) throw new Error(told(plan.error));
  console.log(`${plan.data.plannedSteps} steps, at least ${plan.data.lowerBoundSteps}`);
  const { data, error } = await client.POST('/v1/batches', { body });
  if (error !== undefined) throw new Error(told(error));
  return data.id;
}

async function ended(batchId: string): Promise<boolean> {
  const { data, error } = await client.GET('/v1/batches/{id}', {
    params: { path: { id: batchId } },
  });
  if (error !== undefined) throw new Error(told(error));
  console.log(`${data.status}: ${Math.round(data.progress * 100)} %`);
  return data.finishedAt !== null;
}

/** Every page of what failed. */
async function* failed(batchId: string): AsyncGenerator<Migration> {
  for (let cursor: string | undefined; ;) {
    const query = { batchId, status: ['failed' as const], ...(cursor !== undefined && { cursor }) };
    const { data, error } = await client.GET('/v1/migrations', { params: { query } });
    if (error !== undefined) throw new Error(told(error));
    yield* data.items;
    if (data.nextCursor === null) return;
    cursor = data.nextCursor;
  }
}

const { ACCESS_KEY_ID = '', ACCESS_KEY_SECRET = '' } = process.env;
const batchId = await send(await store(ACCESS_KEY_ID, ACCESS_KEY_SECRET));
while (!(await ended(batchId))) await new Promise((resolve) => setTimeout(resolve, 5_000));
for await (const { id, reason, allowedActions } of failed(batchId)) {
  console.log(`${id}: ${reason?.remedy ?? ''}`);
  if (reason?.retryable !== true || !allowedActions.includes('retry')) continue;
  await client.POST('/v1/migrations/{id}/retry', { params: { path: { id } } });
}
