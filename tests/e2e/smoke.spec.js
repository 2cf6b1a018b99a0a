// The optimised page starts in a real browser: only that catches a module broken by its optimiser.

import { expect, test } from '@playwright/test';

test('the page starts without a word on the console', async ({ page }) => {
  const complaints = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));

  await page.goto('./');
  await page.waitForFunction(() => 'wasmBindings' in window);

  await expect(page).toHaveTitle('Rollscope');
  expect(complaints).toEqual([]);
});
