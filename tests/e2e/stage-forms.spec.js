// The stage's other forms: the pods on their nodes and as a table; and the commands for what is there.

import { expect, test } from '@playwright/test';

const WAIT = { timeout: 20_000 };

const button = (page, name) => page.getByRole('button', { name, exact: true });
const log = (page) => page.getByRole('log', { name: 'What was printed' });
const menu = (page) => page.getByRole('menu');

async function type(page, line) {
  const prompt = page.getByRole('textbox', { name: 'Command line' });
  await prompt.fill(line);
  await prompt.press('Enter');
}

test.beforeEach(async ({ page }) => {
  await page.goto('./');
  await type(page, 'kubectl apply -f 1-inference-v1.yaml');
  await page.getByRole('slider', { name: 'Speed' }).fill('7');
  await expect(page.getByLabel('What happens')).toContainText('All 3 pods run v1', WAIT);
});

test('pods stand on their nodes with their GPUs, and those without wait outside', async ({ page }) => {
  await button(page, 'Nodes').click();
  await expect(page.getByText('Nobody waits outside')).toBeVisible();
  const node = page.getByRole('region', { name: /^Node gpu-node-2: Ready/ });
  await expect(node).toBeVisible();
  await type(page, 'kubectl set resources deployment/inference --limits=nvidia.com/gpu=3');
  await type(page, 'kubectl scale deployment/inference --replicas=6');
  await expect(page.getByText('Insufficient nvidia.com/gpu').first()).toBeVisible(WAIT);
  await expect(page.getByRole('img', { name: '3 of 4 GPUs taken' }).first()).toBeVisible();

  await button(page, 'Commands for node/gpu-node-2').click();
  await menu(page).getByRole('menuitem', { name: /kubectl cordon gpu-node-2/ }).click();
  await expect(log(page)).toContainText('node/gpu-node-2 cordoned');
  await expect(node).toContainText('SchedulingDisabled');
});

test('the table has what the stage shows, and finds those that are not Ready', async ({ page }) => {
  await button(page, 'List').click();
  const table = page.getByRole('table', { name: 'Pods' });
  await expect(table.getByRole('row')).toHaveCount(4);
  await expect(table).toContainText(/inference-\w+-\w+\s*v1\s*Ready\s*yes\s*0\s*gpu-node-\d/);
  await page.getByRole('checkbox', { name: /only those that are not Ready/ }).check();
  await expect(table.getByRole('row')).toHaveCount(1);
  await page.getByRole('checkbox', { name: /only those that are not Ready/ }).uncheck();
  await table.getByRole('button').first().click();
  await expect(page.getByRole('combobox', { name: 'Why is' })).toHaveValue(/^pod\/inference-/);
});

test('the menu of a pod shows commands and types them, by pointer and by key', async ({ page }) => {
  const pod = page.getByRole('img', { name: /^v1 pod/ }).first();
  await pod.click({ button: 'right' });
  await expect(menu(page).getByRole('menuitem').first()).toBeFocused();
  await menu(page).getByRole('menuitem', { name: /kubectl exec .* rm \/tmp\/ready/ }).click();
  await expect(log(page)).toContainText(/kubectl exec inference-\S+ -- rm \/tmp\/ready/);
  await expect(page.getByRole('img', { name: /^v1 pod \w+: not Ready$/ })).toHaveCount(1, WAIT);

  await pod.focus();
  await page.keyboard.press('m');
  await expect(menu(page).getByRole('menuitem').first()).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(menu(page)).toHaveCount(0);
  await expect(pod).toBeFocused();

  await button(page, 'Commands for deployment/inference').click();
  await menu(page).getByRole('menuitem', { name: /rollout restart/ }).click();
  await expect(log(page)).toContainText('deployment.apps/inference restarted');
});

test('a dashed line leads to a pod that will be sent requests, and the table says when', async ({ page }) => {
  await button(page, /^Ship bad v3/).click();
  const bad = page.getByRole('img', { name: /^v3 pod \w+: not Ready/ });
  await expect(bad).toHaveCount(1, WAIT);
  await button(page, /^Pause$/).click();
  await expect(bad.locator('.drop.coming')).toHaveCount(1);
  await expect(page.locator('.stage .drop.open')).toHaveCount(3);
  await expect(page.getByText('requests once Ready')).toBeVisible();
  await bad.focus();
  await expect(page.getByRole('tooltip')).toContainText('sends it requests once it is Ready');
  await expect(page.getByRole('group', { name: /^Service inference/ })).toHaveAccessibleName(/1 more once Ready$/);
  await button(page, 'List').click();
  const rows = page.getByRole('table', { name: 'Pods' }).getByRole('row');
  await expect(rows.filter({ hasText: 'once Ready' })).toHaveCount(1);
  await expect(rows.filter({ hasText: 'yes' }).filter({ hasText: 'v1' })).toHaveCount(3);
});

test('what a selector would match is seen before it is applied', async ({ page }) => {
  await page.goto('./#scenario=blue-green');
  await button(page, /^Scenario Blue-green/).waitFor();
  await button(page, /^Apply/).click();
  const ready = page.getByRole('img', { name: /^v\d-\w+ pod \w+: Ready$/ });
  await expect.poll(() => ready.count(), WAIT).toBeGreaterThan(3);
  const would = page.locator('.stage .drop.foreseen');
  await expect(would).toHaveCount(0);
  await button(page, /^Swap selector/).hover();
  await expect(would).toHaveCount(2);
  await expect(page.getByText('after this act: it sets color=green')).toBeVisible();
  await button(page, /^Swap selector/).click();
  const green = page.getByRole('img', { name: /^v2-green pod/ });
  await expect(green.locator('.drop.open')).toHaveCount(2, WAIT);
  await page.getByLabel('What happens').hover();
  // The manifest still says blue: applied, it would swap back.
  const blue = page.getByRole('img', { name: /^v1-blue pod/ });
  await expect(blue.locator('.drop.foreseen')).toHaveCount(2);
  await expect(green.locator('.drop.foreseen')).toHaveCount(0);
  await expect(page.getByText('after Apply: the manifest says color=blue')).toBeVisible();
});
