// Small windows: what is told of a pod stays in sight beside it, and leads to the reasons.

import { expect, test } from '@playwright/test';

const WAIT = { timeout: 20_000 };

const button = (page, name) => page.getByRole('button', { name });
const pods = (page) => page.getByRole('img', { name: /^v1 pod \w+: Ready$/ });

async function release(page) {
  await page.goto('./');
  await button(page, /^Apply/).click();
  // Where there is little room, the floor is folded.
  if (await button(page, 'More').isVisible()) await button(page, 'More').click();
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

test.describe('with fingers, on a short screen', () => {
  test.use({ hasTouch: true, viewport: { width: 360, height: 640 } });

  test('the floor is folded for the stage, until one wants it', async ({ page }) => {
    await page.goto('./');
    const floor = page.getByRole('region', { name: 'Time' });
    const bar = await button(page, 'List').boundingBox();
    const folded = await floor.boundingBox();
    expect(folded.y - bar.y - bar.height).toBeGreaterThanOrEqual(200);
    expect(folded.y + folded.height).toBeLessThanOrEqual(641);
    const [speed, track] = ['Speed', 'Instant of the run'].map((name) => page.getByRole('slider', { name }));
    await expect(track).toBeVisible();
    await expect(speed).toBeHidden();
    for (const each of [button(page, 'Play'), button(page, 'More'), button(page, /^0 failed/)]) {
      const { x, width, height } = await each.boundingBox();
      expect(height).toBeGreaterThanOrEqual(44);
      expect(x + width).toBeLessThanOrEqual(360);
    }
    await button(page, 'More').tap();
    await expect(speed).toBeVisible();
    await expect(page.getByRole('combobox', { name: 'Chart' })).toBeVisible();

    // The choice is kept.
    await page.reload();
    await expect(speed).toBeVisible();
    await button(page, 'Less').tap();
    await expect(speed).toBeHidden();
    // What can be folded is a matter of width: turned, the phone is as it was left.
    await page.setViewportSize({ width: 640, height: 360 });
    await expect(speed).toBeHidden();
    await page.setViewportSize({ width: 1280, height: 800 });
    await expect(speed).toBeVisible();
    await expect(button(page, 'Less')).toBeHidden();
  });
});

test.describe('with fingers', () => {
  test.use({ hasTouch: true, viewport: { width: 390, height: 844 } });

  test('the legend says the requests of every version', async ({ page }) => {
    await release(page);
    await button(page, /^Roll to v2/).tap();
    await button(page, 'Play').tap();
    await page.getByLabel('What happens').filter({ hasText: 'All 3 pods run v2' }).waitFor(WAIT);
    await button(page, /^Pause$/).tap();
    const legend = page.getByRole('group', { name: 'Requests per second' });
    for (const version of ['v1', 'v2']) {
      const entry = legend.locator('.legend-entry').filter({ hasText: version }).locator('.figure');
      const [inner, outer] = [await entry.boundingBox(), await legend.boundingBox()];
      expect(inner.x + inner.width).toBeLessThanOrEqual(outer.x + outer.width);
      expect(inner.y + inner.height).toBeLessThanOrEqual(outer.y + outer.height + 1);
    }
  });

  test('a tap shows the card, a second one the reasons', async ({ page }) => {
    await release(page);
    await pods(page).nth(1).tap();
    await expect(page.getByRole('tooltip')).toContainText('Ready for');
    await pods(page).nth(1).tap();
    await expect(page.getByRole('tab', { name: 'Why?' })).toHaveAttribute('aria-selected', 'true');
    await expect(page.getByRole('combobox', { name: 'Why is' })).toHaveValue(/^pod\/inference-/);
  });
});
