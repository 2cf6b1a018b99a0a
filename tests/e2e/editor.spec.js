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
  await page.keyboard.press('Control+z');
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

test('keystrokes reach the screen quickly', async ({ page }) => {
  await page.goto('./');
  await write(page, Array.from({ length: 40 }, (_, at) => POD.replace('one', `pod-${at}`)).join('---\n'));
  await page.keyboard.press('Control+Home');
  const quartile = await editor(page).evaluate(async (node) => {
    const times = [];
    for (let at = 0; at < 20; at += 1) {
      const start = performance.now();
      document.execCommand('insertText', false, '#');
      await new Promise(requestAnimationFrame);
      times.push(performance.now() - start);
    }
    // The machine of the tests has other things to do as well.
    return times.sort((a, b) => a - b)[times.length >> 2];
  });
  expect(quartile).toBeLessThan(50);
});
