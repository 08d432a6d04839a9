// Ten thousand migrations on the live page: all of them can be reached, and few of them are in the document.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { measured, openBoard, type BoardStage } from './board-stage.js';

const COUNT = 10_000;
const MOST_NODES = 2_500;

const moves = Array.from({ length: COUNT }, (_, index) => ({
  source: `rm-src${index % 300}x`,
  target: `rm-dst${index % 301}x`,
  database: `db${index}`,
  durationMs: 1,
}));

let stage: BoardStage;
beforeAll(async () => {
  // Nothing works on them: this is about showing.
  stage = await openBoard({ moves: moves.slice(0, 1), role: 'api' });
  await stage.send('Ten thousand', moves);
}, 180_000);
afterAll(() => stage?.close());

/** Times in which the page could answer nobody, as the browser itself notes them. */
const WATCH = `window.longTasks = [];
new PerformanceObserver((list) => window.longTasks.push(...list.getEntries().map(({ duration }) => duration)))
  .observe({ type: 'longtask' });`;

it('they are loaded page by page, scrolled to the last, filtered and walked, with few nodes', async () => {
  const visit = await stage.enter();
  const { page } = visit;
  const from = performance.now();
  await page.getByRole('button', { name: /^Ten thousand/ }).click();
  await page.getByText('10,000 migrations', { exact: true }).waitFor({ timeout: 120_000 });
  const loadedMs = performance.now() - from;
  await page.evaluate(WATCH);
  const grid = page.getByRole('grid', { name: 'Migrations' });
  expect(await grid.getAttribute('aria-rowcount')).toBe(String(COUNT + 1));
  const nodes = (): Promise<number> => measured(page, `document.querySelectorAll('*').length`);
  expect(await nodes()).toBeLessThan(MOST_NODES);

  const scroll = async (part: number): Promise<void> => {
    await page.evaluate(`(() => {
      const box = document.querySelector('.grid-box');
      box.scrollTop = (box.scrollHeight - box.clientHeight) * ${part};
    })()`);
  };
  for (let step = 0; step <= 20; step += 1) {
    await scroll(step / 20);
    await page.evaluate('new Promise(requestAnimationFrame)');
  }
  await page.locator(`.row[aria-rowindex="${COUNT + 1}"]`).waitFor();
  await scroll(0.5);
  // Five thousand rows of 40 px above the middle of the box.
  await page.locator('.row[aria-rowindex="5002"]').waitFor();
  expect(await page.locator('.row').count()).toBeLessThan(60);
  expect(await nodes()).toBeLessThan(MOST_NODES);

  await page.locator('.row[aria-rowindex="5002"]').focus();
  await page.keyboard.press('Home');
  await eventually(async () => {
    expect(await page.evaluate('document.activeElement.ariaRowIndex')).toBe('2');
  });
  await page.getByLabel('Instance, database or id').fill('rm-src299x');
  await eventually(async () => {
    expect(await grid.getAttribute('aria-rowcount')).toBe('34');
  });
  const longTasks = (await page.evaluate('window.longTasks')) as number[];
  console.log(
    `10,000 rows: read in ${Math.round(loadedMs)} ms; ${await nodes()} nodes; while scrolling and filtering ` +
      `${longTasks.length} tasks over 50 ms, the longest ${Math.round(Math.max(0, ...longTasks))} ms`,
  );
  expect(visit.complaints()).toEqual([]);
  await visit.close();
}, 240_000);
