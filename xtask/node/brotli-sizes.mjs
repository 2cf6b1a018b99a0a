// Prints "raw bytes, brotli bytes, name" for each file of a folder that a page is made of.
// Usage: node brotli-sizes.mjs FOLDER

import { readFileSync, readdirSync } from 'node:fs';
import { extname, join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';

const COUNTED = new Set(['.html', '.js', '.mjs', '.wasm', '.css']);
const isCounted = (name) => COUNTED.has(extname(name)) || /^texts\/.*\.txt$/.test(name);

const folder = process.argv[2];
const names = readdirSync(folder, { recursive: true })
  .filter(isCounted)
  .sort();

for (const name of names) {
  const bytes = readFileSync(join(folder, name));
  const compressed = brotliCompressSync(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 11,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  });
  console.log([bytes.length, compressed.length, name].join('\t'));
}
