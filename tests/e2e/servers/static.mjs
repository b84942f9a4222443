// A static host that knows nothing of the app: files, 404 for what is not there, 405 for anything but GET and HEAD.

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { listen } from './listen.mjs';

export const DIST = fileURLToPath(new URL('../../../dist', import.meta.url));

const TYPES = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.mjs': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
};

// Serves the directory `root` under the path `prefix`. `log` holds every request line, as a host's log would: with the
// query, without the body.
export async function start({ port = 0, root = DIST, prefix = '/' } = {}) {
  const log = [];
  const server = await listen(async (request, response) => {
    log.push(`${request.method} ${request.url}`);
    const reply = await find(request, root, prefix);
    response.writeHead(reply.status, { 'content-type': reply.type ?? 'text/plain; charset=utf-8', ...reply.headers });
    response.end(request.method === 'HEAD' ? undefined : reply.body);
  }, port);
  const origin = `http://localhost:${server.port}`;
  return { origin, url: origin + prefix, log, close: server.close };
}

async function find(request, root, prefix) {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return { status: 405, headers: { allow: 'GET, HEAD' }, body: 'Method not allowed\n' };
  }
  const { pathname } = new URL(request.url, 'http://localhost');
  if (!pathname.startsWith(prefix)) return notFound();
  const name = pathname.slice(prefix.length);
  const file = path.join(root, decodeName(name), name === '' || name.endsWith('/') ? 'index.html' : '');
  if (file !== root && !file.startsWith(root + path.sep)) return notFound();
  try {
    const body = await readFile(file);
    return { status: 200, type: TYPES[path.extname(file)] ?? 'application/octet-stream', body };
  } catch {
    return notFound();
  }
}

function decodeName(name) {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

function notFound() {
  return { status: 404, body: 'Not found\n' };
}
