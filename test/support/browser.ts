// A real Chromium for the tests of the pages, which notes whatever a visitor would have to complain of.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import process from 'node:process';
import type { Browser, Page } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** In a container there is no user to sandbox for; and it shall call nobody on its own. */
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The one of CHROMIUM_BIN, which scripts/bootstrap.mjs sets, else one on the PATH. */
export function findChromium(): string | null {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter).filter(Boolean);
  const found = folders.flatMap((folder) => NAMES.map((name) => path.join(folder, name)));
  const chosen = process.env['CHROMIUM_BIN'] ?? '';
  const runs = (file: string): boolean =>
    spawnSync(file, ['--version'], { stdio: 'ignore', timeout: 10_000 }).status === 0;
  return [...(chosen === '' ? [] : [chosen]), ...found].find(runs) ?? null;
}

const PATIENCE_MS = 30_000;

export interface VisitOptions {
  readonly width?: number;
  readonly height?: number;
  readonly colorScheme?: 'light' | 'dark';
}

/** One page in a context of its own: no cookie, key or cache of another visit. */
export interface Visit {
  readonly page: Page;
  /** Errors on the console or in scripts, refused by the policy, asked of others than the service. */
  complaints(): readonly string[];
  /** Into the folder of SHOTS_DIR; without one nothing is written. */
  shot(name: string): Promise<void>;
  close(): Promise<void>;
}

export interface BrowserUnderTest {
  /** `url` is where the service is: requests to any other origin are complaints. */
  visit(url: string, options?: VisitOptions): Promise<Visit>;
  close(): Promise<void>;
}

export async function openBrowser(): Promise<BrowserUnderTest> {
  const executablePath = findChromium();
  if (executablePath === null) throw new Error('there is no Chromium on this machine');
  const { chromium } = await import('playwright-core');
  const browser = await chromium.launch({ executablePath, args: ARGUMENTS, headless: true });
  return {
    visit: (url, options = {}) => visit(browser, url, options),
    close: () => browser.close(),
  };
}

async function visit(browser: Browser, url: string, options: VisitOptions): Promise<Visit> {
  const { width = 1280, height = 900, colorScheme = 'light' } = options;
  const context = await browser.newContext({ viewport: { width, height }, colorScheme });
  const page = await context.newPage();
  // Shorter than a test may take: what it waited for in vain is then said.
  page.setDefaultTimeout(PATIENCE_MS);
  const heard: string[] = [];
  await listen(page, new URL(url).origin, heard);
  await page.goto(url);
  return {
    page,
    complaints: () => [...heard],
    shot: async (name) => {
      const folder = process.env['SHOTS_DIR'] ?? '';
      if (folder !== '') await page.screenshot({ path: path.join(folder, `${name}.png`) });
    },
    close: () => context.close(),
  };
}

async function listen(page: Page, origin: string, heard: string[]): Promise<void> {
  page.on('console', (message) => {
    if (message.type() === 'error') heard.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => heard.push(`script: ${error.message}`));
  page.on('request', (request) => {
    const url = new URL(request.url());
    const isOwn = ['data:', 'blob:', 'about:'].includes(url.protocol) || url.origin === origin;
    if (!isOwn) heard.push(`asked elsewhere: ${request.method()} ${request.url()}`);
  });
  await page.exposeFunction('noteViolation', (text: string) => heard.push(`policy: ${text}`));
  // As text: this runs in the page, which the types of the tests know nothing of.
  await page.addInitScript(`addEventListener('securitypolicyviolation', (event) =>
    window.noteViolation(event.violatedDirective + ' refuses ' + event.blockedURI));`);
}
