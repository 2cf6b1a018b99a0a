// Bundles the editor into FOLDER/editor/ and tells FOLDER/index.html its name, which changes with its
// content. Trunk runs this at the end of each build, with FOLDER in TRUNK_STAGING_DIR.

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');
const CODE = join(ROOT, 'app/src/editor/code');
const PLACE = '__EDITOR__';

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

const folder = process.env.TRUNK_STAGING_DIR;
const page = join(folder, 'index.html');
if (!existsSync(page)) throw new Error(`no page in ${folder}`);

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
const hash = createHash('sha256').update(contents).digest('hex').slice(0, 16);
const name = `editor/code-${hash}.js`;
rmSync(join(folder, 'editor'), { recursive: true, force: true });
mkdirSync(join(folder, 'editor'));
writeFileSync(join(folder, name), contents);
writeFileSync(join(folder, 'editor/licences.txt'), licences(Object.keys(result.metafile.inputs)));
const text = readFileSync(page, 'utf8');
if (!text.includes(PLACE)) throw new Error('index.html has no place for the name of the editor');
writeFileSync(page, text.replaceAll(PLACE, name));
