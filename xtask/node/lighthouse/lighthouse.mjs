// What Lighthouse says of the built page, on a desktop and on a phone: the median of three runs of each
// score, a JSON line each, from 0 to 100. What keeps a run from 100 is told on the error stream.
// `npm ci` in this folder first; dist/ must be built.

import { launch } from 'chrome-launcher';
import lighthouse, { desktopConfig } from 'lighthouse';
import { serve } from '../../../tests/e2e/serve.mjs';

const RUNS = 3;
// Lighthouse's own presets: what it takes for a desktop's line and processor, and for a phone's.
const PRESETS = { desktop: desktopConfig, mobile: undefined };
const CATEGORIES = ['performance', 'accessibility', 'best-practices'];

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

// The audits that count and found something, with what they found.
function wanting({ categories, audits }) {
  const parts = Object.values(categories).flatMap(({ auditRefs }) => auditRefs);
  const counted = parts.filter(({ weight }) => weight > 0).map(({ id }) => audits[id]);
  return counted.filter(({ score }) => score !== null && score < 1);
}

async function scores(preset, chrome) {
  const flags = { port: chrome.port, logLevel: 'error', onlyCategories: CATEGORIES };
  const { lhr } = await lighthouse(server.address, flags, PRESETS[preset]);
  if (lhr.runtimeError) throw new Error(lhr.runtimeError.message);
  for (const { title, displayValue = '', score } of wanting(lhr)) {
    console.error(`${preset}: ${title}: ${displayValue} (${score})`);
  }
  return CATEGORIES.map((category) => 100 * lhr.categories[category].score);
}

const server = await serve(0, true);
try {
  for (const preset of Object.keys(PRESETS)) {
    const runs = [];
    while (runs.length < RUNS) {
      // A browser of its own for each: nothing of the run before is at hand.
      const chrome = await launch({
        chromePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
        chromeFlags: ['--headless=new', '--no-sandbox', '--disable-gpu'],
        logLevel: 'error',
      });
      try {
        runs.push(await scores(preset, chrome));
      } finally {
        chrome.kill();
      }
    }
    CATEGORIES.forEach((category, at) => {
      const name = `lighthouse.${preset}.${category}`;
      const value = Math.round(median(runs.map((run) => run[at])));
      console.log(JSON.stringify({ name, value, unit: 'of 100' }));
    });
  }
} finally {
  server.close();
}
