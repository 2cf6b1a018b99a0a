// A fault of ours: the page says so, gives the run away as a link, and keeps what was typed.

import { expect, test } from '@playwright/test';

import { editor, read, write } from './manifest.js';

const WAIT = { timeout: 20_000 };
const TYPED = '# Typed before the fault.\n';

const button = (page, name) => page.getByRole('button', { name });
const story = (page) => page.getByLabel('What happens');

test('a fault is told with a link to the run, and nothing that was typed is lost', async ({ page }) => {
  await page.goto('./');
  await button(page, /^Apply/).click();
  await page.getByRole('slider', { name: 'Speed' }).fill('7');
  await expect(story(page)).toContainText('All 3 pods run v1', WAIT);
  await button(page, /^Roll to v2/).click();
  await expect(story(page)).toContainText('All 3 pods run v2', WAIT);
  const seconds = async (of) => {
    const [minutes, rest] = (await of.getByRole('timer').textContent()).split(':').map(Number);
    return 60 * minutes + rest;
  };
  const broke = await seconds(page);
  await expect(editor(page)).toBeVisible(WAIT);
  await write(page, TYPED);

  // A frame that lasts for ever is more than the program counts with: it panics.
  const errors = [];
  page.on('pageerror', (error) => errors.push(error));
  await page.evaluate(() => {
    performance.now = () => Infinity;
  });
  const fault = page.getByRole('alert').filter({ hasText: 'a fault of ours' });
  await expect(fault).toBeVisible();
  await expect(fault).toContainText('panicked at');
  await expect(fault).toContainText('Your files are kept.');
  await expect(fault).toContainText('seed: 7');
  await expect(fault).toContainText('kubectl: set env deployment/inference VERSION=v2');
  expect(errors.length).toBeGreaterThan(0);

  // The link brings the run about again, on a page of its own.
  const opened = page.waitForEvent('popup');
  await fault.getByRole('link').click();
  const other = await opened;
  // Not only up to the last command: up to where it broke.
  await expect(other.getByRole('log')).toContainText('kubectl set env deployment/inference VERSION=v2', WAIT);
  await expect(story(other)).toContainText('All 3 pods run v2', WAIT);
  await expect.poll(() => seconds(other), WAIT).toBeGreaterThanOrEqual(broke);
  await other.close();

  // And the page itself begins again, with what was typed.
  await page.reload();
  await expect(editor(page)).toBeVisible(WAIT);
  expect(await read(page)).toBe(TYPED);
});
