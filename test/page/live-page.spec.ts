// The live page in a real browser: enter a key, watch a batch to its end, mend what failed, say what became of a call.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Visit } from '../support/browser.js';
import { eventually } from '../support/eventually.js';
import { enterKey, IMPORT, openBoard, pairs, type BoardStage } from './board-stage.js';

const MOVES = pairs(14, 1_200);
const at = (index: number): (typeof MOVES)[number] => {
  const move = MOVES[index];
  if (move === undefined) throw new Error(`there is no move ${index}`);
  return move;
};

let stage: BoardStage;
beforeAll(async () => {
  const env = { OUTCOME_GRACE_MS: '1000', UPSTREAM_TIMEOUT_MS: '800' };
  stage = await openBoard({ moves: MOVES, env });
});
afterAll(() => stage?.close());

const row = (page: Page, name: string) => page.getByRole('row').filter({ hasText: name });

async function expectNoComplaint(visit: Visit): Promise<void> {
  expect(visit.complaints()).toEqual([]);
  await visit.close();
}

const choose = async (page: Page, name: string): Promise<void> => {
  await page.getByRole('region', { name: 'Batches' }).getByRole('button', { name }).click();
  await page.getByRole('heading', { level: 2, name }).waitFor();
};

describe('the key', () => {
  it('that is wrong is refused in words, and the next one is let in', async () => {
    const visit = await stage.visit();
    await enterKey(visit.page, 'x'.repeat(40));
    await visit.page.getByText('This key is not valid').waitFor();
    expect(await visit.page.getByLabel('API key').getAttribute('aria-invalid')).toBe('true');
    await enterKey(visit.page, stage.key);
    await visit.page.getByText('Live', { exact: true }).waitFor();
    // The browser itself notes the 401 that was asked for.
    expect(visit.complaints().filter((one) => !one.includes('401'))).toEqual([]);
    await visit.close();
  });

  it('outlives a reload of the tab, is in no other tab, and is gone when it is forgotten', async () => {
    const visit = await stage.enter();
    const { page } = visit;
    await page.reload();
    await page.getByRole('heading', { name: 'Batches' }).waitFor();
    const other = await page.context().newPage();
    await other.goto(stage.service.url);
    await other.getByLabel('API key').waitFor();
    await other.close();
    await page.getByRole('button', { name: 'Forget key' }).click();
    await page.getByLabel('API key').waitFor();
    await page.reload();
    await page.getByLabel('API key').waitFor();
    const kept = await page.evaluate(
      'JSON.stringify([{ ...sessionStorage }, { ...localStorage }])',
    );
    expect(kept).not.toContain(stage.key);
    await expectNoComplaint(visit);
  });
});

describe('a batch', () => {
  it('that comes while the page is open is watched to its end without a reload', async () => {
    const visit = await stage.enter();
    const { page } = visit;
    await page.evaluate('window.isSamePage = true');
    await stage.send('Watch me', MOVES.slice(0, 5));
    await choose(page, 'Watch me');
    const progress = page.getByRole('progressbar', { name: 'Progress of Watch me' }).last();
    await page.getByRole('row').filter({ hasText: 'Importing' }).first().waitFor();
    await page.getByText('5 of 5 ended').waitFor({ timeout: 20_000 });
    expect(await progress.getAttribute('aria-valuetext')).toBe('5 succeeded');
    await eventually(async () => {
      expect(await page.getByRole('row').filter({ hasText: 'Succeeded' }).count()).toBe(5);
    });
    expect(await page.evaluate('window.isSamePage')).toBe(true);
    await expectNoComplaint(visit);
  });

  it('is paused and resumed, and canceled only after a second yes', async () => {
    const notBefore = new Date(Date.now() + 86_400_000).toISOString();
    const id = await stage.send('Steer me', MOVES.slice(5, 7), { notBefore });
    const visit = await stage.enter();
    const { page } = visit;
    await choose(page, 'Steer me');
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.getByRole('button', { name: 'Pause' }).waitFor();
    const statusOf = async (): Promise<string> => {
      const answer = await stage.service.request.get(`/v1/batches/${id}`).expect(200);
      return (answer.body as { status: string }).status;
    };
    await page.getByRole('button', { name: 'Cancel…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Cancel Steer me?' });
    await dialog.getByRole('button', { name: 'Keep as it is' }).click();
    expect(await statusOf()).toBe('running');
    await page.getByRole('button', { name: 'Cancel…' }).click();
    await dialog.getByRole('button', { name: 'Cancel the batch' }).click();
    await eventually(async () => expect(await statusOf()).toBe('canceled'));
    await page.getByText('2 of 2 ended').waitFor();
    await expectNoComplaint(visit);
  });
});

describe('what needs a person', () => {
  it('a failure is shown with its remedy, and its retry is watched to its end', async () => {
    stage.fleet.faults.set({ action: IMPORT, instanceId: at(8).target, kind: 'fail_import' });
    const visit = await stage.enter();
    const { page } = visit;
    await stage.send('Mend me', [at(8)]);
    await page
      .getByRole('button', { name: 'Show what failed in Mend me' })
      .click({ timeout: 20_000 });
    await row(page, at(8).database).click();
    const details = page.getByRole('complementary', { name: 'Migration' });
    await details.getByText('What to do:').waitFor();
    await details.getByRole('button', { name: 'Retry: attempt 2' }).click();
    await details.getByText('Succeeded').first().waitFor({ timeout: 20_000 });
    await page.getByRole('button', { name: 'All 1' }).click();
    await row(page, at(8).database).filter({ hasText: 'attempt 2' }).waitFor();
    await expectNoComplaint(visit);
  });

  it('an unknown outcome is not resolved by a slip, and is when it is said what became of it', async () => {
    const { target, database } = at(9);
    stage.fleet.faults.set({ action: IMPORT, instanceId: target, kind: 'reset_before' });
    const visit = await stage.enter();
    const { page } = visit;
    await stage.send('Ask me', [at(9)]);
    await choose(page, 'Ask me');
    await page.getByRole('button', { name: 'Look and resolve' }).click({ timeout: 20_000 });
    const form = page.getByRole('form', { name: 'Did the import start?' });
    await form.getByRole('button', { name: 'Resolve' }).click();
    await form.getByText('Say which of the two it was.').waitFor();
    await form.getByLabel('It started').check();
    await form.getByLabel('ImportId').fill('012');
    await form.getByRole('button', { name: 'Resolve' }).click();
    await form.getByText('does not begin with 0').waitFor();
    await form.getByLabel('It did not start').check();
    await form.getByText('You are taken at your word.').waitFor();
    await form.getByRole('button', { name: 'Resolve' }).click();
    await form.getByText('Look at the imports of the target first').waitFor();
    expect(stage.fleet.world.runsInto(target)).toEqual([]);
    await form.getByLabel('I have looked').check();
    await form.getByRole('button', { name: 'Resolve' }).click();
    await page.getByText('Resolved: it is queued again.').waitFor();
    await row(page, database).filter({ hasText: 'Succeeded' }).waitFor({ timeout: 20_000 });
    expect(stage.fleet.world.runsInto(target)).toHaveLength(1);
    await expectNoComplaint(visit);
  });
});

describe('a key that may only read', () => {
  it('sees all, and is told plainly that it may not steer', async () => {
    const made = await stage.service.request
      .post('/v1/api-keys')
      .send({ name: 'watcher', tenant: 'default', scopes: ['migrations:read'] })
      .expect(201);
    const notBefore = new Date(Date.now() + 86_400_000).toISOString();
    await stage.send('Read me', [at(11)], { notBefore });
    const visit = await stage.visit();
    const { page } = visit;
    await enterKey(page, (made.body as { key: string }).key);
    await choose(page, 'Read me');
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByText('lacks the scope migrations:write').waitFor();
    await page.getByText('This key may not steer batches.').waitFor();
    expect(await page.getByRole('button', { name: 'Pause' }).isDisabled()).toBe(true);
    expect(visit.complaints().filter((one) => !one.includes('403'))).toEqual([]);
    await visit.close();
  });
});
