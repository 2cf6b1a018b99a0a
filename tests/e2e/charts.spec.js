// What the chart over the timeline shows, and the numbers behind it.

import { readFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';

const WAIT = { timeout: 20_000 };

const button = (page, name) => page.getByRole('button', { name });
const story = (page) => page.getByLabel('What happens');

async function rolled(page) {
  await page.goto('./');
  await button(page, /^Apply/).click();
  await page.getByRole('slider', { name: 'Speed' }).fill('7');
  await expect(story(page)).toContainText('All 3 pods run v1', WAIT);
  await button(page, /^Roll to v2/).click();
  await expect(story(page)).toContainText('All 3 pods run v2', WAIT);
  await button(page, /^Pause$/).click();
}

async function saved(page, control) {
  const download = page.waitForEvent('download');
  await control.click();
  return readFileSync(await (await download).path());
}

test('the chart shows pods with what the rollout keeps to, latencies and GPUs', async ({ page }) => {
  await rolled(page);
  const chart = page.getByRole('combobox', { name: 'Chart' });
  await chart.selectOption('Pods');
  await expect(page.getByRole('group', { name: 'Pods', exact: true })).toHaveText(/available 3.*kept to 3–4/);
  await expect(page.getByRole('img', { name: /^Pods over the run/ })).toBeVisible();
  await page.getByRole('slider', { name: 'Instant of the run' }).hover({ position: { x: 60, y: 20 } });
  await expect(page.getByText(/^0:0\d\.\d+ .*available 0, pods 3, with terminating 3 pods$/)).toBeVisible();
  await chart.selectOption('Latency');
  await expect(page.getByRole('group', { name: 'Latency' })).toHaveText(/p99 [\d.]+.*p95/);
  await chart.selectOption('GPUs');
  await expect(page.getByRole('group', { name: 'GPUs' })).toHaveText(/held 0/);
});

test('the numbers are a table and can be taken away', async ({ page }) => {
  await rolled(page);
  await page.getByRole('combobox', { name: 'Chart' }).selectOption('Pods');
  await button(page, 'Numbers').click();
  const dialog = page.getByRole('dialog', { name: 'Numbers' });
  await expect(dialog.getByRole('columnheader', { name: 'answered by v2' })).toBeVisible();
  expect(await dialog.getByRole('row').count()).toBeGreaterThan(10);

  const csv = String(await saved(page, dialog.getByRole('link', { name: 'Download CSV' })));
  expect(csv).toMatch(/^second,answered by v1,answered by v2,/);
  const svg = String(await saved(page, dialog.getByRole('link', { name: /SVG/ })));
  expect(svg).toMatch(/^<svg[^]*\.chart-strong\{stroke:#[0-9a-f]{6}\}/);
  const png = await saved(page, dialog.getByRole('button', { name: /PNG/ }));
  expect(png.subarray(1, 4).toString()).toBe('PNG');
});
