// Preflight before anything is accepted: of one migration and of a plan, by the quota, in bounded time, and without a trace.
import { describe, expect, test } from 'vitest';
import type { MigrationRequest } from '../../src/domain/migration.js';
import {
  MAX_PLAN_REPORTS,
  PLAN_FACTS_AT_ONCE,
  PLAN_FACTS_MS,
  PREFLIGHT_PATIENCE_MS,
} from '../../src/domain/policy.js';
import { CHECK_IDS, type PreflightReport } from '../../src/domain/preflight.js';
import { OpenSession } from '../../src/use-cases/open-session.js';
import type { SessionOutcome } from '../../src/use-cases/ports-upstream.js';
import { PreflightMigration } from '../../src/use-cases/preflight-migration.js';
import { PreflightPlan } from '../../src/use-cases/preflight-plan.js';
import { ReadReservations } from '../../src/use-cases/read-reservations.js';
import { CrowdedUpstream } from '../support/crowded-upstream.js';
import { MemoryLeases } from '../support/memory-leases.js';
import { TestPause } from '../support/memory-ports.js';
import { CALLER, TENANT, World } from '../support/memory-world.js';

async function stage() {
  const world = new World({ cloud: { engine: 'MySQL' } });
  const process = world.boot();
  const { clock, cloud, credentials, ids, settings } = world;
  // Stores the credential.
  await process.accept(world.request({ notBefore: clock.now() + 10 ** 9 }));
  const upstream = new CrowdedUpstream(cloud);
  const pause = new TestPause(clock);
  const sessions = new OpenSession(upstream, clock, pause, ids);
  const reservations = new ReadReservations(process.store, new MemoryLeases(world.redis), pause);
  const one = new PreflightMigration(credentials, sessions, reservations, clock);
  const plan = new PreflightPlan(sessions, reservations, clock, pause, settings);
  /** Where there is everything that a migration needs. */
  const request = (source: string, target: string, more: Partial<MigrationRequest> = {}) => {
    const fields = { sourceInstanceId: `rm-${source}`, targetInstanceId: `rm-${target}`, ...more };
    const made = world.request(fields);
    cloud.seed(made);
    return made;
  };
  const preflight = (draft: MigrationRequest) =>
    one.preflight({ ...CALLER, draft, violations: [], order: (all) => all });
  const check = (items: readonly MigrationRequest[]) => plan.check(TENANT, items);
  return { world, upstream, request, preflight, check };
}

const statusOf = (report: PreflightReport | undefined, id: string) =>
  report?.checks.find((check) => check.id === id);

const wait = (untilMs: number): Extract<SessionOutcome, { kind: 'wait' }> => ({
  ...{ kind: 'wait', untilMs },
});

describe('of one migration', () => {
  test('asks for the calls of two instances, after all that is more urgent', async () => {
    const { upstream, request, preflight } = await stage();
    const report = await preflight(request('a', 't'));
    expect(report).toMatchObject({ ok: true });
    expect(report.checks.map(({ id }) => id)).toEqual(CHECK_IDS);
    expect(upstream.asked).toMatchObject([{ calls: 6, urgency: 'background' }]);
  });

  test('waits for room in the quota, coming back as the same, and says when it was read', async () => {
    const { world, upstream, request, preflight } = await stage();
    const freeAt = world.clock.now() + PREFLIGHT_PATIENCE_MS;
    upstream.refusal = () =>
      world.clock.now() < freeAt ? wait(Math.min(freeAt, world.clock.now() + 3_000)) : null;
    const report = await preflight(request('a', 't'));
    expect(report).toMatchObject({ ok: true, checkedAt: freeAt });
    expect(upstream.asked).toHaveLength(5);
    expect(new Set(upstream.asked.map(({ id }) => id)).size).toBe(1);
  });

  test('says when to come back rather than wait for longer', async () => {
    const { world, upstream, request, preflight } = await stage();
    const startedAt = world.clock.now();
    upstream.refusal = () => wait(startedAt + PREFLIGHT_PATIENCE_MS + 1);
    await expect(preflight(request('a', 't'))).rejects.toMatchObject({
      ...{ code: 'unavailable', more: { retryAfterSeconds: 11 } },
    });
    expect(world.clock.now()).toBe(startedAt);
    expect(world.cloud.reads.asked).toEqual([]);
  });

  test('skips with the reason what could not be read, and is not ok then', async () => {
    const { world, upstream, request, preflight } = await stage();
    world.cloud.readFault = 'auth';
    const refused = await preflight(request('a', 't'));
    upstream.refusal = () => ({ kind: 'no_credential', message: 'the credential is gone' });
    const closed = await preflight(request('a', 't'));
    for (const [report, why] of [[refused, 'auth: auth'] as const, [closed, 'is gone'] as const]) {
      expect(report.ok).toBe(false);
      expect(report.checks.map(({ id }) => id)).toEqual(CHECK_IDS);
      const skipped = report.checks.filter(({ message }) => message.includes(why));
      expect(skipped.map(({ status }) => status)).toEqual(Array(11).fill('skipped'));
    }
  });

  test('leaves no trace: nothing is stored, nothing is sent', async () => {
    const { world, request, preflight } = await stage();
    const before = JSON.stringify([...world.redis.records]);
    await preflight(request('a', 't'));
    expect(JSON.stringify([...world.redis.records])).toBe(before);
    expect([world.redis.leases.size, world.cloud.requests.length]).toEqual([0, 0]);
  });

  test('tells that another holds an instance, and who that is to its own tenant', async () => {
    const { world, request, preflight } = await stage();
    const process = world.boot();
    const id = await process.accept(request('a', 't'));
    await process.work(5_000);
    const report = await preflight(request('b', 't'));
    const held = statusOf(report, 'instances_not_reserved');
    expect(held).toMatchObject({ status: 'fail', observed: { held: [{ migrationId: id }] } });
    const running = statusOf(report, 'target_running');
    expect(running).toMatchObject({ status: 'fail' });
  });
});

describe('of a plan', () => {
  test('reads every instance once, a few side by side, and reports what did not pass', async () => {
    const { world, upstream, request, check } = await stage();
    const items = Array.from({ length: 40 }, (_, n) => request(`s${n % 10}`, `t${n}`));
    const missing = world.request({ sourceInstanceId: 'rm-s1', targetInstanceId: 'rm-bare' });
    const found = await check([...items, missing]);
    expect(found).toMatchObject({ ok: false, passed: 40, notPassed: 1, omitted: 0 });
    expect(found.reports.map(({ index }) => index)).toEqual([40]);
    const target = statusOf(found.reports[0]?.report, 'target_databases_running');
    expect(target).toMatchObject({ status: 'fail', observed: { missing: ['orders'] } });
    const asked = world.cloud.reads.asked.map(({ what, instanceId }) => `${what} ${instanceId}`);
    expect(asked).toHaveLength(51 * 3);
    expect(new Set(asked).size).toBe(51 * 3);
    expect(upstream.mostAtOnce).toBe(PLAN_FACTS_AT_ONCE);
    const room = upstream.asked.map(({ calls, urgency }) => `${calls} ${urgency}`);
    expect(room).toEqual(Array(51).fill('3 background'));
  });

  test('reads an instance again for another credential or region: it may not be theirs', async () => {
    const { world, request, check } = await stage();
    await check([
      request('a', 't'),
      request('a', 't', { credentialId: 'cred_2' }),
      request('a', 't', { regionId: 'cn-beijing' }),
    ]);
    const looks = world.cloud.reads.asked.filter(({ what }) => what === 'instance');
    expect(looks).toHaveLength(6);
  });

  test('ends in time; what was not read by then is skipped and says so', async () => {
    const { world, upstream, request, check } = await stage();
    const startedAt = world.clock.now();
    upstream.onRead = () => world.clock.moveBy(1_000);
    const items = Array.from({ length: 60 }, (_, n) => request(`s${n}`, `t${n}`));
    const found = await check(items);
    const lasted = world.clock.now() - startedAt;
    expect(lasted).toBeLessThanOrEqual(PLAN_FACTS_MS);
    expect(lasted).toBeGreaterThan(PLAN_FACTS_MS / 2);
    expect(found.ok).toBe(false);
    expect(found.passed).toBeGreaterThan(10);
    expect(found.passed + found.notPassed).toBe(60);
    const last = found.reports.at(-1)?.report;
    expect(last?.checks.map(({ id }) => id)).toEqual(CHECK_IDS);
    for (const id of ['instances_visible', 'target_running', 'target_storage_sufficient']) {
      const skipped = statusOf(last, id);
      expect(skipped).toMatchObject({ status: 'skipped' });
      expect(skipped?.message).toContain('not_read_in_time');
    }
  });

  test('asks no more for an account whose quota has no room, and goes on with the others', async () => {
    const { world, upstream, request, check } = await stage();
    const later = world.clock.now() + 10 * PLAN_FACTS_MS;
    upstream.refusal = ({ credentialId }) => (credentialId === 'cred_2' ? wait(later) : null);
    const items = Array.from({ length: 60 }, (_, n) =>
      request(`s${n}`, `t${n}`, n % 2 === 0 ? {} : { credentialId: 'cred_2' }),
    );
    const found = await check(items);
    expect(found).toMatchObject({ passed: 30, notPassed: 30 });
    const turnedAway = upstream.asked.filter(({ credentialId }) => credentialId === 'cred_2');
    expect(turnedAway.length).toBeLessThanOrEqual(PLAN_FACTS_AT_ONCE);
  });

  test('says of a credential that cannot be used what is wrong with it', async () => {
    const { upstream, request, check } = await stage();
    upstream.refusal = () => ({ kind: 'no_credential', message: 'the credential is gone' });
    const found = await check([request('a', 't')]);
    expect(statusOf(found.reports[0]?.report, 'instances_visible')?.message).toMatch(/is gone/);
  });

  test('lists as many reports as an answer can hold and counts the others', async () => {
    const { world, request, check } = await stage();
    world.cloud.readFault = 'unclear';
    const items = Array.from({ length: MAX_PLAN_REPORTS + 5 }, () => request('a', 't'));
    const found = await check(items);
    expect(found).toMatchObject({ passed: 0, notPassed: MAX_PLAN_REPORTS + 5, omitted: 5 });
    expect(found.reports.map(({ index }) => index)).toEqual([...Array(MAX_PLAN_REPORTS).keys()]);
  });
});
