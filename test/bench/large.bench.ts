// What the largest inputs cost, as multiples of reading as much JSON by JSON.parse in the same run.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { timelineOf } from '../../src/domain/batch-timeline.js';
import type { Member } from '../../src/domain/batch-row.js';
import { planFleet } from '../../src/domain/fleet-plan.js';
import { duplicateKeys } from '../../src/domain/json-pointer.js';
import { readJson } from '../../src/domain/json-text.js';
import { item, OPTIONS } from '../domain/plans.js';
import { member, TERMS } from '../domain/timelines.js';
import {
  BODY_LIMIT,
  migrationBody,
  send,
  startHttp,
  type HttpUnderTest,
} from '../http/http-app.js';

const TRIES = 3;
const COUNT = 10_000;

/** Milliseconds of the processor: others on the machine are not what is measured. The least of some tries. */
async function workMs(work: () => unknown): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let tries = 0; tries < TRIES; tries += 1) {
    const before = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1_000);
  }
  return least;
}

const repeated = (open: string, piece: string, close: string): string =>
  open + piece.repeat(Math.floor((BODY_LIMIT - open.length - close.length) / piece.length)) + close;

const PLAIN = repeated('[', '{"key":1,"name":[2]},', '0]');

let http: HttpUnderTest;
let floorMs: number;
beforeAll(async () => {
  http = await startHttp();
  floorMs = await workMs(() => JSON.parse(PLAIN));
  console.log(`floor: JSON.parse of ten megabytes, ${floorMs.toFixed(0)} ms`);
});
afterAll(() => http.app.close());

function drain(steps: Iterator<unknown>): void {
  while (steps.next().done !== true);
}

const post = (url: string, body: string): (() => Promise<unknown>) => {
  return () => send(http, 'POST', url, { body });
};
const batch = (count: number): string =>
  JSON.stringify({
    credentialId: (JSON.parse(migrationBody()) as { credentialId: string }).credentialId,
    migrations: Array.from({ length: count }, (_, n) => ({
      ...{ sourceInstanceId: `rm-s${n}`, targetInstanceId: `rm-t${n}` },
      dbInfo: { DBNames: Array.from({ length: 12 }, (_none, i) => `database_of_the_shop_${i}`) },
    })),
  });

const pairs = Array.from({ length: COUNT }, (_, n) => [`s${n % 31}`, `t${n % 29}`] as const);
const items = pairs.map(([source, target], n) =>
  item(source, target, { durationMs: 60_000 * (1 + (n % 90)) }),
);
const members = pairs.map(([source, target], n): Member =>
  member(`m${String(n).padStart(5, '0')}`, `${source}>${target}`, {
    status: 'queued',
    durationMs: 60_000 * (40 + (n % 90)),
  }),
);
const reading = (text: string) => readJson(text, { maxDepth: 64 });
const doubled = repeated('{', '"a":1,', '"a":2}');

/** About twice of what was measured when they were set: more is a change of kind, not of weather. */
const WORK: readonly (readonly [what: string, times: number, work: () => unknown])[] = [
  ['ten megabytes are read strictly', 10, () => reading(PLAIN)],
  [
    'one key over and over is counted',
    8,
    () => {
      const read = reading(doubled);
      return read.ok && duplicateKeys(read.node);
    },
  ],
  ['unknown properties are refused', 8, post('/v1/migrations', repeated('{', '"a":1,', '"a":2}'))],
  ['an open string is refused', 3, post('/v1/migrations', `"${'x'.repeat(BODY_LIMIT - 1)}`)],
  ['ten thousand migrations are taken', 12, post('/v1/batches', batch(COUNT))],
  ['ten thousand migrations are planned', 4, () => drain(planFleet(items, OPTIONS))],
  ['ten thousand migrations have a timeline', 4, () => drain(timelineOf(members, [], TERMS))],
];

test.each(WORK)('%s within %i times the floor', async (what, times, work) => {
  const ms = await workMs(work);
  console.log(`${what}: ${ms.toFixed(0)} ms, ${(ms / floorMs).toFixed(1)} times the floor`);
  expect(ms / floorMs).toBeLessThan(times);
});
