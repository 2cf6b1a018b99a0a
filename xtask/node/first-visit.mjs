// Opens the instrumented page in FOLDER and prints the numbers of the functions that ran until its
// first pictures stood: on a wide and a narrow screen, light and dark.
// Usage: node first-visit.mjs FOLDER NOTES FUNCTIONS
//
// NOTES is where in the module's memory each function left its mark.

import { chromium } from '@playwright/test';
import { spawn } from 'node:child_process';

const [notes, functions] = process.argv.slice(3).map(Number);
// Another one for each build, so that two do not meet.
const PORT = 9800 + (process.pid % 1000);
const SCREENS = [
  { viewport: { width: 1280, height: 800 }, colorScheme: 'light' },
  { viewport: { width: 390, height: 844 }, colorScheme: 'dark' },
];

async function open(page) {
  for (let tries = 50; ; tries -= 1) {
    const opened = await page.goto(`http://127.0.0.1:${PORT}/`).catch(() => null);
    if (opened?.ok()) return;
    if (tries === 0) throw new Error('the page does not open');
  }
}

async function functionsCalled(screen) {
  const page = await browser.newPage(screen);
  page.on('pageerror', (error) => console.error(String(error)));
  await page.addInitScript(() => {
    addEventListener('TrunkApplicationStarted', (event) => (globalThis.program = event.detail.wasm));
  });
  await open(page);
  await page.getByRole('button', { name: /^Apply/ }).waitFor();
  // Where there is room for it, the editor takes its place.
  if (screen.viewport.width > 1000) await page.locator('.cm-editor').waitFor();
  return page.evaluate(
    async ([notes, functions]) => {
      for (let frames = 60; frames > 0; frames -= 1) {
        await new Promise(requestAnimationFrame);
        // What ends with an object of JavaScript runs when that is collected, soon or late.
        if (frames % 20 === 0) globalThis.gc();
      }
      const marks = new Uint8Array(globalThis.program.memory.buffer, notes, functions);
      return Array.from(marks.keys()).filter((number) => marks[number] === 1);
    },
    [notes, functions],
  );
}

const server = spawn('node', ['tests/e2e/serve.mjs', String(PORT)], { stdio: 'inherit' });
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
  server.kill();
}
