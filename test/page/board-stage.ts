// What the tests of the live page share: a fleet, a service, a browser, and a visitor who has entered the key.
import type { Page } from 'playwright-core';
import {
  openBrowser,
  type BrowserUnderTest,
  type Visit,
  type VisitOptions,
} from '../support/browser.js';
import { bodyOf, startFleet, storeKey, type Fleet, type Move } from '../support/fleet.js';
import { testRedis, type TestRedis } from '../support/redis.js';
import {
  serviceEnvironment,
  startService,
  type Environment,
  type ServiceProcess,
} from '../support/service.js';

export const IMPORT = 'ImportDatabaseBetweenInstances';

export interface BoardStage {
  readonly fleet: Fleet;
  readonly service: ServiceProcess;
  readonly key: string;
  /** The id of the batch. */
  send(name: string, moves: readonly Move[], more?: object): Promise<string>;
  visit(options?: VisitOptions): Promise<Visit>;
  /** The board, with the key entered. */
  enter(options?: VisitOptions): Promise<Visit>;
  close(): Promise<void>;
}

export interface BoardOptions {
  readonly moves: readonly Move[];
  readonly env?: Environment;
  readonly role?: 'all' | 'api';
}

export async function openBoard({
  moves,
  env = {},
  role = 'all',
}: BoardOptions): Promise<BoardStage> {
  const closers: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const one of closers.toReversed()) await one();
  };
  try {
    const redis: TestRedis = await testRedis();
    closers.push(() => redis.close());
    const fleet = await startFleet(moves);
    closers.push(() => fleet.close());
    const where = { redisUrl: process.env['REDIS_URL'] ?? '', prefix: redis.prefix };
    const all = { ...serviceEnvironment({ ...where, upstreamUrl: fleet.url }), ...env };
    const service = await startService({ role, env: all });
    closers.push(() => service.kill());
    const browser: BrowserUnderTest = await openBrowser();
    closers.push(() => browser.close());
    const credentialId = await storeKey(service, fleet);
    const key = all['BOOTSTRAP_ADMIN_KEY'] ?? '';
    return {
      ...{ fleet, service, key, close },
      send: async (name, some, more = {}) => {
        const body = { name, credentialId, migrations: some.map(bodyOf), ...more };
        const answer = await service.request.post('/v1/batches').send(body).expect(202);
        return (answer.body as { id: string }).id;
      },
      visit: (options) => browser.visit(service.url, options),
      enter: async (options) => {
        const visit = await browser.visit(service.url, options);
        await enterKey(visit.page, key);
        await visit.page.getByRole('heading', { name: 'Batches' }).waitFor();
        return visit;
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

export async function enterKey(page: Page, key: string): Promise<void> {
  await page.getByLabel('API key').fill(key);
  await page.getByRole('button', { name: 'Open' }).click();
}

/** Pairs of instances of their own: none waits for another. */
export const pairs = (count: number, durationMs: number): readonly Move[] =>
  Array.from({ length: count }, (_, index) => ({
    source: `rm-page${index}src`,
    target: `rm-page${index}dst`,
    database: `orders${index}`,
    durationMs,
  }));

/** A number that the page itself works out, e.g. how wide it is. */
export const measured = async (page: Page, expression: string): Promise<number> =>
  Number(await page.evaluate(expression));
