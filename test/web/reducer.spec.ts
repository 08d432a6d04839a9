// What the page knows after what it is told: events and lists may come in any order, and the newer one holds.
import { describe, expect, it } from 'vitest';
import { reduce } from '../../src/web/reducer.js';
import {
  attentionOf,
  filteredRows,
  scopedRows,
  summaryOf,
  troubleOf,
} from '../../src/web/selectors.js';
import { after, batch, COUNTS, iso, migration, moved, T0 } from './samples.js';

const selected = { kind: 'selected', batchId: 'bat_1' } as const;
const listed = (...numbers: readonly number[]) =>
  ({ kind: 'migrations', items: numbers.map((number) => migration(number)) }) as const;
const told = (...events: readonly ReturnType<typeof moved>[]) =>
  ({ kind: 'events', events }) as const;

describe('migrations', () => {
  it('follow the events, and an older list does not take them back', () => {
    const state = after(selected, listed(1), told(moved(1, 'importing', 500)), listed(1));
    expect(state.rows.get('mig_00001')).toMatchObject({ status: 'importing', startedAt: iso(500) });
  });

  it('take the list when it is newer than the event', () => {
    const failed = migration(1, {
      status: 'failed',
      history: [{ at: iso(900), from: 'importing', to: 'failed', code: 'x', message: 'y' }],
    });
    const state = after(selected, told(moved(1, 'importing', 500)), {
      kind: 'migrations',
      items: [failed],
    });
    expect(state.rows.get('mig_00001')).toMatchObject({ status: 'failed', databases: 'orders' });
  });

  it('an event that is late does not take them back either', () => {
    const state = after(
      ...[selected, listed(1), told(moved(1, 'succeeded', 900)), told(moved(1, 'importing', 500))],
    );
    expect(state.rows.get('mig_00001')?.status).toBe('succeeded');
  });

  it('many events of one in one burst count in their order', () => {
    const burst = told(moved(1, 'checking', 1), moved(1, 'importing', 2), moved(1, 'succeeded', 3));
    expect(after(selected, listed(1), burst).rows.get('mig_00001')).toMatchObject({
      ...{ status: 'succeeded', startedAt: iso(2), finishedAt: iso(3) },
    });
  });

  it('a retry forgets when the attempt before began and ended', () => {
    const state = after(
      ...[
        selected,
        listed(1),
        told(moved(1, 'importing', 1), moved(1, 'failed', 2), moved(1, 'queued', 3)),
      ],
    );
    expect(state.rows.get('mig_00001')).toMatchObject({ startedAt: null, finishedAt: null });
  });

  it('stay in the order of their ids, the newest first, however they come', () => {
    const state = after(selected, listed(3, 2), told(moved(4, 'queued', 1)), listed(1, 5));
    expect(state.order.map((id) => Number(id.slice(4)))).toEqual([5, 4, 3, 2, 1]);
  });

  it('that nothing changed of keep the very same order, so that nothing is drawn anew', () => {
    const before = after(selected, listed(1, 2));
    expect(reduce(before, told(moved(1, 'checking', 1))).order).toBe(before.order);
  });

  it('of other batches are let go, but for what needs a person', () => {
    const state = after(...[listed(1, 2, 3), told(moved(2, 'outcome_unknown', 5))], {
      kind: 'selected',
      batchId: 'bat_2',
    });
    expect(state.order).toEqual(['mig_00002']);
    expect(scopedRows(state)).toEqual([]);
  });

  it('are found by a part of an instance or database, and by what they are', () => {
    const rows = scopedRows(after(selected, listed(1, 2, 12), told(moved(2, 'failed', 5))));
    const found = (group: 'all' | 'failed' | 'waiting', text: string) =>
      filteredRows(rows, { group, text }).map(({ id }) => id);
    expect(found('all', ' SRC1 ')).toEqual(['mig_00012', 'mig_00001']);
    expect(found('failed', '')).toEqual(['mig_00002']);
    expect(found('waiting', 'dst2')).toEqual([]);
    expect(filteredRows(rows, { group: 'all', text: '' })).toBe(rows);
  });
});

describe('batches', () => {
  const page = (items: readonly ReturnType<typeof batch>[], nextCursor: string | null = null) =>
    ({ kind: 'batches', page: { items, nextCursor }, isFirst: true }) as const;
  const progress = {
    ...{ id: 'evt_1', type: 'batch.progress', at: iso(10) },
    data: {
      batchId: 'bat_1',
      status: 'succeeded',
      counts: { ...COUNTS, succeeded: 4 },
      progress: 1,
    },
  };

  it('have the counts that events tell; what ended has no estimate', () => {
    const estimate = { finishAt: iso(99), basis: 'history' };
    const state = after(page([batch({ estimate })]), told(progress));
    expect(state.batches.get('bat_1')).toMatchObject({
      ...{ status: 'succeeded', progress: 1, estimate: null, finishedAt: iso(10), name: 'Shops' },
    });
  });

  it('read anew do not forget how far the older ones were read', () => {
    const older = { kind: 'batches', isFirst: false } as const;
    const state = after(
      page([batch({ id: 'bat_3' })], 'c1'),
      { ...older, page: { items: [batch({ id: 'bat_1' })], nextCursor: null } },
      page([batch({ id: 'bat_4' }), batch({ id: 'bat_3' })], 'c2'),
    );
    expect([...state.batches.keys()]).toEqual(['bat_4', 'bat_3', 'bat_1']);
    expect(state.olderBatches).toBeNull();
  });
});

describe('what needs a person', () => {
  const failing = batch({ counts: { ...COUNTS, failed: 1 } });
  const first = (items: readonly ReturnType<typeof batch>[]) =>
    ({ kind: 'batches', page: { items, nextCursor: null }, isFirst: true }) as const;

  it('is every unknown outcome, each batch with failures, and a webhook that was switched off', () => {
    const off = { id: 'evt_9', type: 'webhook.disabled', at: iso(9), data: { webhookId: 'whk_1' } };
    const state = after(first([failing]), listed(1), told(moved(1, 'outcome_unknown', 5), off));
    const { unknown, batches } = attentionOf(state, T0);
    expect([unknown.length, batches.length]).toEqual([1, 1]);
    expect(state.disabledWebhooks).toEqual([{ id: 'whk_1', at: iso(9), url: null }]);
    expect(summaryOf(state, T0)).toContain('2 things need a person.');
  });

  it('that is set aside comes back when there is more of it', () => {
    const state = after(first([failing]), { kind: 'set_aside', what: troubleOf(failing) });
    expect(attentionOf(state, T0).batches).toEqual([]);
    const worse = batch({ counts: { ...COUNTS, failed: 2 } });
    expect(attentionOf(reduce(state, { kind: 'batch', batch: worse }), T0).batches).toEqual([
      worse,
    ]);
  });

  it('is over a day after the batch has ended', () => {
    const state = after(first([{ ...failing, finishedAt: iso(0) }]));
    expect(attentionOf(state, T0 + 1_000).batches).toHaveLength(1);
    expect(attentionOf(state, T0 + 90_000_000).batches).toEqual([]);
  });
});
