// Times the wasm benchmarks and prints a JSON line per figure. Usage: node bench.mjs MODULE.js [NAME…]
//
// The module exports list(), names separated by newlines; prepare(name), which is not timed; and
// run(name), which is. As wasm has no clock, run answers with JSON lines that say what to make of
// the time: milliseconds divided by `per`, or `count` divided by the time in millions a second.
// Each benchmark gets a fresh instance, so that the memory it reaches is its own, and the best of
// five runs counts.

import { createRequire } from 'node:module';
import { resolve } from 'node:path';

const RUNS = 5;
const PATH = resolve(process.argv[2]);
const ONLY = process.argv.slice(3);
const require = createRequire(import.meta.url);

// The module keeps its memory to itself, so it is noted as the instance is made.
let memory;
WebAssembly.Instance = class extends WebAssembly.Instance {
  constructor(module, imports) {
    super(module, imports);
    ({ memory } = this.exports);
  }
};

function freshInstance() {
  delete require.cache[PATH];
  return require(PATH);
}

function timed(work) {
  const start = performance.now();
  const result = work();
  return { ms: performance.now() - start, result };
}

function measure(name) {
  const instance = freshInstance();
  const runs = Array.from({ length: RUNS }, () => {
    instance.prepare(name);
    return timed(() => instance.run(name));
  });
  const best = Math.min(...runs.map((run) => run.ms));
  const figures = parse(runs.at(-1).result).map((figure) => valued(figure, best));
  const bytes = memory.buffer.byteLength;
  return [...figures, { name: `${name}.memory`, value: bytes, unit: 'bytes' }];
}

function valued({ name, per, count, unit }, ms) {
  const value = count === undefined ? ms / per : count / ms / 1000;
  return { name, value: Number(value.toPrecision(4)), unit };
}

function parse(lines) {
  return lines.split('\n').filter(Boolean).map((line) => JSON.parse(line));
}

const wanted = (name) => name && (ONLY.length === 0 || ONLY.includes(name));
for (const name of freshInstance().list().split('\n').filter(wanted)) {
  for (const figure of measure(name)) console.log(JSON.stringify(figure));
}
