// Small windows: what is told of a pod stays in sight beside it, and leads to the reasons.

import { expect, test } from '@playwright/test';

const WAIT = { timeout: 20_000 };

const button = (page, name) => page.getByRole('button', { name });
const pods = (page) => page.getByRole('img', { name: /^v1 pod \w+: Ready$/ });

async function release(page) {
  await page.goto('./');
  await button(page, /^Apply/).click();
  await page.getByRole('slider', { name: 'Speed' }).fill('7');
  await expect(pods(page)).toHaveCount(3, WAIT);
  await button(page, /^Pause$/).click();
}

for (const [width, height] of [[360, 640], [390, 844], [1280, 620], [1280, 800]]) {
  test(`at ${width} × ${height} a pod's card is in the window and not on the pod`, async ({ page }) => {
    await page.setViewportSize({ width, height });
    await release(page);
    for (const pod of await pods(page).all()) {
      await pod.focus();
      const card = page.getByRole('tooltip');
      await expect(card).toContainText('Ready for');
      const at = await card.boundingBox();
      expect(at.x).toBeGreaterThanOrEqual(0);
      expect(at.x + at.width).toBeLessThanOrEqual(width);
      expect(at.y).toBeGreaterThanOrEqual(0);
      expect(at.y + at.height).toBeLessThanOrEqual(height);
      const sign = await pod.locator('.ground').boundingBox();
      const [x, y] = [sign.x + sign.width / 2, sign.y + sign.height / 2];
      const covered = x > at.x && x < at.x + at.width && y > at.y && y < at.y + at.height;
      expect(covered).toBe(false);
    }
  });

  test(`at ${width} × ${height} no command leaves its button`, async ({ page }) => {
    await page.setViewportSize({ width, height });
    await page.goto('./');
    for (const act of await page.getByRole('navigation', { name: 'Acts' }).getByRole('button').all()) {
      const spare = await act.evaluate((node) => node.clientWidth - node.scrollWidth);
      expect(spare).toBeGreaterThanOrEqual(0);
    }
  });
}

for (const width of [360, 390]) {
  test.describe(`with fingers, ${width} wide`, () => {
    test.use({ hasTouch: true, viewport: { width, height: 844 } });

    test('the head is one line, and what is pressed is as large as a finger', async ({ page }) => {
      await release(page);
      const head = page.getByRole('banner');
      const title = await head.getByRole('heading').boundingBox();
      const buttons = await head.getByRole('button').all();
      expect(buttons).toHaveLength(2);
      const others = ['Play', 'Step back', 'To the end', 'Stage', 'Path'].map((name) => button(page, name));
      const chart = page.getByRole('combobox', { name: 'Chart' });
      for (const each of [...buttons, ...others, chart]) {
        const { x, width: across, height } = await each.boundingBox();
        expect(height).toBeGreaterThanOrEqual(44);
        expect(x + across).toBeLessThanOrEqual(width);
      }
      for (const each of buttons) {
        const { y, height } = await each.boundingBox();
        const middle = title.y + title.height / 2;
        expect(Math.abs(y + height / 2 - middle)).toBeLessThan(2);
      }
    });

    test('the menu holds what the head has no room for', async ({ page }) => {
      await page.goto('./');
      await expect(button(page, 'Share')).toBeHidden();
      await button(page, 'Menu').tap();
      for (const name of ['New run', 'Compare', 'Share', 'Commands', 'Help', /theme$/]) {
        const at = await button(page, name).boundingBox();
        expect(at.x + at.width).toBeLessThanOrEqual(width);
        expect(at.height).toBeGreaterThanOrEqual(44);
      }
      await page.keyboard.press('Escape');
      await expect(button(page, 'Share')).toBeHidden();
      await button(page, 'Menu').tap();
      await button(page, 'Share').tap();
      await expect(page.getByRole('dialog', { name: 'Share this run' })).toBeVisible();
      await page.keyboard.press('Escape');
      await expect(page.getByRole('dialog')).toBeHidden();
      await expect(button(page, 'Share')).toBeHidden();
    });

    test('the list of branches is in the window', async ({ page }) => {
      await release(page);
      await page.getByRole('slider', { name: 'Instant of the run' }).press('Home');
      await button(page, /^Scale \+/).tap();
      await button(page, '1 branch').tap();
      const at = await page.getByRole('region', { name: 'Branches' }).boundingBox();
      expect(at.x).toBeGreaterThanOrEqual(0);
      expect(at.x + at.width).toBeLessThanOrEqual(width);
    });
  });
}

test.describe('with fingers', () => {
  test.use({ hasTouch: true, viewport: { width: 390, height: 844 } });

  test('a tap shows the card, a second one the reasons', async ({ page }) => {
    await release(page);
    await pods(page).nth(1).tap();
    await expect(page.getByRole('tooltip')).toContainText('Ready for');
    await pods(page).nth(1).tap();
    await expect(page.getByRole('tab', { name: 'Why?' })).toHaveAttribute('aria-selected', 'true');
    await expect(page.getByRole('combobox', { name: 'Why is' })).toHaveValue(/^pod\/inference-/);
  });
});
