// Opens the instrumented page in FOLDER and prints the numbers of the functions that ran until its
// first pictures stood: on wide and narrow screens, light and dark, and after the window changed its
// size, as it does when a phone is turned.
// Usage: node first-visit.mjs FOLDER NOTES FUNCTIONS
//
// NOTES is where in the module's memory each function left its mark.

import { chromium } from '@playwright/test';
import { serve } from '../../tests/e2e/serve.mjs';

const [notes, functions] = process.argv.slice(3).map(Number);
const SCREENS = [
  { viewport: { width: 1920, height: 1080 }, colorScheme: 'light' },
  { viewport: { width: 1440, height: 900 }, colorScheme: 'dark' },
  { viewport: { width: 1280, height: 800 }, colorScheme: 'light' },
  { viewport: { width: 1024, height: 768 }, colorScheme: 'light' },
  { viewport: { width: 768, height: 1024 }, colorScheme: 'light' },
  { viewport: { width: 390, height: 844 }, colorScheme: 'dark' },
];

async function functionsCalled(screen) {
  const page = await browser.newPage(screen);
  page.on('pageerror', (error) => console.error(String(error)));
  await page.addInitScript(() => {
    addEventListener('TrunkApplicationStarted', (event) => (globalThis.program = event.detail.wasm));
  });
  await page.goto(server.address);
  await page.getByRole('button', { name: /^Apply/ }).waitFor();
  // Where there is room for it, the editor takes its place.
  if (screen.viewport.width > 1000) await page.locator('.cm-editor').waitFor();
  const frames = async () => {
    for (let frames = 20; frames > 0; frames -= 1) {
      await new Promise(requestAnimationFrame);
      // What ends with an object of JavaScript runs when that is collected, soon or late.
      if (frames % 10 === 0) globalThis.gc();
    }
  };
  const { width, height } = screen.viewport;
  const other = width > height ? { width: width - 30, height: height + 40 } : { width: height, height: width };
  for (const viewport of [screen.viewport, other, screen.viewport]) {
    await page.setViewportSize(viewport);
    await page.evaluate(frames);
  }
  return page.evaluate(
    ([notes, functions]) => {
      // Who leaves at once must not wait for more.
      dispatchEvent(new Event('pagehide'));
      const marks = new Uint8Array(globalThis.program.memory.buffer, notes, functions);
      return Array.from(marks.keys()).filter((number) => marks[number] === 1);
    },
    [notes, functions],
  );
}

const server = await serve();
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--js-flags=--expose-gc'],
});
try {
  const called = new Set();
  for (const screen of SCREENS) {
    for (const number of await functionsCalled(screen)) called.add(number);
  }
  console.log([...called].join('\n'));
} finally {
  await browser.close();
  server.close();
}
