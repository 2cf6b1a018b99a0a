// Measures the built page as a person meets it and prints a JSON line per figure: the first picture on
// a slow machine and line, what passes from an input to the picture that shows it, and the memory that
// play takes. Usage: node page.mjs [MINUTES of play, 2 unless told]

import { chromium } from '@playwright/test';
import { serve } from '../../tests/e2e/serve.mjs';

const MINUTES = Number(process.argv[2] ?? 2);
const TRIES = 15;
// 10 Mbit/s and a round trip of 40 ms, a fourth of the processor.
const LINE = { offline: false, downloadThroughput: 1_250_000, uploadThroughput: 1_250_000, latency: 40 };
const SLOWER = 4;
const MIB = 1 << 20;

function print(name, value, unit) {
  console.log(JSON.stringify({ name, value: Number(value.toPrecision(4)), unit }));
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

async function newPage() {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  page.on('pageerror', (error) => console.error(String(error)));
  return page;
}

// From the navigation to the first picture, and to the stage on it.
async function firstVisit() {
  const page = await newPage();
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Network.enable');
  await cdp.send('Network.emulateNetworkConditions', LINE);
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: SLOWER });
  await page.addInitScript(() => {
    const look = () => {
      const stage = document.querySelector('[aria-label="Stage"]');
      if (!stage) return requestAnimationFrame(look);
      // The picture with the stage stands when the frame after is drawn.
      requestAnimationFrame(() => setTimeout(() => (globalThis.stageAt = performance.now())));
    };
    requestAnimationFrame(look);
  });
  await page.goto(server.address);
  await page.waitForFunction(() => globalThis.stageAt);
  // It is told some time after it was.
  await page.waitForFunction(() => performance.getEntriesByName('first-contentful-paint').length);
  const at = await page.evaluate(() => ({
    stage: globalThis.stageAt,
    first: performance.getEntriesByName('first-contentful-paint')[0].startTime,
  }));
  await page.close();
  return at;
}

// From an input to the end of the frame that it led to, several times, in the page's own time.
async function inputToPaint(page, input, arrange = async () => {}) {
  const times = [];
  for (let tries = TRIES; tries > 0; tries -= 1) {
    await arrange();
    await page.evaluate(() => {
      const begun = (event) => {
        for (const type of ['keydown', 'pointerdown']) removeEventListener(type, begun, true);
        const from = event.timeStamp;
        requestAnimationFrame(() => {
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = () => (globalThis.painted = performance.now() - from);
          port2.postMessage(null);
        });
      };
      globalThis.painted = undefined;
      for (const type of ['keydown', 'pointerdown']) addEventListener(type, begun, true);
    });
    await input();
    await page.waitForFunction(() => globalThis.painted !== undefined);
    times.push(await page.evaluate(() => globalThis.painted));
  }
  return times;
}

function printTimes(name, times) {
  print(`${name}.median`, median(times), 'ms');
  print(`${name}.worst`, Math.max(...times), 'ms');
}

async function inputs() {
  const page = await newPage();
  await page.goto(server.address);
  const editor = page.locator('.cm-content');
  await editor.waitFor();
  await editor.click();
  await page.keyboard.press('ControlOrMeta+End');
  printTimes('page.keystroke', await inputToPaint(page, () => page.keyboard.press('#')));
  const renew = () => page.getByRole('button', { name: 'New run' }).click();
  const apply = page.getByRole('button', { name: /^Apply/ });
  printTimes('page.apply', await inputToPaint(page, () => apply.click(), renew));
  await page.getByRole('slider', { name: 'Speed' }).fill('7');
  await page.getByLabel('What happens').filter({ hasText: 'All 3 pods run v1' }).waitFor();
  await page.getByRole('button', { name: 'Pause', exact: true }).click();
  const track = page.getByRole('slider', { name: 'Instant of the run' });
  await track.focus();
  printTimes('page.scrub', await inputToPaint(page, () => page.keyboard.press('ArrowLeft')));
  await page.close();
}

// What the page holds after some minutes of play at ten times the speed.
async function memory() {
  const page = await newPage();
  await page.addInitScript(() => {
    addEventListener('TrunkApplicationStarted', (event) => (globalThis.program = event.detail.wasm));
  });
  await page.goto(server.address);
  const cdp = await page.context().newCDPSession(page);
  await page.getByRole('button', { name: /^Apply/ }).click();
  await page.getByRole('slider', { name: 'Speed' }).fill('6');
  const held = async () => {
    await cdp.send('HeapProfiler.collectGarbage');
    const { usedSize } = await cdp.send('Runtime.getHeapUsage');
    const program = await page.evaluate(() => globalThis.program.memory.buffer.byteLength);
    return [usedSize / MIB, program / MIB];
  };
  for (const half of ['half', 'end']) {
    await page.waitForTimeout(MINUTES * 30_000);
    const [heap, program] = await held();
    print(`page.memory_${half}.heap`, heap, 'MiB');
    print(`page.memory_${half}.program`, program, 'MiB');
  }
  await page.close();
}

const server = await serve(0, true);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
});
try {
  // The first packs the files.
  await firstVisit();
  const visits = [];
  for (let tries = 5; tries > 0; tries -= 1) visits.push(await firstVisit());
  print('page.first_paint', median(visits.map(({ first }) => first)), 'ms');
  print('page.stage', median(visits.map(({ stage }) => stage)), 'ms');
  await inputs();
  await memory();
} finally {
  await browser.close();
  server.close();
}
