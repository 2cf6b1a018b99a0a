// Many pods: above 60 each is a cell, in the thousands some share one; pointer and keyboard find them.

import { expect, test } from '@playwright/test';

const WAIT = { timeout: 25_000 };

const button = (page, name) => page.getByRole('button', { name });
const slider = (page, name) => page.getByRole('slider', { name });
const cells = (page) => page.getByRole('listbox', { name: 'Pods' });
const card = (page) => page.getByRole('tooltip');

async function type(page, line) {
  const prompt = page.getByRole('textbox', { name: 'Command line' });
  await prompt.fill(line);
  await prompt.press('Enter');
}

async function run(page, replicas) {
  await page.goto('./');
  await type(page, `sed 's/replicas: 3/replicas: ${replicas}/' 1-inference-v1.yaml | kubectl apply -f -`);
  await slider(page, 'Speed').fill('6');
  await expect(page.getByLabel('What happens')).toContainText(/load their model|run v1|Pending/, WAIT);
}

test('the 61st pod turns instruments into cells, which the arrow keys walk over', async ({ page }) => {
  await run(page, 60);
  await expect(page.getByRole('img', { name: /^v1 pod \w+: Ready$/ })).toHaveCount(60, WAIT);
  await expect(cells(page)).toHaveCount(0);
  await type(page, 'kubectl scale deployment/inference --replicas=70');
  await expect(cells(page)).toBeVisible(WAIT);
  await expect(page.getByRole('img', { name: /^v1 pod/ })).toHaveCount(0);

  await button(page, /^Pause$/).click();
  const clock = page.getByRole('timer');
  const before = await clock.textContent();
  await cells(page).focus();
  const option = cells(page).getByRole('option', { name: /^v1 pod \w+: / });
  const first = await option.getAttribute('aria-label');
  await page.keyboard.press('ArrowRight');
  await expect(option).not.toHaveAttribute('aria-label', first);
  await expect(card(page)).toContainText('Readiness');
  expect(await clock.textContent()).toBe(before);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('combobox', { name: 'Why is' })).toHaveValue(/^pod\/inference-/);
});

test('a cell of several pods tells of them all and points at the one that fails', async ({ page }) => {
  await run(page, 2000);
  await type(page, 'kubectl scale deployment/inference --replicas=1990');
  await button(page, /^Pause$/).click();
  await cells(page).hover({ position: { x: 6, y: 10 } });
  await expect(card(page)).toContainText(/\d+ pods here: \d+ \w+/);
  await expect(cells(page).getByRole('option')).toHaveAttribute('aria-label', /^v1, \d+ pods: /);
  await cells(page).click({ position: { x: 6, y: 10 } });
  await expect(page.getByRole('combobox', { name: 'Why is' })).toHaveValue(/^pod\/inference-/);
});
