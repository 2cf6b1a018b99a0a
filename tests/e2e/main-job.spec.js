// The main job, as a person does it: release, roll, ship a bad version, undo, swap a Service.

import { expect, test } from '@playwright/test';

import { editor, read, write } from './manifest.js';

const WAIT = { timeout: 20_000 };

let complaints;

test.beforeEach(async ({ page }) => {
  complaints = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto('./');
});

test.afterEach(() => {
  expect(complaints).toEqual([]);
});

const button = (page, name) => page.getByRole('button', { name });
const story = (page) => page.getByLabel('What happens');
const output = (page) => page.getByRole('log');
const pods = (page, version, state) =>
  page.getByRole('img', { name: new RegExp(`^${version} pod \\w+: ${state}$`) });
const twentyTimes = (page) => page.getByRole('slider', { name: 'Speed' }).fill('7');

async function release(page) {
  await button(page, /^Apply/).click();
  await twentyTimes(page);
  await expect(pods(page, 'v1', 'Ready')).toHaveCount(3, WAIT);
}

test('a release is rolled, a bad one gets stuck and harms nobody, and is undone', async ({ page }) => {
  await expect(editor(page)).toContainText('name: inference');
  await expect(button(page, /^Roll to v2/)).toContainText(
    'kubectl set env deployment/inference VERSION=v2',
  );

  await release(page);
  await expect(output(page)).toContainText('deployment.apps/inference created');
  await expect(story(page)).toContainText('All 3 pods run v1');

  await button(page, /^Roll to v2/).click();
  await expect(story(page)).toContainText('All 3 pods run v2', WAIT);
  await expect(pods(page, 'v2', 'Ready')).toHaveCount(3);
  await expect(pods(page, 'v1', '.*')).toHaveCount(0, WAIT);

  await button(page, /^Ship bad v3/).click();
  await expect(story(page)).toContainText('its readiness probe keeps failing', WAIT);
  await expect(pods(page, 'v2', 'Ready')).toHaveCount(3);
  await expect(pods(page, 'v3', 'not Ready')).toHaveCount(1);

  await button(page, /^Undo/).click();
  await expect(output(page)).toContainText('deployment.apps/inference rolled back');
  await expect(pods(page, 'v3', '.*')).toHaveCount(0, WAIT);
  await expect(story(page)).toContainText('All 3 pods run v2');
  await expect(page.getByText(/^0 failed of [1-9]\d* requests$/)).toBeVisible();
});

test('swapping the selector moves all traffic from blue to green', async ({ page }) => {
  await button(page, /^Scenario/).click();
  await button(page, 'Blue-green').click();
  expect(await read(page)).toContain('name: inference-green');
  await button(page, /^Apply/).click();
  await twentyTimes(page);
  await expect(story(page)).toContainText('v1-blue gets its requests', WAIT);

  await button(page, /^Swap selector/).click();
  await expect(output(page)).toContainText('service/inference patched');
  await expect(story(page)).toContainText('v2-green gets its requests', WAIT);
  const rates = page.getByRole('group', { name: 'Requests per second' });
  await expect(rates).toHaveText(/v1-blue\s*0\s*v2-green\s*[12]\d/, WAIT);
  await expect(page.getByText(/^0 failed of [1-9]\d* requests$/)).toBeVisible();
});

test('a wrong manifest is shown by line and column and changes nothing', async ({ page }) => {
  const text = await read(page);
  await write(page, text.replace('  replicas: 3', '  replicas: three'));
  const problems = page.getByRole('list', { name: 'Problems' });
  await expect(problems.getByRole('button')).toContainText(['8:13']);

  await button(page, /^Apply/).click();
  await expect(output(page)).toContainText('exit code 1');
  await expect(pods(page, 'v1', '.*')).toHaveCount(0);

  await write(page, text);
  await expect(problems).toBeHidden();
});

test('the past can be looked at, and acting there forks the run', async ({ page }) => {
  await release(page);
  await button(page, /^Roll to v2/).click();
  await expect(story(page)).toContainText('All 3 pods run v2', WAIT);
  await button(page, /^Pause$/).click();

  const track = page.getByRole('slider', { name: 'Instant of the run' });
  await track.focus();
  await track.press('Home');
  await expect(page.getByRole('status')).toContainText('acting here forks the run');
  await expect(pods(page, 'v2', '.*')).toHaveCount(0);
  for (let second = 0; second < 4; second += 1) await track.press('Shift+ArrowRight');
  await expect(page.getByLabel('Time since boot')).toHaveText(/^0:04/);
  await expect(pods(page, 'v1', 'loading')).toHaveCount(3);

  await button(page, /^Scale \+/).click();
  await expect(output(page)).toContainText('Forked the run at 0:04');
  await button(page, /^Play$/).click();
  await expect(pods(page, 'v1', 'Ready')).toHaveCount(4, WAIT);
});

test('the keyboard plays, steps and changes the speed', async ({ page }) => {
  await editor(page).focus();
  await page.keyboard.press('Control+Enter');
  await expect(button(page, /^Pause$/)).toBeVisible();
  await page.getByRole('slider', { name: 'Instant of the run' }).focus();
  await page.keyboard.press('Space');
  await expect(button(page, /^Play$/)).toBeVisible();
  const before = await page.getByLabel('Time since boot').textContent();
  await page.keyboard.press('ArrowRight');
  await expect(page.getByLabel('Time since boot')).not.toHaveText(before ?? '');
  await page.keyboard.press(']');
  await expect(page.getByRole('slider', { name: 'Speed' })).toHaveAttribute('aria-valuetext', '2×');
});
