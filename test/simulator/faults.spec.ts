// Every kind of fault does exactly what its row in control.ts says, as often as it was ordered, and no more.
import { describe, expect, it, vi } from 'vitest';
import type { JournalEntry } from '../../src/simulator/journal.js';
import {
  failureOf,
  importIdIn,
  minuteStamp,
  SOURCE,
  SQL_SERVER_WORLD,
  stage,
  TARGET,
  worldOf,
  type Stage,
} from './client.js';

const MINUTE_MS = 60_000;
const WINDOW = {
  StartTime: minuteStamp(Date.now() - 5 * MINUTE_MS),
  EndTime: minuteStamp(Date.now() + 60 * MINUTE_MS),
};
const READ = ['DescribeResourceUsage', { DBInstanceId: TARGET }] as const;

const started = ({ simulator }: Stage): number => simulator.world.runs().length;
const lastEntry = ({ simulator }: Stage): JournalEntry | undefined =>
  simulator.journal.entries().at(-1);

async function struck(kind: string, more: object = {}): Promise<Stage> {
  const at = await stage();
  const ordered = await at.control('POST', 'faults', { kind, ...more });
  expect(ordered.status).toBe(201);
  return at;
}

describe('answers in the place of an execution', () => {
  it.each([
    ['throttle', {}, 400, 'Throttling.User'],
    ['error500', {}, 500, 'InternalError'],
    ['gone', {}, 404, 'InvalidApi.NotFound'],
    [
      'code',
      { code: 'OperationDenied.BackupJobExists', status: 403 },
      403,
      'OperationDenied.BackupJobExists',
    ],
    ['code', { code: 'Odd' }, 400, 'Odd'],
  ])('%s %j starts nothing and is spent by one request', async (kind, more, status, code) => {
    const at = await struck(kind, more);
    const answer = await at.import(['shop']);
    expect([answer.status, answer.json['Code'], started(at)]).toEqual([status, code, 0]);
    expect(lastEntry(at)).toMatchObject({ outcome: 'refused', executed: false, code, fault: kind });
    expect((await at.import(['shop'])).status).toBe(200);
  });

  it('gone with times -1 lasts until the faults are cleared', async () => {
    const at = await struck('gone', { action: READ[0], times: -1 });
    for (let turn = 0; turn < 3; turn += 1) expect((await at.call(...READ)).status).toBe(404);
    expect((await at.import(['shop'])).status).toBe(200);
    await at.control('DELETE', 'faults');
    expect((await at.call(...READ)).status).toBe(200);
  });
});

describe('an executed import whose answer does not say so', () => {
  it('error500_after: started, then InternalError', async () => {
    const at = await struck('error500_after');
    const answer = await at.import(['shop']);
    expect([answer.status, answer.json['Code'], started(at)]).toEqual([500, 'InternalError', 1]);
    const importId = at.simulator.world.runs()[0]?.importId.toString();
    expect(lastEntry(at)).toMatchObject({ outcome: 'refused', executed: true, importId });
  });

  it('lost_reply: started, then the connection breaks', async () => {
    const at = await struck('lost_reply');
    await expect(at.import(['shop'])).rejects.toThrow('fetch failed');
    expect(started(at)).toBe(1);
    expect(lastEntry(at)).toMatchObject({ outcome: 'dropped', executed: true, status: null });
  });

  it('truncated: started, then half a JSON', async () => {
    const at = await struck('truncated');
    await expect(at.import(['shop'])).rejects.toThrow('terminated');
    expect(started(at)).toBe(1);
    expect(lastEntry(at)).toMatchObject({ outcome: 'dropped', executed: true, status: 200 });
  });

  it('no_import_id: started, 200, no ImportId', async () => {
    const at = await struck('no_import_id');
    const answer = await at.import(['shop']);
    expect([answer.status, Object.keys(answer.json), started(at)]).toEqual([200, ['RequestId'], 1]);
    expect(lastEntry(at)?.importId).toMatch(/^\d+$/);
  });

  it('slow: started at once, told later', async () => {
    const at = await struck('slow', { delayMs: 300 });
    const sentAt = Date.now();
    const answer = at.import(['shop']);
    await vi.waitFor(() => expect(started(at)).toBe(1));
    expect((await answer).status).toBe(200);
    expect(Date.now() - sentAt).toBeGreaterThanOrEqual(299);
  });
});

describe('nothing usable comes back', () => {
  it('reset_before: not started, and the same bytes are good for another try', async () => {
    const at = await struck('reset_before');
    const manner = { nonce: 'the-same' };
    await expect(at.import(['shop'], {}, manner)).rejects.toThrow('fetch failed');
    expect(started(at)).toBe(0);
    expect(lastEntry(at)).toMatchObject({ outcome: 'dropped', executed: false, importId: null });
    expect((await at.import(['shop'], {}, manner)).status).toBe(200);
  });

  it.each([
    [{}, 502, 0],
    [{ executed: true, status: 200 }, 200, 1],
  ])('garbage %j: HTML with status %i, %i started', async (more, status, count) => {
    const at = await struck('garbage', more);
    const answer = await at.import(['shop']);
    expect([answer.status, answer.type, started(at)]).toEqual([status, 'text/html', count]);
    expect(answer.text).toMatch(/^<html>/);
    expect(lastEntry(at)).toMatchObject({ outcome: 'dropped', executed: count === 1, status });
  });

  it.each([
    [false, 0],
    [true, 1],
  ])('hang with executed %s: silence, %i started', async (executed, count) => {
    const at = await struck('hang', { executed });
    const patience = new AbortController();
    const answer = at.import(['shop'], {}, { signal: patience.signal });
    const givenUp = failureOf(answer);
    await vi.waitFor(() => expect(lastEntry(at)?.fault).toBe('hang'));
    patience.abort();
    expect(await givenUp).toContain('aborted');
    expect(started(at)).toBe(count);
  });

  it('hang ends when the simulator does', async () => {
    const at = await struck('hang');
    const answer = failureOf(at.import(['shop']));
    await vi.waitFor(() => expect(lastEntry(at)?.fault).toBe('hang'));
    await at.simulator.close();
    expect(await answer).toContain('fetch failed');
  });
});

const look = async (at: Stage): Promise<unknown[]> => {
  const { text } = await at.call('DescribeImportsForSQLServer', {
    DBInstanceId: TARGET,
    ...WINDOW,
  });
  const attributes = [SOURCE, TARGET].map((id) =>
    at.call('DescribeDBInstanceAttribute', { DBInstanceId: id }),
  );
  const states = (await Promise.all(attributes)).map(
    (answer) => /"DBInstanceStatus":"(\w+)"/.exec(answer.text)?.[1],
  );
  return [text.includes('"ImportId"'), ...states];
};

describe('late_visibility', () => {
  it.each([
    [false, 'TRANSING', 'Importing'],
    [true, 'Running', 'Running'],
  ])(
    'with hideStates %s: listed late, the instances show %s and %s',
    async (hideStates, ...states) => {
      const at = await stage(SQL_SERVER_WORLD);
      await at.control('POST', 'faults', { kind: 'late_visibility', delayMs: 10_000, hideStates });
      const told = importIdIn((await at.import({ erp: 'erp' })).text);
      expect(told.digits).not.toBe('');
      expect(await look(at)).toEqual([false, ...states]);
      expect((await at.import({ hr: 'hr' })).json['Code']).toBe('OperationDenied.DBInstanceStatus');
      await at.control('POST', 'clock', { advanceMs: 10_000 });
      expect(await look(at)).toEqual([true, 'TRANSING', 'Importing']);
    },
  );
});

describe('which request is struck', () => {
  it('only the action and the instance that were named, as source or as target', async () => {
    const at = await struck('error500', { instanceId: SOURCE, times: 2 });
    expect((await at.call(...READ)).status).toBe(200);
    expect((await at.call(READ[0], { DBInstanceId: SOURCE })).status).toBe(500);
    expect((await at.import(['shop'])).status).toBe(500);
    expect((await at.import(['shop'])).status).toBe(200);
  });

  it('the oldest fault that fits strikes first, one a request', async () => {
    const at = await struck('throttle');
    await at.control('POST', 'faults', { kind: 'error500' });
    expect((await at.call(...READ)).status).toBe(400);
    expect((await at.call(...READ)).status).toBe(500);
    expect((await at.call(...READ)).status).toBe(200);
  });

  it('a request that is turned away at the door spends nothing', async () => {
    const at = await struck('throttle');
    const turnedAway = await at.call(...READ, { key: { id: 'LTAInobody', secret: 'x' } });
    expect(turnedAway.json['Code']).toBe('InvalidAccessKeyId.NotFound');
    expect((await at.call(...READ)).json['Code']).toBe('Throttling.User');
  });

  it('fail_import waits for an import that starts', async () => {
    const at = await stage(worldOf({ status: 'Rebooting' }, {}));
    await at.control('POST', 'faults', { kind: 'fail_import' });
    expect((await at.call(...READ)).status).toBe(200);
    expect((await at.import(['shop'])).status).toBe(403);
    await at.control('PATCH', `instances/${SOURCE}`, { status: 'Running' });
    expect((await at.import(['shop'])).status).toBe(200);
    expect(at.simulator.world.runs()[0]?.verdict).toBe('Failed');
    expect(at.simulator.faults.pending()).toEqual([]);
  });
});
