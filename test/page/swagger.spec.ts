// Swagger UI is a tool: with a key entered, the examples as printed are sent and answered, and nothing is complained of.
import { readFileSync } from 'node:fs';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSimulator, type Simulator } from '../../src/simulator/server.js';
import { openBrowser, type BrowserUnderTest, type Visit } from '../support/browser.js';
import { testRedis } from '../support/redis.js';
import { serviceEnvironment, startService, type ServiceProcess } from '../support/service.js';

let simulator: Simulator;
let redis: Awaited<ReturnType<typeof testRedis>>;
let service: ServiceProcess;
let browser: BrowserUnderTest;
let key: string;
beforeAll(async () => {
  const world = JSON.parse(readFileSync('src/simulator/default-world.json', 'utf8')) as object;
  simulator = await startSimulator({ world });
  redis = await testRedis();
  const where = { redisUrl: process.env['REDIS_URL'] ?? '', prefix: redis.prefix };
  const env = serviceEnvironment({ ...where, upstreamUrl: simulator.url });
  key = env['BOOTSTRAP_ADMIN_KEY'] ?? '';
  service = await startService({ env });
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await service?.kill();
  await simulator?.close();
  await redis?.close();
});

async function authorize(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Authorize', exact: true }).first().click();
  const dialog = page.locator('.modal-ux');
  await dialog.locator('input').fill(key);
  await dialog.getByRole('button', { name: 'Apply credentials' }).click();
  await dialog.getByRole('button', { name: 'Close' }).click();
}

/** Opened and ready to be sent: nothing has to be pressed before. */
async function opened(page: Page, operationId: string): Promise<Locator> {
  const [chapter, method] = operationId.split('.');
  const block = page.locator(`.opblock[id*="-${chapter}"][id$=".${method}"]`);
  const summary = block.locator('.opblock-summary-control');
  if ((await summary.getAttribute('aria-expanded')) !== 'true') await summary.click();
  await block.locator('button.execute').waitFor();
  return block;
}

interface Told {
  readonly status: string;
  readonly headers: string;
  readonly body: string;
  readonly curl: string;
}

async function sent(block: Locator): Promise<Told> {
  await block.locator('button.execute').click();
  const live = block.locator('.live-responses-table');
  await live.waitFor();
  const [status = ''] = await live.locator('tr.response td.response-col_status').allTextContents();
  return {
    status: status.trim().slice(0, 3),
    headers: (await live.locator('.headerline').allTextContents()).join('\n'),
    body: (await live.textContent()) ?? '',
    curl: (await block.locator('.curl-command').first().textContent()) ?? '',
  };
}

async function ready(options: { width?: number; colorScheme?: 'light' | 'dark' } = {}) {
  const visit = await browser.visit(`${service.url}/docs`, options);
  await visit.page.locator('.opblock').first().waitFor();
  return visit;
}

describe('somebody new, with a key', () => {
  let visit: Visit;
  beforeAll(async () => {
    visit = await ready();
  });
  afterAll(() => visit?.close());

  it('stores a credential and sends a migration, both exactly as printed', async () => {
    const { page } = visit;
    await authorize(page);
    const credential = await sent(await opened(page, 'credentials.create'));
    expect(credential.status).toBe('201');
    expect(credential.headers).toContain('location: /v1/credentials/cred_');
    const id = /cred_[0-9a-z]{26}/.exec(credential.body)?.[0] ?? '';

    const block = await opened(page, 'migrations.accept');
    const migration = await sent(block);
    expect(migration.status).toBe('202');
    expect(migration.headers).toContain('x-request-id: req_');
    expect(migration.curl).toContain(id);
    await block.scrollIntoViewIfNeeded();
    await visit.shot('swagger-202-1280-light');
    expect(visit.complaints()).toEqual([]);
  });

  it('finds an operation by the filter, and looks at what was made', async () => {
    const { page } = visit;
    await page.getByPlaceholder('Filter by tag').fill('Migrations');
    await page.locator('.opblock-tag-section').nth(0).waitFor();
    await expect.poll(() => page.locator('.opblock-tag-section').count()).toBe(1);
    const seen = await sent(await opened(page, 'migrations.find'));
    expect(seen.status).toBe('200');
    expect(seen.curl).toMatch(/migrations\/mig_(?!01jdemo)/);
    expect(visit.complaints()).toEqual([]);
  });

  it('loses the key with the tab: it is stored nowhere', async () => {
    const { page } = visit;
    const stored = await page.evaluate<string>(
      'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])',
    );
    expect(stored).toBe('[{},{},""]');
    await page.reload();
    await page.locator('.opblock').first().waitFor();
    const answer = await sent(await opened(page, 'migrations.list'));
    expect(answer.status).toBe('401');
  });
});

it.each([
  [1280, 'light'],
  [1280, 'dark'],
  [390, 'light'],
  [390, 'dark'],
] as const)(
  'is whole at %s px in %s: nothing is refused, nothing scrolls sideways',
  async (width, colorScheme) => {
    const visit = await ready({ width, colorScheme });
    const { page } = visit;
    await visit.shot(`swagger-top-${width}-${colorScheme}`);
    const overhang = await page.evaluate<number>(
      'document.documentElement.scrollWidth - document.documentElement.clientWidth',
    );
    expect(overhang).toBe(0);
    const isDark = await page.evaluate<boolean>(
      "document.documentElement.classList.contains('dark-mode')",
    );
    expect(isDark).toBe(colorScheme === 'dark');
    await (await opened(page, 'batches.accept')).scrollIntoViewIfNeeded();
    await visit.shot(`swagger-batch-${width}-${colorScheme}`);
    expect(visit.complaints()).toEqual([]);
    await visit.close();
  },
);
