// axe finds nothing serious on any screen, in both themes, wide and narrow.

import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '@playwright/test';

const WAIT = { timeout: 20_000 };

// axe reads every element's colours.
test.setTimeout(240_000);

const button = (page, name) => page.getByRole('button', { name });
const tab = (page, name) => page.getByRole('tab', { name });

async function midRollout(page) {
  await page.goto('./');
  await button(page, /^Apply/).click();
  await page.getByRole('slider', { name: 'Speed' }).fill('7');
  await expect(page.getByLabel('What happens')).toContainText('All 3 pods run v1', WAIT);
  await button(page, /^Ship bad v3/).click();
  await expect(page.getByRole('img', { name: /^v3 pod \w+/ })).toHaveCount(1, WAIT);
  await button(page, /^Pause$/).click();
}

// Everything serious on the page as it stands, with where it is.
async function serious(page) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  return grave.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id} ${target}: ${failureSummary}`));
}

const DIALOGS = [/^Scenario/, 'Compare', 'Preflight', 'Share', 'Commands', 'Help', 'Numbers'];

for (const colorScheme of ['light', 'dark']) {
  test(`nothing serious on the page, ${colorScheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme });
    await page.goto('./');
    expect(await serious(page)).toEqual([]);
    await midRollout(page);
    expect(await serious(page)).toEqual([]);
    for (const name of ['Object', 'Events', 'Knobs', 'Why']) {
      await tab(page, name).click();
      expect(await serious(page), name).toEqual([]);
    }
  });

  test(`nothing serious in the dialogs, ${colorScheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme });
    await midRollout(page);
    for (const name of DIALOGS) {
      await button(page, name).first().click();
      await expect(page.getByRole('dialog')).toBeVisible();
      expect(await serious(page), String(name)).toEqual([]);
      await page.keyboard.press('Escape');
      await expect(page.getByRole('dialog')).toBeHidden();
    }
  });

  test(`nothing serious on a narrow screen, ${colorScheme}`, async ({ page }) => {
    await page.setViewportSize({ width: 390, height: 844 });
    await page.emulateMedia({ colorScheme });
    await midRollout(page);
    for (const name of ['Stage', 'Manifest', 'Terminal', 'Inspector']) {
      await page.getByRole('group', { name: 'Panes' }).getByRole('button', { name }).click();
      expect(await serious(page), name).toEqual([]);
    }
    await button(page, 'Menu').click();
    expect(await serious(page), 'Menu').toEqual([]);
  });
}
