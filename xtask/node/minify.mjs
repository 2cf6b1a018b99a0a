// Minifies the scripts and style sheets FILE… in place.
// Usage: node minify.mjs FILE…

import { readFileSync, writeFileSync } from 'node:fs';
import { extname } from 'node:path';
import { transform } from 'esbuild';

for (const file of process.argv.slice(2)) {
  const loader = extname(file).slice(1);
  const { code } = await transform(readFileSync(file, 'utf8'), {
    loader,
    minify: true,
    format: loader === 'js' ? 'esm' : undefined,
    target: ['chrome120', 'firefox128', 'safari17'],
  });
  writeFileSync(file, code);
}
