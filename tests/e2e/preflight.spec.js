// The preflight: what is likely to go wrong with a manifest, as runs show it, and what mends it.

import { expect, test } from '@playwright/test';

import { editor, read, write } from './manifest.js';

const WAIT = { timeout: 30_000 };

const WEB = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 3
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
      - name: server
        image: registry.example/inference:v1
        ports:
        - {name: http, containerPort: 8080}
        lifecycle:
          preStop: {sleep: {seconds: 5}}
        resources:
          requests: {cpu: 500m}
---
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector: {app: web}
  ports:
  - {port: 80, targetPort: http}
`;

const dialog = (page) => page.getByRole('dialog', { name: 'Preflight' });
const status = (page) => dialog(page).getByRole('status');

async function open(page) {
  await page.getByRole('group', { name: 'What Apply changes' }).getByRole('button', { name: 'Preflight' }).click();
}

test('a finding is shown by a run, its fix is applied, and the next run is clean', async ({ page }) => {
  await page.goto('./');
  await write(page, WEB);
  await open(page);
  const finding = dialog(page).getByRole('listitem').filter({ hasText: 'Nothing asks whether the pod is ready' });
  await expect(finding).toContainText(/failed: \d+ × pod still loading/, WAIT);
  await expect(status(page)).toContainText(/^1 failure in \d+ runs\./, WAIT);
  await expect(finding).toContainText(/none of [\d,]+ requests failed/);
  await finding.getByRole('button', { name: /^Apply the fix: add a readinessProbe/ }).click();
  await expect(status(page)).toContainText(/^Applied to .*: add a readinessProbe/);
  await expect(status(page)).toContainText('Nothing found', WAIT);
  await expect(dialog(page)).toContainText('deployment/web rolled to v2: complete');
  await page.keyboard.press('Escape');
  await expect(dialog(page)).toBeHidden();
  expect(await read(page)).toContain('readinessProbe:');
  await editor(page).focus();
  await page.keyboard.press('Control+z');
  expect(await read(page)).toBe(WEB);
});

test('a press on its line goes to the place in the manifest', async ({ page }) => {
  await page.goto('./');
  await write(page, WEB.replace('replicas: 3', 'replicas: 3\n  revisionHistoryLimit: 0'));
  await page.keyboard.press('Control+k');
  await page.keyboard.type('preflight');
  await page.keyboard.press('Enter');
  const finding = dialog(page).getByRole('listitem').filter({ hasText: 'A release cannot be taken back' });
  await expect(finding).toContainText('no rollout history found', WAIT);
  await finding.getByRole('button', { name: 'line 7' }).click();
  await expect(dialog(page)).toBeHidden();
  await page.keyboard.insertText('5');
  expect(await read(page)).toContain('revisionHistoryLimit: 5\n');
});

test('a field in the wrong place is told with where it belongs, and moved there', async ({ page }) => {
  await page.goto('./');
  await write(page, WEB.replace('    spec:\n', '    spec:\n      strategy: {type: Recreate}\n'));
  await open(page);
  const finding = dialog(page).getByRole('listitem').filter({ hasText: 'A field stands in the wrong place' });
  await expect(finding).toContainText('it belongs to spec.strategy');
  await finding.getByText('move it to spec.strategy').click();
  await expect(finding.getByLabel('Difference')).toContainText('+  strategy:');
  await finding.getByRole('button', { name: /^Apply the fix/ }).click();
  await expect(dialog(page)).toContainText('Recreate leaves nobody to answer', WAIT);
});

test('a text without objects ends with a sentence', async ({ page }) => {
  await page.goto('./');
  await write(page, '# nothing\n');
  await open(page);
  await expect(status(page)).toHaveText('Nothing was tried: there is no object in the manifest to try.');
});
