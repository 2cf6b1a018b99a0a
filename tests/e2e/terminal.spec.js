// The terminal: lines that are typed, commands that follow virtual time, the keys of a shell.

import { expect, test } from '@playwright/test';

const WAIT = { timeout: 20_000 };

const button = (page, name) => page.getByRole('button', { name });
const slider = (page, name) => page.getByRole('slider', { name });
const log = (page) => page.getByRole('log', { name: 'What was printed' });
const prompt = (page) => page.getByRole('textbox', { name: 'Command line' });
const pods = (page, version, state) =>
  page.getByRole('img', { name: new RegExp(`^${version} pod \\w+: ${state}$`) });

async function type(page, line) {
  await prompt(page).fill(line);
  await prompt(page).press('Enter');
}

test.beforeEach(async ({ page }) => {
  await page.goto('./');
});

test('a rollout is watched as it goes on, and the next line waits for it', async ({ page }) => {
  await type(page, 'kubectl apply -f 1-inference-v1.yaml');
  await expect(log(page)).toContainText('deployment.apps/inference created');
  await expect(button(page, /^Pause$/)).toBeVisible();
  await type(page, 'kubectl rollout status deploy/inference && kubectl get pods | grep -c Running');
  await expect(log(page)).toContainText('0 of 3 updated replicas are available');
  await expect(button(page, /^Stop/)).toBeVisible();
  await slider(page, 'Speed').fill('7');
  await expect(log(page)).toContainText(/successfully rolled out\s+3/, WAIT);
  await expect(button(page, /^Stop/)).toBeHidden();
  await expect(pods(page, 'v1', 'Ready')).toHaveCount(3);

  await button(page, /^Roll to v2/).click();
  await expect(log(page)).toContainText('$ kubectl set env deployment/inference VERSION=v2');
});

test('Ctrl-C ends what runs, and says so when time stands still', async ({ page }) => {
  await type(page, 'kubectl apply -f 1-inference-v1.yaml');
  await button(page, /^Pause$/).click();
  await type(page, 'kubectl rollout status deploy/inference');
  await expect(page.getByText('It runs, but time stands still')).toBeVisible();
  await prompt(page).press('Control+c');
  await expect(log(page)).toContainText('^C');
  await expect(log(page)).toContainText('exit code 130');
  await expect(page.getByText('It runs, but time stands still')).toBeHidden();
});

test('the keys of a shell: history, search, completion, pasted lines', async ({ page }) => {
  await type(page, 'echo one');
  await type(page, 'echo two');
  await prompt(page).press('ArrowUp');
  await prompt(page).press('ArrowUp');
  await expect(prompt(page)).toHaveValue('echo one');
  await prompt(page).press('ArrowDown');
  await expect(prompt(page)).toHaveValue('echo two');
  await prompt(page).press('Control+c');

  await prompt(page).press('Control+r');
  await prompt(page).pressSequentially('one');
  await expect(page.getByText('search: echo one')).toBeVisible();
  await prompt(page).press('Enter');
  await expect(log(page)).toContainText(/echo one\s*one[^]*echo one\s*one/);

  await prompt(page).pressSequentially('kubectl apply -f 1-');
  await prompt(page).press('Tab');
  await expect(prompt(page)).toHaveValue('kubectl apply -f 1-inference-v1.yaml ');
  await prompt(page).press('Enter');
  await expect(log(page)).toContainText('service/inference created');
  await prompt(page).pressSequentially('kubectl get deploy');
  await prompt(page).press('Tab');
  await prompt(page).pressSequentially('inf');
  await prompt(page).press('Tab');
  await expect(prompt(page)).toHaveValue('kubectl get deployments inference ');

  await prompt(page).fill('echo three\necho four\necho fi');
  await expect(prompt(page)).toHaveValue('echo fi');
  await expect(log(page)).toContainText(/echo three\s*three[^]*echo four\s*four/);

  await page.reload();
  await prompt(page).press('ArrowUp');
  await expect(prompt(page)).toHaveValue('echo four');
});

test('looking at the past does not fork the run, changing it does', async ({ page }) => {
  await type(page, 'kubectl apply -f 1-inference-v1.yaml');
  await slider(page, 'Speed').fill('7');
  await expect(pods(page, 'v1', 'Ready')).toHaveCount(3, WAIT);
  await button(page, /^Pause$/).click();
  const track = slider(page, 'Instant of the run');
  await track.focus();
  await track.press('Home');
  for (let second = 0; second < 3; second += 1) await track.press('Shift+ArrowRight');
  await type(page, 'kubectl get pods --no-headers | head -n 1');
  await expect(log(page)).toContainText('0/1');
  await expect(page.getByText('Forked the run')).toBeHidden();
  await type(page, 'kubectl scale deploy/inference --replicas=1');
  await expect(log(page)).toContainText('Forked the run at 0:03');
});

test('what is printed stays text', async ({ page }) => {
  await type(page, "echo '<img src=x onerror=alert(1)>'");
  await expect(log(page)).toContainText('<img src=x onerror=alert(1)>');
  await expect(log(page).locator('img')).toHaveCount(0);
});

test('a name that was printed leads to its object', async ({ page }) => {
  await page.goto('./');
  await page.getByRole('button', { name: /^Apply/ }).click();
  const log = page.getByRole('log', { name: 'What was printed' });
  await log.getByText('deployment.apps/inference created').click({ position: { x: 90, y: 6 } });
  await expect(page.getByRole('combobox', { name: 'Object' })).toHaveValue('deployment/inference');
});
