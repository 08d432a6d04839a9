// Whatever upstream says no to, or ends badly, is told by its reason; what was refused is not sent again.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { targetOf } from '../support/simulator.js';
import { NOTHING_LEFT, openStage, type Stage } from './stage.js';

let stage: Stage;
beforeAll(async () => {
  const names = ['quota', 'locked', 'missing', 'stray', 'ram', 'fails', 'slowed', 'reads'];
  const pairs = Object.fromEntries(names.map((name) => [name, {}]));
  stage = await openStage({ pairs: { ...pairs, console: { importMs: 60_000 } } });
});
afterAll(() => stage?.close());

/** The one submission of the pair, refused. */
function refusal(pair: string) {
  const submissions = stage.upstream.submissions(pair);
  expect(submissions.map(({ outcome }) => outcome)).toEqual(['refused']);
  return submissions[0];
}

describe.concurrent('a migration that upstream refuses', () => {
  it('fails with the code and the request id of the refusal', async () => {
    stage.upstream.strike('quota', { kind: 'code', code: 'QuotaExceeded.DBName', status: 400 });
    const end = await stage.ended((await stage.migrate('quota')).id);
    expect(end).toMatchObject({ status: 'failed', importId: null, startedAt: null });
    expect(end.reason).toMatchObject({
      code: 'upstream_rejected',
      upstreamCode: 'QuotaExceeded.DBName',
      upstreamRequestId: refusal('quota')?.requestId,
      retryable: true,
      remedy: expect.any(String) as unknown,
    });
    expect(end.history.at(-1)).toMatchObject({
      from: 'submitting',
      to: 'failed',
      code: 'upstream_rejected',
    });
  });

  it('fails when the instance is locked and the checks were skipped', async () => {
    stage.upstream.patch(targetOf('locked'), { lockMode: 'ManualLock' });
    const end = await stage.ended((await stage.migrate('locked', { preflight: 'skip' })).id);
    expect(end.status).toBe('failed');
    expect(end.reason).toMatchObject({
      code: 'upstream_rejected',
      upstreamCode: 'OperationDenied.LockMode',
      upstreamRequestId: refusal('locked')?.requestId,
    });
  });
});

describe.concurrent('a migration that must not be submitted', () => {
  it('fails its checks, names them, and upstream never hears of an import', async () => {
    const view = await stage.migrate('missing', { dbInfo: { DBNames: ['orders', 'nowhere'] } });
    const end = await stage.ended(view.id);
    expect(end).toMatchObject({ status: 'failed', submittedAt: null });
    expect(end.reason).toMatchObject({ code: 'preflight_failed' });
    expect(end.reason?.['message']).toContain('nowhere');
    expect(end).toMatchObject({ preflightReport: { ok: false } });
    expect(stage.upstream.submissions('missing')).toEqual([]);
  });

  it('fails with upstream_auth_failed when the secret is wrong', async () => {
    const credentialId = await stage.storeCredential({ accessKeySecret: 'not-the-secret' });
    const end = await stage.ended((await stage.migrate('stray', { credentialId })).id);
    expect(end.status).toBe('failed');
    expect(end.reason).toMatchObject({
      code: 'upstream_auth_failed',
      upstreamCode: 'SignatureDoesNotMatch',
    });
    expect(stage.upstream.submissions('stray')).toEqual([]);
  });
});

describe.concurrent('an AccessKeyId in upstream words', () => {
  it('is masked in the answers and in the log', async () => {
    const { id } = stage.upstream.key;
    const message = `User ${id} is not authorized to operate on the resource.`;
    stage.upstream.strike('ram', { kind: 'code', code: 'Forbidden.RAM', status: 403, message });
    const view = await stage.migrate('ram');
    const end = await stage.ended(view.id);
    expect(end.reason).toMatchObject({ code: 'upstream_auth_failed' });
    expect(end.reason?.['message']).toContain('is not authorized');
    const paths = [`/v1/migrations/${view.id}`, '/v1/migrations', '/v1/credentials'];
    for (const path of paths) {
      const { text } = await stage.service.request.get(path).expect(200);
      expect(text).not.toContain(id);
      expect(text).not.toContain(stage.upstream.key.secret);
    }
    expect(stage.service.logs()).not.toContain(id);
    expect(stage.service.logs()).not.toContain(stage.upstream.key.secret);
  });
});

describe.concurrent('an import that upstream accepted', () => {
  it('and that fails at its end is upstream_import_failed', async () => {
    stage.upstream.strike('fails', { kind: 'fail_import' });
    const end = await stage.ended((await stage.migrate('fails')).id);
    expect(end.status).toBe('failed');
    expect(end.reason).toMatchObject({ code: 'upstream_import_failed', retryable: true });
    expect(stage.started('fails')).toEqual([end.importId]);
  });

  it('and that somebody cancels in the console is canceled, by upstream', async () => {
    const { id } = await stage.migrate('console');
    await stage.reaches(id, 'importing');
    stage.upstream.finish('console', 'Canceled');
    const end = await stage.ended(id);
    expect(end.status).toBe('canceled');
    expect(end.reason).toMatchObject({ code: 'upstream_canceled' });
    expect(stage.started('console')).toEqual([end.importId]);
  });
});

describe.concurrent('a submission that upstream throttles', () => {
  it('is tried again later, each time with a nonce never used, and starts one import', async () => {
    stage.upstream.strike('slowed', { kind: 'throttle', times: 2 });
    const end = await stage.succeeds((await stage.migrate('slowed')).id);
    expect(end.attempt).toBe(3);
    const submissions = stage.upstream.submissions('slowed');
    expect(submissions.map(({ code }) => code)).toEqual([
      'Throttling.User',
      'Throttling.User',
      null,
    ]);
    expect(new Set(submissions.map(({ nonce }) => nonce)).size).toBe(3);
    expect(stage.started('slowed')).toEqual([end.importId]);
  });

  it('does not double an import when the reads are throttled', async () => {
    stage.upstream.strike('reads', { kind: 'throttle', action: 'DescribeDBInstanceAttribute' });
    const end = await stage.succeeds((await stage.migrate('reads')).id);
    expect(stage.upstream.submissions('reads')).toHaveLength(1);
    expect(stage.started('reads')).toEqual([end.importId]);
  });
});

it('leaves nothing behind, whatever the ends were', async () => {
  expect(await stage.left()).toEqual(NOTHING_LEFT);
});
