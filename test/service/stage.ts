// One service, or several processes of it, over one upstream and one key prefix; ends with nothing left behind.
import assert from 'node:assert/strict';
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { TASKS } from '../../src/workers/queues.js';
import { eventually } from '../support/eventually.js';
import { testRedis } from '../support/redis.js';
import {
  serviceEnvironment,
  startService,
  type Environment,
  type ServiceProcess,
} from '../support/service.js';
import {
  sourceOf,
  startSimulator,
  targetOf,
  type PairPlan,
  type Upstream,
} from '../support/simulator.js';

export interface View {
  readonly id: string;
  readonly status: string;
  readonly reason: Readonly<Record<string, unknown>> | null;
  readonly importId: string | null;
  readonly upstreamRequestId: string | null;
  readonly blockedBy: readonly { readonly instanceId: string; readonly migrationId: string }[];
  readonly waitingFor: readonly { readonly kind: string; readonly until: string | null }[];
  readonly attempt: number;
  readonly createdAt: string;
  readonly submittedAt: string | null;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly history: readonly {
    readonly at: string;
    readonly from: string | null;
    readonly to: string;
    readonly code: string | null;
    readonly message: string | null;
  }[];
}

export interface Leftovers {
  readonly leases: number;
  readonly outbox: number;
  readonly jobs: number;
}

export const NOTHING_LEFT: Leftovers = { leases: 0, outbox: 0, jobs: 0 };

type Role = 'all' | 'api' | 'worker';
const ENDED = ['succeeded', 'failed', 'canceled'];

export interface StageOptions {
  readonly pairs: Readonly<Record<string, PairPlan>>;
  readonly env?: Environment;
  /** The first one listens. */
  readonly roles?: readonly [Exclude<Role, 'worker'>, ...Role[]];
  /** Another Redis than that of all tests; whoever gives it also clears it. */
  readonly own?: { readonly redis: Redis; readonly prefix: string; readonly url: string };
}

async function redisOf({ own }: StageOptions): Promise<{
  readonly redis: Redis;
  readonly prefix: string;
  readonly url: string;
  readonly close: () => Promise<void>;
}> {
  if (own !== undefined) return { ...own, close: async () => {} };
  return { ...(await testRedis()), url: process.env['REDIS_URL'] ?? '' };
}

/** Whatever fails on the way: what was opened until then is closed again. */
export async function openStage(options: StageOptions): Promise<Stage> {
  const place = await redisOf(options);
  const upstream = await startSimulator(options.pairs);
  const where = { redisUrl: place.url, prefix: place.prefix, upstreamUrl: upstream.url };
  const env = { ...serviceEnvironment(where), ...options.env };
  const stage = new Stage(upstream, place, env);
  try {
    await Promise.all((options.roles ?? ['all']).map((role) => stage.launch(role)));
    await stage.storeCredential();
    return stage;
  } catch (error) {
    await stage.close();
    throw error;
  }
}

export class Stage {
  readonly processes: ServiceProcess[] = [];
  credentialId = '';

  constructor(
    readonly upstream: Upstream,
    private readonly place: Awaited<ReturnType<typeof redisOf>>,
    readonly env: Environment,
  ) {}

  /** The process that answers: the latest that was launched and listens. */
  get service(): ServiceProcess {
    const listening = this.processes.findLast(({ url }) => url !== '');
    assert(listening !== undefined, 'no process listens');
    return listening;
  }

  get redis(): Redis {
    return this.place.redis;
  }

  key(...parts: readonly string[]): string {
    return [this.place.prefix, ...parts].join(':');
  }

  async launch(role: Role = 'all', more: Environment = {}): Promise<ServiceProcess> {
    const started = await startService({ role, env: { ...this.env, ...more } });
    this.processes.push(started);
    return started;
  }

  async close(): Promise<void> {
    await Promise.all(this.processes.map((one) => one.kill()));
    await this.upstream.close();
    await this.place.close();
  }

  async storeCredential(more: object = {}): Promise<string> {
    const { id, secret } = this.upstream.key;
    const answer = await this.service.request
      .post('/v1/credentials')
      .send({ name: 'test', type: 'access_key', regionId: 'cn-hangzhou', accessKeyId: id })
      .send({ accessKeySecret: secret, ...more })
      .expect(201);
    const { id: credentialId } = answer.body as { id: string };
    if (this.credentialId === '') this.credentialId = credentialId;
    return credentialId;
  }

  body(pair: string, more: object = {}): Record<string, unknown> {
    return {
      credentialId: this.credentialId,
      sourceInstanceId: sourceOf(pair),
      targetInstanceId: targetOf(pair),
      dbInfo: { DBNames: ['orders', 'items'] },
      ...more,
    };
  }

  async migrate(pair: string, more: object = {}): Promise<View> {
    const answer = await this.service.request
      .post('/v1/migrations')
      .send(this.body(pair, more))
      .expect(202);
    return answer.body as View;
  }

  async see(id: string): Promise<View> {
    const answer = await this.service.request.get(`/v1/migrations/${id}`).expect(200);
    return answer.body as View;
  }

  /** As it stands once it has this status. */
  async reaches(id: string, status: string, timeoutMs = 10_000): Promise<View> {
    return eventually(async () => {
      const view = await this.see(id);
      assert.equal(view.status, status);
      return view;
    }, timeoutMs);
  }

  /** As it stands once it has ended, whatever the end. */
  async ended(id: string, timeoutMs = 15_000): Promise<View> {
    return eventually(async () => {
      const view = await this.see(id);
      assert(ENDED.includes(view.status), `${id} is ${view.status}`);
      return view;
    }, timeoutMs);
  }

  async succeeds(id: string, timeoutMs?: number): Promise<View> {
    const view = await this.ended(id, timeoutMs);
    assert.equal(view.status, 'succeeded', JSON.stringify(view.reason));
    return view;
  }

  /** Each import that calls about the pair's target started, whatever their callers were told. */
  started(pair: string): readonly (string | null)[] {
    return this.upstream.submissions(pair).flatMap(({ importId }) => importId ?? []);
  }

  /** What is there although everything has ended; NOTHING_LEFT, unless it stays for long. */
  async left(): Promise<Leftovers> {
    const options = { connection: this.redis, prefix: this.key('queue'), skipMetasUpdate: true };
    const queues = TASKS.map((task) => new Queue(task, options));
    const look = async (): Promise<Leftovers> => {
      const jobs = (await Promise.all(queues.map(jobsOf))).reduce((sum, count) => sum + count, 0);
      const leases = await this.redis.hlen(this.key('leases'));
      return { leases, outbox: await this.redis.zcard(this.key('outbox')), jobs };
    };
    const isNothing = async (): Promise<void> => assert.deepEqual(await look(), NOTHING_LEFT);
    await eventually(isNothing, 15_000).catch(() => undefined);
    const left = await look();
    await Promise.all(queues.map((queue) => queue.close()));
    return left;
  }
}

/** How many jobs there are. Those for later are made due: of an ended migration they find nothing to do and go. */
async function jobsOf(queue: Queue): Promise<number> {
  const later = await queue.getDelayed();
  await Promise.allSettled(later.map((job) => job.promote()));
  const counts = Object.values(await queue.getJobCounts());
  return counts.reduce((sum, count) => sum + count, 0);
}
