// Pods show what they do: pulling, probes against their thresholds, killed; and what a script could
// not do is told.

import { expect, test } from '@playwright/test';

import { read, write } from './manifest.js';

const WAIT = { timeout: 20_000 };

const button = (page, name) => page.getByRole('button', { name });
const slider = (page, name) => page.getByRole('slider', { name });
const pods = (page, version, state) =>
  page.getByRole('img', { name: new RegExp(`^${version} pod \\w+: ${state}$`) });

test('a pod pulls its image, and a failing probe is counted', async ({ page }) => {
  await page.goto('./');
  await slider(page, 'Speed').fill('0');
  await button(page, /^Apply/).click();
  await expect(pods(page, 'v1', 'pulling')).toHaveCount(3, WAIT);
  await expect(page.getByLabel('What happens')).toContainText('wait for their image');

  await slider(page, 'Speed').fill('7');
  await expect(pods(page, 'v1', 'Ready')).toHaveCount(3, WAIT);
  await button(page, /^Ship bad v3/).click();
  const bad = pods(page, 'v3', 'not Ready');
  await expect(bad).toContainText('probe ✕3/3', WAIT);
  await bad.focus();
  await expect(page.getByRole('tooltip')).toContainText(/✕ in a row \(3 allowed\)/);
});

test('what a script could not do is told, with its line', async ({ page }) => {
  await page.goto('./');
  const text = await read(page);
  await write(page, text.replace('touch /tmp/ready', 'nvidia-smi\n              touch /tmp/ready'));
  const problems = page.getByRole('list', { name: 'Problems' });
  await expect(problems).toContainText('nvidia-smi: not found in the image');
  await button(page, /^Apply/).click();
  await expect(page.getByRole('log')).toContainText('nvidia-smi: not found in the image');
});
