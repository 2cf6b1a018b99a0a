// The editor: it takes the text area's place, tells what is wrong where it is wrong, and mends it.

import { expect, test } from '@playwright/test';

import { editor, read, write } from './manifest.js';

const BUNDLE = /\/editor\/code-\w+\.js$/;

const button = (page, name) => page.getByRole('button', { name });
const area = (page) => page.getByRole('textbox', { name: 'Manifest, YAML' });
const problems = (page) => page.getByRole('list', { name: 'Problems' });

const POD = `apiVersion: v1
kind: Pod
metadata:
  name: one
spec:
  containers:
    - name: server
      imagePullPolice: Never
      image: nginx
`;

test('what is typed before the editor is there stays, with the cursor in its place', async ({ page }) => {
  let release;
  const held = new Promise((resolve) => (release = resolve));
  await page.route(BUNDLE, async (route) => {
    await held;
    await route.continue();
  });
  await page.goto('./');
  await area(page).fill('kind: Pod\n');
  await area(page).focus();
  await page.keyboard.press('Control+Home');
  release();
  await expect(editor(page)).toBeFocused();
  await page.keyboard.insertText('# typed on');
  expect(await read(page)).toBe('# typed onkind: Pod\n');
});

test('without the editor the text area serves', async ({ page }) => {
  await page.route(BUNDLE, (route) => route.abort());
  await page.goto('./');
  await area(page).fill(POD);
  await expect(problems(page)).toContainText('unknown field');
  await button(page, 'Change to imagePullPolicy').click();
  await expect(area(page)).toHaveValue(/ {6}imagePullPolicy: Never/);
  await area(page).press('Control+Enter');
  await expect(page.getByRole('log')).toContainText('pod/one created');
});

test('a slip is marked where it is, reached by key and mended by key', async ({ page }) => {
  await page.goto('./');
  await write(page, POD);
  await page.keyboard.press('Control+Home');
  await page.keyboard.press('F8');
  await expect(page.locator('.cm-tooltip-lint')).toContainText('unknown field "spec.containers[0].imagePullPolice"');
  await expect(page.locator('.cm-lintRange-error')).toHaveText('imagePullPolice');
  await page.keyboard.press('Control+.');
  await expect(problems(page)).toBeHidden();
  expect(await read(page)).toBe(POD.replace('Police', 'Policy'));
  await editor(page).press('Control+z');
  await expect(problems(page)).toContainText('imagePullPolice');
});

test('a slip is mended by a press in the list, and the editor keeps the focus', async ({ page }) => {
  await page.goto('./');
  await write(page, POD.replace('apiVersion: v1', 'apiVersion: v1beta1'));
  await button(page, 'Change to v1', { exact: true }).first().click();
  await expect(editor(page)).toBeFocused();
  await expect(button(page, 'Change to v1')).toHaveCount(0);
  expect(await read(page)).toContain('apiVersion: v1\n');
});

test('Escape, then Tab leaves the editor; Tab alone indents', async ({ page }) => {
  await page.goto('./');
  await write(page, 'a: 1\n');
  await page.keyboard.press('Control+Home');
  await page.keyboard.press('Tab');
  expect(await read(page)).toBe('  a: 1\n');
  await editor(page).focus();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Tab');
  await expect(editor(page)).not.toBeFocused();
});

test('keys that steer the page are letters in the editor', async ({ page }) => {
  await page.goto('./');
  await write(page, '#');
  await page.keyboard.type(' [x] ');
  await expect(button(page, /^Play$/)).toBeVisible();
  await expect(page.getByRole('slider', { name: 'Speed' })).toHaveAttribute('aria-valuetext', '1×');
});

test('a text is shown as text, in messages too', async ({ page }) => {
  await page.goto('./');
  await write(page, POD.replace('imagePullPolice', '<img src=x onerror=alert(1)>'));
  await page.keyboard.press('F8');
  await expect(page.locator('.cm-tooltip-lint')).toContainText('<img src=x onerror=alert(1)>');
  await expect(page.locator('.editor img, .cm-tooltip img')).toHaveCount(0);
});

const strip = (page) => page.getByRole('group', { name: 'What Apply changes' });
const output = (page) => page.getByRole('log', { name: 'What was printed' });
const tab = (page, name) => page.getByRole('tab', { name, exact: true });

async function type(page, line) {
  const prompt = page.getByRole('textbox', { name: 'Command line' });
  await prompt.fill(line);
  await prompt.press('Enter');
}

test('what Apply changes is told before it is pressed', async ({ page }) => {
  await page.goto('./');
  await expect(strip(page)).toContainText('Nothing runs yet: Apply creates all of this.');
  const text = await read(page);
  await button(page, /^Apply/).click();
  await expect(strip(page)).toContainText('Apply changes nothing');
  await write(page, text.replace('replicas: 3', 'replicas: 5'));
  await expect(strip(page)).toContainText('scales from 3 to 5 pods: no new revision');
  await strip(page).getByText('deployment/inference').click();
  await expect(strip(page).getByLabel('Difference')).toContainText('+  replicas: 5');
  await write(page, text.replace('busybox:1.36', 'busybox:1.37'));
  await expect(strip(page)).toContainText('a new ReplicaSet and a rollout');
  await write(page, text.replace('  selector: {app: inference}', '  selector: {app: other}'));
  await expect(strip(page)).toContainText('all traffic moves at once');
  await write(page, text.replace('replicas: 3', 'replicas: three'));
  await expect(strip(page)).toContainText('would be refused: see the problems above');
});

// The editor takes no completion in the first 75 ms that it is shown: nobody has read it by then.
const READ = 100;

test('fields, values and names are completed from where one types', async ({ page }) => {
  await page.goto('./');
  await write(page, 'apiVersion: apps/v1\nkind: Deployment\nspec:\n  ');
  await page.keyboard.press('Control+End');
  await page.keyboard.type('stra');
  const options = page.getByRole('listbox', { name: 'Completions' }).getByRole('option');
  await expect(options.first()).toContainText('strategy');
  await expect(page.locator('.cm-completionInfo')).toContainText(/\w/);
  await page.waitForTimeout(READ);
  await page.keyboard.press('Tab');
  await page.keyboard.type('type');
  await expect(options.first()).toContainText('type');
  await page.waitForTimeout(READ);
  await page.keyboard.press('Enter');
  await expect(options).toHaveText(['Recreate', 'RollingUpdate']);
  await page.waitForTimeout(READ);
  await page.keyboard.press('Enter');
  expect(await read(page)).toBe(
    'apiVersion: apps/v1\nkind: Deployment\nspec:\n  strategy:\n    type: Recreate',
  );
});

test('a field is explained where one points at it', async ({ page }) => {
  await page.goto('./');
  await editor(page).getByText('replicas', { exact: true }).first().hover();
  await expect(page.locator('.cm-explain')).toContainText('deployment.spec.replicas');
});

test('files are added, named, deleted and brought back; the terminal sees them', async ({ page }) => {
  await page.goto('./');
  await button(page, 'New file').click();
  await write(page, POD.replace('Police', 'Policy'));
  await page.getByLabel('File actions').click();
  await page.getByRole('textbox', { name: 'Name' }).press('ControlOrMeta+a');
  await page.keyboard.type('pod.yaml');
  await page.keyboard.press('Enter');
  await expect(tab(page, 'pod.yaml')).toHaveAttribute('aria-selected', 'true');
  await type(page, 'kubectl apply -f pod.yaml && cat pod.yaml');
  await expect(output(page)).toContainText('pod/one created');
  await expect(output(page)).toContainText('imagePullPolicy: Never');
  await type(page, "sed -i 's/one/two/' pod.yaml");
  await expect.poll(() => read(page)).toContain('name: two');

  await page.getByLabel('File actions').click();
  await button(page, 'Delete').click();
  await expect(tab(page, 'pod.yaml')).toHaveCount(0);
  await type(page, 'ls');
  await expect(output(page)).not.toContainText(/ls[^]*pod\.yaml/);
  await button(page, 'Undo').last().click();
  await expect(tab(page, 'pod.yaml')).toBeVisible();

  await page.waitForTimeout(600);
  await page.reload();
  await expect(tab(page, 'pod.yaml')).toHaveAttribute('aria-selected', 'true');
  expect(await read(page)).toContain('name: two');
});

test('a text is formatted, and reset to the example', async ({ page }) => {
  await page.goto('./');
  await expect(editor(page)).toBeVisible();
  const text = await read(page);
  await write(page, 'a:\n    b:   # why\n        - 1\n');
  await page.getByLabel('File actions').click();
  await button(page, 'Format').click();
  expect(await read(page)).toBe('a:\n  b:   # why\n    - 1\n');
  await page.getByLabel('File actions').click();
  await button(page, 'Reset to the example').click();
  expect(await read(page)).toBe(text);
});

test('a dropped file gets a tab', async ({ page }) => {
  await page.goto('./');
  await editor(page).evaluate((node, text) => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([text], 'dropped.yaml', { type: 'application/yaml' }));
    node.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
  }, POD);
  await expect(tab(page, 'dropped.yaml')).toHaveAttribute('aria-selected', 'true');
  expect(await read(page)).toBe(POD);
});

test('what was kept and is broken does not break the page', async ({ page }) => {
  await page.addInitScript(() => localStorage.setItem('rollscope.files', 'rollscope files 1\nexample 0 9\nfile'));
  await page.goto('./');
  await expect(tab(page, '1-inference-v1.yaml')).toBeVisible();
  expect(await read(page)).toContain('name: inference');
});
