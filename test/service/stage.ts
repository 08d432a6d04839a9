// One service, or several processes of it, over one upstream and one key prefix; ends with nothing left behind.
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { expect } from 'vitest';
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
  }[];
}

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
  /** The process that answers; the latest that was launched and listens. */
  service!: ServiceProcess;
  credentialId = '';

  constructor(
    readonly upstream: Upstream,
    private readonly place: Awaited<ReturnType<typeof redisOf>>,
    readonly env: Environment,
  ) {}

  get redis(): Redis {
    return this.place.redis;
  }

  key(...parts: readonly string[]): string {
    return [this.place.prefix, ...parts].join(':');
  }

  async launch(role: Role = 'all'): Promise<ServiceProcess> {
    const started = await startService({ role, env: this.env });
    this.processes.push(started);
    if (role !== 'worker') this.service = started;
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
      expect(view.status).toBe(status);
      return view;
    }, timeoutMs);
  }

  /** As it stands once it has ended, whatever the end. */
  async ended(id: string, timeoutMs = 15_000): Promise<View> {
    return eventually(async () => {
      const view = await this.see(id);
      expect(ENDED, `${id}, which is ${view.status}`).toContain(view.status);
      return view;
    }, timeoutMs);
  }

  async succeeds(id: string, timeoutMs?: number): Promise<View> {
    const view = await this.ended(id, timeoutMs);
    expect(view.status, JSON.stringify(view.reason)).toBe('succeeded');
    return view;
  }

  /** The pair was imported into exactly once, by this migration. */
  expectOneImport(pair: string, view: View): void {
    const started = this.upstream.submissions(pair).filter((entry) => entry.importId !== null);
    expect(started.map((entry) => entry.importId)).toEqual([view.importId]);
  }

  /** When everything has ended: no reservation, no outbox entry, and no job that has anything to do. */
  async expectNothingLeft(): Promise<void> {
    const options = { connection: this.redis, prefix: this.key('queue'), skipMetasUpdate: true };
    const queues = TASKS.map((task) => new Queue(task, options));
    await eventually(async () => {
      const counts = await Promise.all(queues.map(jobsOf));
      const leases = await this.redis.hlen(this.key('leases'));
      const outbox = await this.redis.zcard(this.key('outbox'));
      expect({ leases, outbox, jobs: counts }).toEqual({ leases: 0, outbox: 0, jobs: [0, 0, 0] });
    }, 15_000);
    await Promise.all(queues.map((queue) => queue.close()));
  }
}

/** How many jobs there are. Those for later are made due: of an ended migration they find nothing to do and go. */
async function jobsOf(queue: Queue): Promise<number> {
  const later = await queue.getDelayed();
  await Promise.allSettled(later.map((job) => job.promote()));
  const counts = Object.values(await queue.getJobCounts());
  return counts.reduce((sum, count) => sum + count, 0);
}
