// What becomes of requests: the knobs that change them, the pod that works on them, and why they fail.

import { expect, test } from '@playwright/test';

import { read } from './manifest.js';

const WAIT = { timeout: 20_000 };

const button = (page, name) => page.getByRole('button', { name });
const slider = (page, name) => page.getByRole('slider', { name });
const story = (page) => page.getByLabel('What happens');
const failures = (page) => button(page, /failed of \d+/);

async function release(page) {
  await page.goto('./');
  await button(page, /^Apply/).click();
  await slider(page, 'Speed').fill('7');
  await expect(story(page)).toContainText('All 3 pods run v1', WAIT);
}

test('requests that outlast the grace period are lost, and the page says why', async ({ page }) => {
  await release(page);
  await page.getByRole('tab', { name: 'Knobs' }).click();
  await slider(page, 'Request length').fill('10');
  await expect(page.getByText('from this moment on').first()).toBeVisible();
  await button(page, /^Roll to v2/).click();
  await expect(story(page)).toContainText('All 3 pods run v2', WAIT);

  await expect(page.getByRole('group', { name: 'Requests per second' })).toContainText('v1 failed');
  await failures(page).click();
  const causes = page.getByRole('region', { name: 'Why requests failed' });
  await expect(causes).toContainText('killed at grace end');
  await expect(causes).toContainText('terminationGracePeriodSeconds');
  await expect(causes).toContainText('connection reset by peer');

  await causes.getByRole('button', { name: /^Go to the first/ }).click();
  await expect(page.getByText(/^In the past/)).toBeVisible();
});

test('a pod one points at tells what it does', async ({ page }) => {
  await release(page);
  await button(page, /^Pause$/).click();
  await page.getByRole('img', { name: /^v1 pod/ }).first().focus();
  const card = page.getByRole('tooltip');
  await expect(card).toContainText('Ready for');
  await expect(card).toContainText(/[1-9]\d* answered, 0 failed/);
});

test('the load time stands in the manifest, and nodes make a new run', async ({ page }) => {
  await page.goto('./');
  await page.getByRole('tab', { name: 'Knobs' }).click();
  await slider(page, 'Model load').fill('6');
  expect(await read(page)).toMatch(/\n +sleep 30\n/);

  await button(page, /^Apply/).click();
  await expect(page.getByRole('img', { name: /^v1 pod/ })).toHaveCount(3, WAIT);
  await slider(page, 'Nodes').fill('0');
  await expect(page.getByRole('img', { name: /^v1 pod/ })).toHaveCount(0);
});
