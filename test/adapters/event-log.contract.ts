// What every EventLog promises, whatever keeps the events.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ServiceEvent, UnplacedEvent } from '../../src/domain/event.js';
import type { EventLog } from '../../src/use-cases/ports-events.js';
import { START_MS } from '../support/memory-ports.js';

export interface EventLogUnderTest {
  readonly log: EventLog;
  /** Writes it as if at this time. */
  add(event: UnplacedEvent, writtenAtMs: number): Promise<void>;
  close(): Promise<void>;
}

export const anEvent = (n: number, more: Partial<UnplacedEvent> = {}): UnplacedEvent => ({
  ...{ type: 'migration.queued', at: START_MS + n, tenant: 'acme' },
  data: { migrationId: `mig_${n}`, batchId: null, from: null, to: 'queued' },
  ...more,
});

/** All after this id, by pages of this size; null as soon as one was dropped. */
export async function readOn(
  log: EventLog,
  id: string,
  limit: number,
): Promise<readonly ServiceEvent[] | null> {
  const found: ServiceEvent[] = [];
  for (let after = id; ;) {
    const page = await log.after(after, limit);
    if (page === null) return null;
    found.push(...page);
    const last = page.at(-1);
    if (last === undefined) return found;
    after = last.id;
  }
}

export function eventLogContract(name: string, open: () => Promise<EventLogUnderTest>): void {
  describe(`event log: ${name}`, () => {
    let under: EventLogUnderTest;
    let log: EventLog;
    let first: string;
    beforeAll(async () => {
      under = await open();
      log = under.log;
      first = await log.newestId();
    });
    afterAll(() => under.close());

    test('before there is any, the newest id is the one before all others', async () => {
      expect(log.isId(first)).toBe(true);
      expect(await log.after(first, 10)).toEqual([]);
      await under.add(anEvent(0), START_MS);
      expect(await log.after(first, 10)).toMatchObject([anEvent(0)]);
      expect((await log.newestId()) > first).toBe(true);
    });

    test('gives them back as they were written, in order, with ids that sort as they do', async () => {
      const start = await log.newestId();
      // Some in the same millisecond, as the members of a batch are.
      for (let n = 1; n <= 40; n += 1) await under.add(anEvent(n), START_MS + Math.floor(n / 12));
      for (const limit of [1, 7, 40, 100]) {
        const found = await readOn(log, start, limit);
        expect(found).toMatchObject(Array.from({ length: 40 }, (_, n) => anEvent(n + 1)));
        const ids = (found ?? []).map(({ id }) => id);
        expect(ids.every((id) => log.isId(id) && id.length === 30)).toBe(true);
        expect(ids).toEqual([...new Set(ids)].sort());
        expect(ids.at(-1)).toBe(await log.newestId());
      }
    });

    test('goes on after any event, and has nothing after the newest; one ahead of it was told before some were lost', async () => {
      const all = (await readOn(log, first, 100)) ?? [];
      for (const place of [0, 11, 12, 13, 40]) {
        const rest = await readOn(log, all[place]?.id ?? '', 9);
        expect(rest).toEqual(all.slice(place + 1));
      }
      expect(await log.after(await log.newestId(), 10)).toEqual([]);
      expect(await log.after(`evt_${'7'.repeat(10)}${'0'.repeat(16)}`, 10)).toBeNull();
    });

    test('of one tenant gives its own, in order, from any place on', async () => {
      const start = await log.newestId();
      for (let n = 100; n < 130; n += 1) {
        await under.add(anEvent(n, { tenant: n % 3 === 0 ? 'rival' : 'acme' }), START_MS + n);
      }
      const all = (await readOn(log, start, 100)) ?? [];
      for (const tenant of ['acme', 'rival', 'nobody']) {
        const own = all.filter((event) => event.tenant === tenant);
        expect(await log.ofTenant(tenant, start, 100)).toEqual(own);
        expect(await log.ofTenant(tenant, start, 4)).toEqual(own.slice(0, 4));
        const place = all[10]?.id ?? '';
        expect(await log.ofTenant(tenant, place, 100)).toEqual(own.filter(({ id }) => id > place));
        expect(await log.ofTenant(tenant, all.at(-1)?.id ?? '', 100)).toEqual([]);
      }
      const ahead = `evt_${'7'.repeat(10)}${'0'.repeat(16)}`;
      expect(await log.ofTenant('acme', ahead, 1)).toBeNull();
    });

    test('knows its ids from other texts', () => {
      const right = `evt_01jdemoqy7${'0'.repeat(16)}`.replaceAll('o', 'p');
      expect(log.isId(right)).toBe(true);
      const wrong = [
        ...['', 'evt_', right.slice(0, -1), `${right}0`, right.toUpperCase(), ` ${right}`],
        ...[right.replace('evt', 'mig'), right.replace('1', 'u'), `${right}\n`],
        // More than Redis counts in one millisecond.
        `evt_${'0'.repeat(10)}000g${'0'.repeat(12)}`,
      ];
      expect(wrong.filter((text) => log.isId(text))).toEqual([]);
    });

    test('where events were dropped says so to those who would miss one, and to nobody else', async () => {
      const all = (await readOn(log, first, 100)) ?? [];
      const start = all[0]?.id ?? '';
      await log.dropBefore(START_MS + 2);
      expect(await log.ofTenant('acme', start, 10)).toBeNull();
      const left = all.findIndex(({ at }) => at === START_MS + 24);
      for (const id of [first, all[0]?.id ?? '', all[left - 2]?.id ?? '']) {
        expect(await log.after(id, 10)).toBeNull();
      }
      expect(await readOn(log, all[left]?.id ?? '', 10)).toEqual(all.slice(left + 1));
      expect(await log.newestId()).toBe(all.at(-1)?.id);

      await log.dropBefore(START_MS + 1_000);
      expect(await log.newestId()).toBe(all.at(-1)?.id);
      expect(await log.after(all.at(-2)?.id ?? '', 10)).toBeNull();
      // Nothing that came after it was ever dropped.
      expect(await log.after(all.at(-1)?.id ?? '', 10)).toEqual([]);
    });
  });
}
