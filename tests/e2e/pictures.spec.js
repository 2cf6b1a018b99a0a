// Pictures of every scenario at set moments, for people to look at: tests/e2e/pictures/. A link with
// the run in it brings each moment about, so a picture changes only when the page does.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { expect, test } from '@playwright/test';

const EXAMPLES = join(__dirname, '../../app/examples');
const FOLDER = join(__dirname, 'pictures');
const WAIT = { timeout: 20_000 };
const V2 = 'set env deployment/inference VERSION=v2';

const SCENARIOS = [
  ['rolling-update', '1-inference-v1.yaml', V2],
  ['surge', '7-surge.yaml', V2],
  ['blue-green', '4-blue-green.yaml', `patch service inference -p '{"spec":{"selector":{"color":"green"}}}'`],
  ['canary', '5-canary.yaml', 'scale deployment/inference-canary --replicas=3'],
  ['recreate', '6-recreate.yaml', V2],
  ['gpus', '8-gpus.yaml', V2],
  ['no-prestop', '9-no-prestop.yaml', V2],
  ['liveness', '10-liveness.yaml', 'rollout restart deployment/inference'],
  ['quota', '11-quota.yaml', V2],
  ['autoscaler', '12-autoscaler.yaml', V2],
];
const SCREENS = [
  ['wide-light', { width: 1440, height: 900 }, 'light'],
  ['wide-dark', { width: 1440, height: 900 }, 'dark'],
  ['narrow-light', { width: 390, height: 844 }, 'light'],
];

// The address that shows a scenario some seconds after the act that it is about.
function address(slug, file, act, seconds) {
  const text = readFileSync(join(EXAMPLES, file), 'utf8');
  const scenario = {
    seed: 7,
    files: { [file]: text },
    steps: [
      { at: '0s', kubectl: `apply -f ${file}` },
      { at: '45s', kubectl: act },
    ],
    for: `${45 + seconds}s`,
  };
  // JSON is YAML.
  const packed = deflateRawSync(JSON.stringify(scenario)).toString('base64url');
  return `./#scenario=${slug}&run=${packed}`;
}

for (const [slug, file, act] of SCENARIOS) {
  for (const [screen, viewport, colorScheme] of SCREENS) {
    test(`${slug}, ${screen}`, async ({ page }) => {
      const errors = [];
      page.on('pageerror', (error) => errors.push(String(error)));
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme });
      await page.goto(address(slug, file, act, 9));
      await expect(page.getByRole('timer')).toHaveText('0:54.000', WAIT);
      await expect(page.getByLabel('What happens')).toHaveText(/\w/);
      await expect(page.getByRole('alert')).toHaveCount(0);
      const beyond = () => document.documentElement.scrollWidth - document.documentElement.clientWidth;
      expect(await page.evaluate(beyond)).toBe(0);
      await page.screenshot({ path: join(FOLDER, `${slug}-${screen}.png`) });
      expect(errors).toEqual([]);
    });
  }
}

test('on paper there is the run, and nothing to press', async ({ page }) => {
  await page.goto(address(...SCENARIOS[0], 9));
  await expect(page.getByRole('timer')).toHaveText('0:54.000', WAIT);
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
  await expect(page.getByRole('button', { name: 'Play' })).toBeHidden();
  await expect(page.getByLabel('What happens')).toBeVisible();
  await expect(page.getByRole('img', { name: /^v2 pod \w+/ }).first()).toBeVisible();
  await page.screenshot({ path: join(FOLDER, 'paper.png'), fullPage: true });
});
