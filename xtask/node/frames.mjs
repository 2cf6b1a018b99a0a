// Rolls Deployments on the built page and prints a JSON line per figure: what a frame costs the main
// thread, by Chromium's own tracing, and the longest time between two pictures.
// Usage: node frames.mjs [REPLICAS…]
//
// A frame's work is that of all tasks of the main thread from one animation frame to the next.
// PROFILE=FILE writes where the time of the first run went, as a CPU profile for DevTools.

import { chromium } from '@playwright/test';
import { serve } from '../../tests/e2e/serve.mjs';
import { writeFileSync } from 'node:fs';

const RATE = 500;
const NODES = { 3: 3, 50: 3, 100: 3, 1_000: 20, 10_000: 200 };
const SIZES = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [3, 50, 100, 1_000, 10_000];
// Long enough for the pods of v2 to load and for those of v1 to leave.
const WATCHED_MS = 20_000;

async function type(page, line) {
  const prompt = page.getByRole('textbox', { name: 'Command line' });
  await prompt.fill(line);
  await prompt.press('Enter');
}

// The nearest step of a slider whose spoken value begins with `text`.
async function turn(page, name, text) {
  const slider = page.getByRole('slider', { name, exact: true });
  const last = Number(await slider.getAttribute('max'));
  for (let step = 0; step <= last; step += 1) {
    await slider.fill(String(step));
    if ((await slider.getAttribute('aria-valuetext')) === text) return;
  }
  throw new Error(`${name} has no step ${text}`);
}

// v1 runs with so many replicas, and 500 requests come a second.
async function prepared(page, replicas) {
  await page.goto(server.address);
  await page.getByRole('tab', { name: 'Knobs' }).click();
  await turn(page, 'Nodes', String(NODES[replicas] ?? 200));
  await turn(page, 'Requests', `${RATE}/s`);
  await type(page, `sed 's/replicas: 3/replicas: ${replicas}/' 1-inference-v1.yaml | kubectl apply -f -`);
  await page.getByRole('slider', { name: 'Speed' }).fill('6');
  await page.getByRole('button', { name: 'Play', exact: true }).click();
  const story = page.getByLabel('What happens');
  const done = story.filter({ hasText: `All ${replicas} pods run v1` });
  await done.waitFor({ timeout: 120_000 });
  await page.getByRole('slider', { name: 'Speed' }).fill('3');
}

// What a trace tells of the main thread: the work of each frame, in milliseconds.
function frames(events) {
  const isMain = (event) => event.name === 'thread_name' && event.args.name === 'CrRendererMain';
  const drawn = events.filter((event) => event.name === 'FireAnimationFrame');
  const counts = new Map();
  for (const { pid, tid } of drawn) counts.set(`${pid}/${tid}`, (counts.get(`${pid}/${tid}`) ?? 0) + 1);
  const [busiest] = [...counts].sort((a, b) => b[1] - a[1])[0];
  if (!events.some((event) => isMain(event) && `${event.pid}/${event.tid}` === busiest)) {
    throw new Error('no main thread in the trace');
  }
  const here = (event) => `${event.pid}/${event.tid}` === busiest;
  const starts = drawn.filter(here).map((event) => event.ts).sort((a, b) => a - b);
  const tasks = events.filter((event) => here(event) && /RunTask$/.test(event.name) && event.dur);
  const work = new Array(starts.length).fill(0);
  let index = 0;
  for (const task of tasks.sort((a, b) => a.ts - b.ts)) {
    // A task that holds the frame begins before it.
    while (index + 1 < starts.length && starts[index + 1] <= task.ts + task.dur) index += 1;
    if (task.ts + task.dur >= starts[0]) work[index] += task.dur / 1_000;
  }
  const gaps = starts.slice(1).map((start, at) => (start - starts[at]) / 1_000);
  return { work: work.slice(1, -1), gaps };
}

function at(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

function print(name, value, unit) {
  console.log(JSON.stringify({ name, value: Number(value.toPrecision(4)), unit }));
}

async function measure(replicas, profileTo) {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  page.on('pageerror', (error) => console.error(String(error)));
  await prepared(page, replicas);
  const cdp = await page.context().newCDPSession(page);
  if (profileTo) {
    await cdp.send('Profiler.enable');
    await cdp.send('Profiler.start');
  }
  await browser.startTracing(page, { categories: ['toplevel', 'devtools.timeline', '__metadata'] });
  await type(page, 'kubectl set env deployment/inference VERSION=v2');
  await page.waitForTimeout(WATCHED_MS);
  const trace = JSON.parse((await browser.stopTracing()).toString());
  if (profileTo) {
    writeFileSync(profileTo, JSON.stringify((await cdp.send('Profiler.stop')).profile));
  }
  if (process.env.SCREENSHOT) await page.screenshot({ path: `${process.env.SCREENSHOT}-${replicas}.png` });
  const { work, gaps } = frames(trace.traceEvents);
  const sorted = work.toSorted((a, b) => a - b);
  print(`frames_${replicas}.median`, at(sorted, 0.5), 'ms');
  print(`frames_${replicas}.p95`, at(sorted, 0.95), 'ms');
  print(`frames_${replicas}.worst`, sorted.at(-1), 'ms');
  print(`frames_${replicas}.worst_gap`, Math.max(...gaps), 'ms');
  print(`frames_${replicas}.rate`, (1_000 * gaps.length) / gaps.reduce((a, b) => a + b), 'frames/s');
  await page.close();
}

const server = await serve();
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
});
try {
  let profileTo = process.env.PROFILE;
  for (const replicas of SIZES) {
    await measure(replicas, profileTo);
    profileTo = undefined;
  }
} finally {
  await browser.close();
  server.close();
}
