// The live page for everybody: by keyboard alone, with a screen reader, in both themes, on a telephone.
import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { VisitOptions } from '../support/browser.js';
import { eventually } from '../support/eventually.js';
import { enterKey, IMPORT, measured, openBoard, pairs, type BoardStage } from './board-stage.js';

const MOVES = pairs(8, 900);

let stage: BoardStage;
beforeAll(async () => {
  const env = { OUTCOME_GRACE_MS: '1000', UPSTREAM_TIMEOUT_MS: '800' };
  stage = await openBoard({ moves: MOVES, env });
  const [failing, unknown] = MOVES;
  stage.fleet.faults.set({ action: IMPORT, instanceId: failing?.target, kind: 'fail_import' });
  stage.fleet.faults.set({ action: IMPORT, instanceId: unknown?.target, kind: 'reset_before' });
  const id = await stage.send('All kinds', MOVES);
  await eventually(async () => {
    const answer = await stage.service.request.get(`/v1/batches/${id}`).expect(200);
    const { counts } = answer.body as { counts: Readonly<Record<string, number>> };
    const { succeeded, failed, outcomeUnknown } = counts;
    assert.deepEqual(
      { succeeded, failed, outcomeUnknown },
      { succeeded: 6, failed: 1, outcomeUnknown: 1 },
    );
  }, 30_000);
  await stage.send('Later', MOVES.slice(2, 4), {
    notBefore: new Date(Date.now() + 86_400_000).toISOString(),
  });
});
afterAll(() => stage?.close());

const LOOKS: readonly (VisitOptions & { readonly name: string })[] = [
  { name: '1280-light', width: 1280, height: 900, colorScheme: 'light' },
  { name: '1280-dark', width: 1280, height: 900, colorScheme: 'dark' },
  { name: '390-light', width: 390, height: 844, colorScheme: 'light' },
  { name: '390-dark', width: 390, height: 844, colorScheme: 'dark' },
];

const loaded = (page: Page): Promise<void> =>
  page.getByText('8 migrations', { exact: true }).waitFor();

/** What is pressed, filled in or gone through, each as the page itself sees it. */
const CONTROLS = `[...document.querySelectorAll('button, a[href], input, select, textarea, summary, [tabindex="0"]')]`;

/** Those without a text, a label or a name. */
const NAMELESS = `${CONTROLS}.filter((one) => {
  const labels = [...(one.labels ?? [])].map((label) => label.textContent).join('');
  const by = (one.getAttribute('aria-labelledby') ?? '').split(' ').filter(Boolean);
  const named = by.map((id) => document.getElementById(id)?.textContent ?? '').join('');
  return (one.getAttribute('aria-label') ?? '') + labels + named + one.textContent.trim() === '';
}).map((one) => one.outerHTML)`;

/** Texts whose contrast with what lies behind them is less than 4.5 : 1. */
const FAINT = `(() => {
  const pen = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
  const rgba = (colour) => {
    pen.clearRect(0, 0, 1, 1);
    pen.fillStyle = colour;
    pen.fillRect(0, 0, 1, 1);
    return [...pen.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => [r, g, b].map((one) => one / 255)
    .map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4))
    .reduce((sum, one, index) => sum + one * [0.2126, 0.7152, 0.0722][index], 0);
  const behind = (element) => {
    for (let at = element; at !== null; at = at.parentElement) {
      const colour = rgba(getComputedStyle(at).backgroundColor);
      if (colour[3] === 255) return colour;
    }
    return [255, 255, 255];
  };
  const faint = [];
  for (const element of document.querySelectorAll('#page *')) {
    const hasText = [...element.childNodes].some((one) => one.nodeType === 3 && one.data.trim() !== '');
    if (!hasText || element.closest(':disabled, .unseen') || element.getClientRects().length === 0) continue;
    const [a, b] = [light(rgba(getComputedStyle(element).color)), light(behind(element))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) faint.push(contrast.toFixed(2) + ' ' + element.className + ': ' + element.textContent);
  }
  return faint;
})()`;

describe.each(LOOKS)('at $name', ({ name, ...options }) => {
  it('nothing sticks out, nothing is nameless or faint, and nothing is complained of', async () => {
    const visit = await stage.visit(options);
    const { page } = visit;
    await visit.shot(`gate-${name}`);
    expect(await page.evaluate(FAINT)).toEqual([]);
    await enterKey(page, stage.key);
    await page.getByRole('button', { name: /^All kinds/ }).click();
    await loaded(page);
    await page.getByRole('application', { name: 'Timeline of the instances' }).waitFor();
    await visit.shot(`board-${name}`);
    const look = async (): Promise<void> => {
      expect(await measured(page, 'document.documentElement.scrollWidth')).toBe(options.width);
      expect(await page.evaluate(NAMELESS)).toEqual([]);
      expect(await page.evaluate(FAINT)).toEqual([]);
    };
    await look();
    await page.getByRole('button', { name: 'Look and resolve' }).click();
    await page.getByRole('form', { name: 'Did the import start?' }).waitFor();
    await page.getByLabel('It did not start').check();
    await visit.shot(`unknown-${name}`);
    await look();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Show what failed in All kinds' }).click();
    await page.locator('.row').first().click();
    await page.getByText('What to do:').waitFor();
    await visit.shot(`failed-${name}`);
    await look();
    expect(visit.complaints()).toEqual([]);
    await visit.close();
  });
});

describe('by keyboard alone', () => {
  it('the key is entered, a migration found, opened and left, and the focus comes back', async () => {
    const visit = await stage.visit();
    const { page } = visit;
    const { keyboard } = page;
    await page.getByLabel('API key').waitFor();
    await keyboard.type(stage.key);
    await keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Batches' }).waitFor();
    const focused = (expression: string): Promise<unknown> =>
      page.evaluate(`document.activeElement.${expression}`);
    const tabTo = async (isThere: () => Promise<boolean>): Promise<void> => {
      for (let press = 0; press < 60; press += 1) {
        if (await isThere()) return;
        await keyboard.press('Tab');
      }
      throw new Error(`Tab leads to ${String(await focused('outerHTML'))} and not on`);
    };
    await tabTo(async () => String(await focused('textContent')).startsWith('All kinds'));
    await keyboard.press('Enter');
    await loaded(page);
    await tabTo(async () => (await focused('role')) === 'row');
    expect(await page.locator('.row[tabindex="0"]').count()).toBe(1);
    await keyboard.press('End');
    await eventually(async () => expect(await focused('ariaRowIndex')).toBe('9'));
    await keyboard.press('ArrowUp');
    await eventually(async () => expect(await focused('ariaRowIndex')).toBe('8'));
    await keyboard.press('Enter');
    await eventually(async () => expect(await focused('id')).toBe('details-title'));
    await keyboard.press('Escape');
    await eventually(async () => expect(await focused('ariaRowIndex')).toBe('8'));
    expect(visit.complaints()).toEqual([]);
    await visit.close();
  });

  it('the timeline is walked from bar to bar, says each, and opens one', async () => {
    const visit = await stage.enter();
    const { page } = visit;
    await page.getByRole('button', { name: /^All kinds/ }).click();
    const timeline = page.getByRole('application', { name: 'Timeline of the instances' });
    await timeline.focus();
    await page.keyboard.press('ArrowDown');
    await page
      .locator('[aria-live]', { hasText: /rm-page\dsrc to rm-page\ddst/ })
      .first()
      .waitFor();
    await page.keyboard.press('+');
    await page.getByRole('button', { name: 'Whole' }).and(page.locator(':enabled')).waitFor();
    await page.keyboard.press('0');
    await page.keyboard.press('Enter');
    await page.getByRole('complementary', { name: 'Migration' }).waitFor();
    expect(visit.complaints()).toEqual([]);
    await visit.close();
  });
});

describe('for a screen reader', () => {
  it('there are landmarks, one first heading, no gap in the levels, and the same as a table', async () => {
    const visit = await stage.enter();
    const { page } = visit;
    await page.getByRole('button', { name: /^All kinds/ }).click();
    await loaded(page);
    for (const role of ['banner', 'main', 'navigation'] as const) {
      expect(await page.getByRole(role).count()).toBe(1);
    }
    const levels = await page.evaluate(
      `[...document.querySelectorAll('h1, h2, h3, h4')].map((one) => Number(one.tagName[1]))`,
    );
    expect((levels as number[]).filter((level) => level === 1)).toHaveLength(1);
    (levels as number[]).reduce((before, level) => {
      expect(level - before).toBeLessThanOrEqual(1);
      return level;
    });
    const bar = page.getByRole('progressbar', { name: 'Progress of All kinds' }).last();
    expect(await bar.getAttribute('aria-valuetext')).toBe('6 succeeded, 1 failed, 1 unknown');
    await page.getByText('The same as a table').click();
    const row = page.getByRole('table').getByRole('row', { name: /rm-page2src/ });
    expect(await row.getByRole('rowheader').textContent()).toContain('rm-page2src');
    await page.getByRole('status').filter({ hasText: 'need' }).waitFor({ state: 'attached' });
    await visit.close();
  });
});

describe('the theme', () => {
  it('is that of the system until one is chosen, and then the chosen one', async () => {
    const visit = await stage.visit({ colorScheme: 'dark' });
    const { page } = visit;
    const surface = (): Promise<unknown> =>
      page.evaluate('getComputedStyle(document.documentElement).backgroundColor');
    const dark = await surface();
    await page.getByRole('button', { name: 'Theme: System' }).click();
    const light = await surface();
    expect(light).not.toBe(dark);
    await page.reload();
    await page.getByRole('button', { name: 'Theme: Light' }).waitFor();
    expect(await surface()).toBe(light);
    await visit.close();
  });
});
