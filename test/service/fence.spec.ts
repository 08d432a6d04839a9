// A call that is held up on its way, resolved as not started meanwhile, never makes a second import: upstream refuses it late.
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { runToEnd } from '../support/service.js';
import { IMPORT, targetOf } from '../support/simulator.js';
import { openStage, type Stage } from './stage.js';

/** As the simulator and the service are told: long enough for whatever two busy cores take to get to the fence. */
const LIFETIME_MS = 12_000;

/** Holds back the first import into each target until it is let go. */
class SlowRoad {
  private readonly held = new Map<string, () => void>();
  private readonly seen = new Set<string>();
  private readonly server: Server;

  constructor(private readonly upstreamUrl: () => string) {
    this.server = createServer((incoming, answer) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => {
        const pass = (): void => {
          const url = new URL(incoming.url ?? '/', this.upstreamUrl());
          const { method, headers } = incoming;
          const onward = request(url, { method, headers, agent: false }, (came) => {
            answer.writeHead(came.statusCode ?? 500, came.headers);
            came.pipe(answer);
          });
          onward.on('error', () => answer.destroy()).end(Buffer.concat(chunks));
        };
        const { searchParams } = new URL(incoming.url ?? '/', 'http://here.invalid');
        const action = searchParams.get('Action') ?? incoming.headers['x-acs-action'];
        const target = searchParams.get('DBInstanceId') ?? '';
        if (action !== IMPORT || this.seen.has(target)) return pass();
        this.seen.add(target);
        this.held.set(target, pass);
      });
    });
  }

  async open(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  letGo(pair: string): void {
    this.held.get(targetOf(pair))?.();
  }

  holds(pair: string): boolean {
    return this.held.has(targetOf(pair));
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

let stage: Stage;
const road = new SlowRoad(() => stage.upstream.url);
beforeAll(async () => {
  const env = {
    RDS_ENDPOINT: await road.open(),
    SIGNATURE_LIFETIME_MS: String(LIFETIME_MS),
    UPSTREAM_TIMEOUT_MS: '500',
    OUTCOME_GRACE_MS: '1000',
  };
  stage = await openStage({ pairs: { early: { importMs: 300 }, late: { importMs: 300 } }, env });
  const { world } = stage.upstream;
  world.profile = { ...world.profile, timestampLifeMs: LIFETIME_MS };
});
afterAll(async () => {
  road.close();
  await stage?.close();
});

/** Queued behind the fence, the call of its first attempt still on its way. */
async function resolved(pair: string) {
  const { id } = await stage.migrate(pair);
  await eventually(() => expect(road.holds(pair)).toBe(true));
  await stage.reaches(id, 'outcome_unknown');
  const answer = await stage.service.request
    .post(`/v1/migrations/${id}/resolve`)
    .send({ outcome: 'not_started' })
    .expect(202);
  expect(answer.body).toMatchObject({ status: 'queued', attempt: 2 });
  expect(answer.body).toMatchObject({ waitingFor: [{ kind: 'fence' }] });
  return id;
}

it.concurrent(
  'arriving while upstream still takes it, it is the one import',
  async () => {
    const id = await resolved('early');
    road.letGo('early');
    const end = await stage.succeeds(id, 30_000);
    expect(stage.started('early')).toEqual([end.importId]);
  },
  60_000,
);

it.concurrent(
  'arriving after the next attempt, it is refused by upstream',
  async () => {
    const id = await resolved('late');
    const end = await stage.succeeds(id, 30_000);
    road.letGo('late');
    await eventually(() => expect(stage.upstream.submissions('late')).toHaveLength(2));
    expect(stage.upstream.submissions('late').at(-1)).toMatchObject({
      outcome: 'refused',
      code: 'InvalidTimeStamp.Expired',
    });
    expect(stage.started('late')).toEqual([end.importId]);
  },
  60_000,
);

it('in production a fence shorter than upstream’s is refused at start, a setting a line', async () => {
  const production = {
    ...stage.env,
    NODE_ENV: 'production',
    RDS_ENDPOINT: 'https://rds.example.com',
    SIGNATURE_LIFETIME_MS: '899999',
    SUBMISSION_FENCE_MS: '2099999',
  };
  const { exitCode, output } = await runToEnd(production);
  expect(exitCode).toBe(1);
  const named = output
    .trim()
    .split('\n')
    .map((line) => line.split(' ')[0] ?? '');
  expect(named.toSorted()).toEqual(['SIGNATURE_LIFETIME_MS', 'SUBMISSION_FENCE_MS']);
});
