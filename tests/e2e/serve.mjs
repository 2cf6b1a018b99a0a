// Serves dist/ on 127.0.0.1 as a static host would: `serve` for a script, and for a shell
// node serve.mjs PORT

import { readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync } from 'node:zlib';

const DIST = join(dirname(fileURLToPath(import.meta.url)), '../../dist');
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.md': 'text/markdown; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
};

// Paths are made absolute before they are joined, so `..` cannot leave the folder.
function fileOf(url) {
  const path = decodeURIComponent(new URL(url, 'http://localhost').pathname);
  return join(DIST, normalize(path.endsWith('/') ? `${path}index.html` : path));
}

const packed = new Map();

function answer(compress, request, response) {
  const file = fileOf(request.url);
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) {
    response.writeHead(404, { 'content-type': 'text/plain' }).end('not found\n');
    return;
  }
  const type = TYPES[extname(file)] ?? 'application/octet-stream';
  if (!compress || !/\bbr\b/.test(request.headers['accept-encoding'] ?? '')) {
    response.writeHead(200, { 'content-type': type }).end(readFileSync(file));
    return;
  }
  if (!packed.has(file)) packed.set(file, brotliCompressSync(readFileSync(file)));
  response.writeHead(200, { 'content-type': type, 'content-encoding': 'br' }).end(packed.get(file));
}

// Resolves once the server listens, with its address and a way to end it. Port 0 is a free one. With
// `compress`, answers are brotli, packed when they are first asked for.
export function serve(port = 0, compress = false) {
  const server = createServer((request, response) => answer(compress, request, response));
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = `http://127.0.0.1:${server.address().port}/`;
      resolve({ address, close: () => server.close() });
    });
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await serve(Number(process.argv[2]));
