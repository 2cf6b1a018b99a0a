// kubectl's long texts are files of their own, fetched when something first asks for them (see
// app/src/texts.rs).

import { expect, test } from '@playwright/test';

const HELP = /\/texts\/\w+\/help\.txt$/;
const FIELDS = /\/texts\/\w+\/explain\.txt$/;

const log = (page) => page.getByRole('log', { name: 'What was printed' });
const prompt = (page) => page.getByRole('textbox', { name: 'Command line' });

async function type(page, line) {
  await prompt(page).fill(line);
  await prompt(page).press('Enter');
}

test('they come when the terminal has the focus, and are asked for once', async ({ page }) => {
  const asked = [];
  page.on('request', (request) => /\/texts\//.test(request.url()) && asked.push(request.url()));
  await page.goto('./', { waitUntil: 'networkidle' });
  expect(asked).toEqual([]);
  const [help, fields] = [page.waitForResponse(HELP), page.waitForResponse(FIELDS)];
  await prompt(page).focus();
  for (const response of [await help, await fields]) await response.finished();
  await type(page, 'kubectl help | head -n 1');
  await expect(log(page)).toContainText('kubectl controls the Kubernetes cluster manager.');
  await type(page, 'kubectl scale --help | grep -c replicas');
  await type(page, 'kubectl explain deploy.spec.replicas');
  await expect(log(page)).toContainText('FIELD: replicas <integer>');
  expect(asked).toHaveLength(2);
});

test('who asks before they are there waits for them', async ({ page }) => {
  let first = true;
  await page.route(HELP, (route) => {
    const [lost] = [first, (first = false)];
    return lost ? route.abort() : route.continue();
  });
  await page.goto('./');
  await type(page, 'kubectl rollout undo --help');
  await expect(log(page)).toContainText('Roll back to a previous rollout.');
});

test('without them a command says so, and is answered once they can be had', async ({ page }) => {
  await page.route(/\/texts\//, (route) => route.abort());
  await page.goto('./');
  await type(page, 'kubectl get --help; kubectl explain pods; kubectl get ns default -o name');
  await expect(log(page)).toContainText(/error: cannot fetch texts\/\w+\/help\.txt \(no answer\)/);
  await expect(log(page)).toContainText(/error: cannot fetch texts\/\w+\/explain\.txt \(no answer\)/);
  await expect(log(page)).toContainText('namespace/default');
  // The editor goes on without what it would say about a field.
  await page.locator('.cm-content').getByText('replicas', { exact: true }).first().hover();
  await expect(page.locator('.cm-explain')).toContainText('deployment.spec.replicas');

  await page.unroute(/\/texts\//);
  await type(page, 'kubectl explain deploy.spec.replicas; echo code $?');
  await expect(log(page)).toContainText('FIELD: replicas <integer>');
  await expect(log(page)).toContainText('code 0');
});
