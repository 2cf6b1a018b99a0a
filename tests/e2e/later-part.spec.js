// The program comes in two parts: a first visit fetches one, the other comes when a person reaches
// for something (see app/later.js).

import { expect, test } from '@playwright/test';

const LATER = /_later\.wasm$/;

const apply = (page) => page.getByRole('button', { name: /^Apply/ });
const output = (page) => page.getByRole('log');

const SCREENS = [[1920, 1080], [1600, 900], [1440, 900], [1280, 800], [1100, 800], [1024, 768], [768, 1024], [390, 844], [360, 640]];

for (const [width, height] of SCREENS) {
  test(`at ${width} × ${height} opening the page fetches the first part alone; a move of the pointer, the other`, async ({
    page,
  }) => {
    const fetched = [];
    page.on('request', (request) => fetched.push(new URL(request.url()).pathname));
    await page.setViewportSize({ width, height });
    await page.goto('./', { waitUntil: 'networkidle' });
    await expect(apply(page)).toBeVisible();
    expect(fetched.filter((path) => path.endsWith('.wasm'))).toHaveLength(1);
    expect(fetched.filter((path) => LATER.test(path))).toEqual([]);

    const later = page.waitForResponse(LATER);
    await page.mouse.move(10, 10);
    expect((await later).ok()).toBe(true);
  });
}

const TURNS = [[[1440, 900], [1350, 940]], [[390, 844], [844, 390]], [[768, 1024], [1024, 768]]];

for (const [first, then] of TURNS) {
  test(`a window that turns from ${first} to ${then} and back fetches nothing`, async ({ page }) => {
    const fetched = [];
    page.on('request', (request) => LATER.test(request.url()) && fetched.push(request.url()));
    for (const [width, height] of [first, then, first]) {
      await page.setViewportSize({ width, height });
      if (page.url() === 'about:blank') await page.goto('./', { waitUntil: 'networkidle' });
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))));
    }
    await page.waitForLoadState('networkidle');
    expect(fetched).toEqual([]);
  });
}

test('what needs the other part before it is there waits for it', async ({ page }) => {
  await page.route(LATER, (route) =>
    route.request().resourceType() === 'fetch' ? route.abort() : route.continue(),
  );
  await page.goto('./');
  await apply(page).click();
  await expect(output(page)).toContainText('deployment.apps/inference created');
});

test('a part that cannot be had is told', async ({ page }) => {
  await page.route(LATER, (route) => route.abort());
  await page.goto('./');
  await apply(page).click();
  await expect(page.getByRole('alert')).toContainText('A part of Rollscope could not be fetched');
});

test('who leaves at once waits for nothing', async ({ page }) => {
  const trouble = [];
  page.on('pageerror', (error) => trouble.push(String(error)));
  page.on('request', (request) => LATER.test(request.url()) && trouble.push(request.url()));
  await page.goto('./', { waitUntil: 'networkidle' });
  await page.goto('about:blank');
  expect(trouble).toEqual([]);
});
