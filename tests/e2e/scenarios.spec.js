// The gallery of scenarios, and runs that are given away by link and file.

import { expect, test } from '@playwright/test';
import { editor, read } from './manifest.js';

const WAIT = { timeout: 20_000 };

const button = (page, name) => page.getByRole('button', { name });
const story = (page) => page.getByLabel('What happens');
const clock = (page) => page.getByRole('timer');

test('the gallery tells what each scenario is about and opens it', async ({ page }) => {
  await page.goto('./');
  await button(page, /^Scenario/).click();
  const gallery = page.getByRole('dialog', { name: 'Scenarios' });
  await expect(gallery.getByRole('listitem')).toHaveCount(11);
  await expect(gallery).toContainText('there is none left for the pod that maxSurge adds');
  await gallery.getByRole('button', { name: 'No GPU to spare' }).click();
  await expect(gallery).toBeHidden();
  expect(await read(page)).toContain('nvidia.com/gpu: 4');

  await button(page, /^Apply/).click();
  await page.getByRole('slider', { name: 'Speed' }).fill('7');
  await expect(story(page)).toContainText('All 3 pods run v1', WAIT);
  await button(page, /^Roll to v2/).click();
  await expect(page.getByRole('img', { name: /^v2 pod \w+: Pending/ })).toHaveCount(1, WAIT);
  await button(page, /^Make room first/).click();
  await expect(story(page)).toContainText('All 3 pods run v2', WAIT);
});

test('an address opens a scenario', async ({ page }) => {
  await page.goto('./#scenario=canary');
  await expect(button(page, /^Scenario Canary/)).toBeVisible();
  await expect(editor(page)).toContainText('Canary by replica counts');
  await page.goto('./#scenario=quota');
  await expect(button(page, /^Scenario Quota/)).toBeVisible();
});

test('a link brings the same run about on another page', async ({ page, browser }) => {
  await page.goto('./#scenario=recreate');
  await expect(button(page, /^Scenario Recreate/)).toBeVisible();
  await button(page, /^Apply/).click();
  await page.getByRole('slider', { name: 'Speed' }).fill('7');
  await expect(story(page)).toContainText('All 3 pods run v1', WAIT);
  await button(page, /^Roll to v2/).click();
  await expect(story(page)).toContainText('All 3 pods run v2', WAIT);
  await button(page, /^Pause$/).click();
  const failed = await page.getByText(/^\d+ failed of \d+ requests$/).textContent();
  expect(failed).not.toMatch(/^0 /);
  const time = await clock(page).textContent();
  await button(page, 'Share').click();
  const link = await page.getByRole('textbox', { name: 'Link' }).inputValue();

  const other = await (await browser.newContext()).newPage();
  await other.goto(link);
  await expect(button(other, /^Scenario Recreate/)).toBeVisible();
  await expect(story(other)).toContainText('All 3 pods run v2', WAIT);
  await expect(clock(other)).toHaveText(time);
  await expect(other.getByText(failed, { exact: true })).toBeVisible();
  await expect(page.getByRole('dialog', { name: 'Share this run' })).toBeVisible();
});

test('a run is downloaded as a scenario and run again from the file', async ({ page }) => {
  await page.goto('./');
  await button(page, /^Apply/).click();
  await page.getByRole('slider', { name: 'Speed' }).fill('7');
  await expect(story(page)).toContainText('All 3 pods run v1', WAIT);
  await button(page, /^Pause$/).click();
  const time = await clock(page).textContent();
  await button(page, 'Share').click();
  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Download the scenario' }).click();
  const file = await (await download).path();
  await page.getByRole('dialog', { name: 'Share this run' }).getByRole('button', { name: 'Close' }).click();
  await button(page, 'New run').click();
  await expect(story(page)).not.toContainText('All 3 pods run v1');
  await button(page, 'Share').click();
  await page.getByLabel('Run a scenario…').setInputFiles({
    name: 'run.yaml',
    mimeType: 'application/yaml',
    buffer: await import('node:fs').then((fs) => fs.readFileSync(file)),
  });
  await expect(story(page)).toContainText('All 3 pods run v1', WAIT);
  await expect(clock(page)).toHaveText(time);
});

test('a broken link is told, and nothing is run', async ({ page }) => {
  await page.goto('./#run=AAAA');
  const notice = page.getByRole('alert');
  await expect(notice).toContainText('Nothing was run');
  await notice.getByRole('button', { name: 'Dismiss' }).click();
  await expect(notice).toBeHidden();
  await expect(button(page, /^Apply/)).toBeVisible();
});
