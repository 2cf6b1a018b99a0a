// Bundles the editor, which is a program of its own.

import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');
const CODE = join(ROOT, 'app/src/editor/code');

// CodeMirror's style sheets go the way of code/style-mod.mjs.
const styles = {
  name: 'styles',
  setup({ onResolve, resolve }) {
    onResolve({ filter: /^style-mod(-itself)?$/ }, ({ path, pluginData, ...from }) => {
      if (pluginData === styles) return null;
      return path === 'style-mod'
        ? { path: join(CODE, 'style-mod.mjs') }
        : resolve('style-mod', { ...from, kind: 'import-statement', pluginData: styles });
    });
  },
};

const packageOf = (input) => input.match(/^node_modules\/((?:@[^/]+\/)?[^/]+)\//)?.[1];

function licences(inputs) {
  const names = new Set(inputs.map(packageOf).filter(Boolean));
  const texts = [...names].sort().map((name) => {
    const folder = join(ROOT, 'node_modules', name);
    const { version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
    if (!file || license !== 'MIT') throw new Error(`${name}: look at its licence (${license})`);
    return `${name} ${version}\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
  });
  return `The editor is built from these packages.\n\n${texts.join(`\n${'-'.repeat(72)}\n\n`)}`;
}

// The script, and the licences of what it is made of.
export async function bundleEditor() {
  const result = await build({
    absWorkingDir: ROOT,
    entryPoints: [join(CODE, 'main.mjs')],
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    write: false,
    metafile: true,
    banner: { js: '/* CodeMirror and Lezer, MIT licence: see licences.txt */' },
    plugins: [styles],
    logLevel: 'warning',
  });
  const [{ contents }] = result.outputFiles;
  return { script: contents, licences: licences(Object.keys(result.metafile.inputs)) };
}
