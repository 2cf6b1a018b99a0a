// Puts what is fetched once the page stands beside it, under names that change with the contents, and
// tells FOLDER/index.html these names: the editor in FOLDER/editor/, kubectl's long texts in
// FOLDER/texts/. Trunk runs this at the end of each build, with FOLDER in TRUNK_STAGING_DIR.

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleEditor } from './bundle-editor.mjs';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');
const TEXTS = ['help.txt', 'explain.txt'];

const folder = process.env.TRUNK_STAGING_DIR;
const page = join(folder, 'index.html');
if (!existsSync(page)) throw new Error(`no page in ${folder}`);

function hashOf(...contents) {
  const hash = createHash('sha256');
  for (const content of contents) hash.update(content);
  return hash.digest('hex').slice(0, 16);
}

function write(name, content) {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

for (const part of ['editor', 'texts']) rmSync(join(folder, part), { recursive: true, force: true });

const { script, licences } = await bundleEditor();
const editor = `editor/code-${hashOf(script)}.js`;
write(editor, script);
write('editor/licences.txt', licences);

const contents = TEXTS.map((name) => readFileSync(join(ROOT, 'sim/src/kubectl', name)));
const texts = `texts/${hashOf(...contents)}/`;
TEXTS.forEach((name, index) => write(texts + name, contents[index]));

let text = readFileSync(page, 'utf8');
for (const [place, name] of [['__EDITOR__', editor], ['__TEXTS__', texts]]) {
  if (!text.includes(place)) throw new Error(`index.html has no place ${place}`);
  text = text.replaceAll(place, name);
}
writeFileSync(page, text);
