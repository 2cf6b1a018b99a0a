// The page's panes: what the inspector reads, and how the window is divided.

import { expect, test } from '@playwright/test';

const WAIT = { timeout: 20_000 };

const button = (page, name) => page.getByRole('button', { name });
const tab = (page, name) => page.getByRole('tab', { name });
const inspector = (page) => page.getByRole('region', { name: 'Inspector' });
const ready = (page) => page.getByRole('img', { name: /^v1 pod \w+: Ready$/ });

async function release(page) {
  await page.goto('./');
  await button(page, /^Apply/).click();
  await page.getByRole('slider', { name: 'Speed' }).fill('7');
  await expect(ready(page)).toHaveCount(3, WAIT);
  await button(page, /^Pause$/).click();
}

test('an object is read in short, as YAML and as described; names lead on', async ({ page }) => {
  await release(page);
  await tab(page, 'Object').click();
  await expect(inspector(page)).toContainText('3/3');
  await inspector(page).getByRole('button', { name: /^replicaset\/inference-/ }).click();
  await expect(inspector(page).getByRole('combobox', { name: 'Object' })).toHaveValue(/^replicaset/);
  await inspector(page).getByRole('button', { name: /^pod\/inference-/ }).first().click();
  await expect(inspector(page)).toContainText('node/');
  await button(inspector(page), 'YAML').click();
  await expect(inspector(page)).toContainText('containerStatuses:');
  await button(inspector(page), 'Describe').click();
  await expect(inspector(page)).toContainText(/Ready +True/);
});

test('the YAML marks what changed last', async ({ page }) => {
  await release(page);
  await tab(page, 'Object').click();
  await button(inspector(page), 'YAML').click();
  await expect(inspector(page)).toContainText('replicas: 3');
  await button(page, /^Scale to 4|scale .*--replicas=4/).first().click();
  await expect(inspector(page).locator('mark', { hasText: /^ {2}replicas: 4/ })).toBeVisible();
  await expect(inspector(page).locator('mark', { hasText: 'kind: Deployment' })).toHaveCount(0);
});

test('events are filtered by a word and lead to their moment', async ({ page }) => {
  await release(page);
  await tab(page, 'Events').click();
  const rows = inspector(page).getByRole('row');
  const all = await rows.count();
  await page.getByRole('searchbox', { name: 'Filter events' }).fill('scaled up');
  await expect(rows).toHaveCount(1);
  expect(all).toBeGreaterThan(1);
  await rows.first().getByRole('button').first().click();
  await expect(page.getByRole('timer')).toHaveText(/^0:00/);
});

test('panes are closed, opened and resized, and the page remembers', async ({ page }) => {
  await page.goto('./');
  const terminal = page.getByRole('region', { name: 'Terminal' });
  await expect(terminal).toBeVisible();
  await page.getByRole('group', { name: 'Open panes' }).getByRole('button', { name: 'Terminal' }).click();
  await expect(terminal).toBeHidden();
  const edge = page.getByRole('separator', { name: 'Width of the inspector' });
  const before = (await inspector(page).boundingBox()).width;
  await edge.focus();
  await page.keyboard.press('ArrowLeft');
  expect((await inspector(page).boundingBox()).width).toBe(before + 16);
  await page.reload();
  await expect(terminal).toBeHidden();
  expect((await inspector(page).boundingBox()).width).toBe(before + 16);

  const { x, y, height } = await edge.boundingBox();
  await page.mouse.move(x, y + height / 2);
  await page.mouse.down();
  await page.mouse.move(x - 60, y + height / 2, { steps: 3 });
  await page.mouse.up();
  expect((await inspector(page).boundingBox()).width).toBeCloseTo(before + 76, 0);
});

test('a window of 1024 pixels shows terminal and inspector in turn', async ({ page }) => {
  await page.setViewportSize({ width: 1024, height: 768 });
  await page.goto('./');
  await expect(inspector(page)).toBeHidden();
  await page.getByRole('region', { name: 'Terminal' }).getByRole('button', { name: 'Inspector' }).click();
  await expect(inspector(page)).toBeVisible();
  await expect(page.getByRole('region', { name: 'Terminal' })).toBeHidden();
});

test('every strategy is tried on the manifest, and their costs stand side by side', async ({ page }) => {
  await page.goto('./');
  await button(page, 'Compare').click();
  const table = page.getByRole('dialog', { name: 'Strategies compared' });
  const row = (name) => table.getByRole('row', { name });
  await expect(row(/^canary/)).toContainText(/\d s/, WAIT);
  await expect(row(/^recreate/)).toContainText('no ready endpoint');
  await expect(row(/^blue-green/).getByRole('cell').nth(3)).toHaveText('3');
  await expect(row(/^blue-green/).getByRole('cell').nth(4)).toHaveText('6');
  await row(/^blue-green/).getByText('Commands').click();
  await expect(row(/^blue-green/)).toContainText('kubectl patch service inference');
  await page.keyboard.press('Escape');
  await expect(table).toBeHidden();
});

test('everything one can do is found by name, and help explains the words', async ({ page }) => {
  await release(page);
  await page.keyboard.press('Control+k');
  await page.keyboard.type('scale replicas=4');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('log')).toContainText('deployment.apps/inference scaled');
  await page.keyboard.press('?');
  const help = page.getByRole('dialog', { name: 'Help' });
  await help.getByRole('textbox', { name: 'Find a term' }).fill('surge');
  await expect(help).toContainText('A percentage is rounded up.');
  await expect(help).not.toContainText('ResourceQuota');
  await page.keyboard.press('Escape');
  await expect(help).toBeHidden();
});

test('time runs until a rollout is over; a branch that was left is taken up again', async ({ page }) => {
  await release(page);
  const clock = page.getByRole('timer');
  await button(page, /^Roll to v2/).click();
  await page.getByRole('combobox', { name: 'Run until' }).selectOption('a rollout is over');
  await expect(page.getByRole('img', { name: /^v2 pod \w+: Ready$/ })).toHaveCount(3, WAIT);
  await expect(button(page, 'Play')).toBeVisible();
  const over = await clock.textContent();

  await page.getByRole('slider', { name: 'Instant of the run' }).focus();
  await page.keyboard.press('Home');
  await button(page, /^Scale \+/).click();
  await button(page, '1 branch').click();
  await button(page, 'Compare with this run').click();
  const compared = page.getByRole('dialog', { name: 'Branches compared' });
  await expect(compared.getByRole('row')).toHaveCount(3);
  await expect(compared.getByRole('row', { name: /^Left at 0:00/ })).toContainText('inference v2:', WAIT);
  await compared.getByRole('button', { name: 'Close' }).click();
  await button(page, '1 branch').click();
  await page.getByRole('region', { name: 'Branches' }).getByRole('listitem').getByRole('button').click();
  await expect(clock).toHaveText(over);
  await expect(page.getByRole('img', { name: /^v2 pod \w+: Ready$/ })).toHaveCount(3);
  await expect(button(page, '1 branch')).toBeVisible();
});

test('a stretch of the run is played over and over', async ({ page }) => {
  await release(page);
  const clock = page.getByRole('timer');
  const track = page.getByRole('slider', { name: 'Instant of the run' });
  const { x, y, width } = await track.boundingBox();
  await page.keyboard.down('Shift');
  await page.mouse.move(x + width * 0.1, y + 20);
  await page.mouse.down();
  await page.mouse.move(x + width * 0.2, y + 20);
  await page.mouse.up();
  await page.keyboard.up('Shift');
  await expect(page.getByRole('status').filter({ hasText: 'over and over' })).toBeVisible();
  await track.press('Home');
  await button(page, 'Play').click();
  const end = await track.getAttribute('aria-valuemax');
  let last = 0;
  const goesBack = async () => {
    const [minutes, seconds] = (await clock.textContent()).split(':').map(Number);
    const before = last;
    last = 60 * minutes + seconds;
    return last < before;
  };
  await expect.poll(goesBack, WAIT).toBe(true);
  await expect.poll(goesBack, WAIT).toBe(true);
  expect(await track.getAttribute('aria-valuemax')).toBe(end);
  await page.keyboard.press('l');
  await expect(page.getByRole('status').filter({ hasText: 'over and over' })).toBeHidden();
});

test('one dialog takes the place of another, and the focus goes back to where it was', async ({ page }) => {
  const dialog = page.getByRole('dialog');
  await page.goto('./');
  await button(page, 'Share').focus();
  await page.keyboard.press('Enter');
  await expect(dialog).toHaveAccessibleName('Share this run');
  await page.keyboard.press('ControlOrMeta+k');
  await expect(dialog).toHaveAccessibleName('Commands');
  const words = page.getByRole('combobox', { name: 'What to do' });
  await expect(words).toBeFocused();
  await words.fill('what is readiness');
  await page.keyboard.press('Enter');
  await expect(dialog).toHaveAccessibleName('Help');
  await expect(dialog).toHaveCount(1);
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(button(page, 'Share')).toBeFocused();
});
