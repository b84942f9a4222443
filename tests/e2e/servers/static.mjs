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

// The example apps, as `cargo xtask examples` builds them.
export const EXAMPLES = process.env.EXAMPLES ?? fileURLToPath(new URL('../../../target/examples', import.meta.url));

// The example with every option of the client, as `cargo xtask every-option` builds it.
export const EVERY_OPTION = process.env.EVERY_OPTION ?? fileURLToPath(new URL('../../../target/every-option', import.meta.url));

// Serves the directory `root` under the path `prefix`. `log` holds every request line, as a host's log would: with the
// query, without the body; `bodies` holds what a host gets besides, `referers` every Referer.
//
// - `headers`: sent with every answer
// - `headersOf`: gives what is sent besides with the answer to an address
// - `pages`: name -> text of further pages, or a function from the text of the page that is there
// - `fallback`: the page for every path that is no file, as an app with a router wants it
// - `rewrite`: gives what is sent in the place of a file, from its octets
export async function start({ port = 0, root = DIST, prefix = '/', headers = {}, headersOf = () => ({}), pages = {}, fallback, rewrite } = {}) {
  const log = [];
  const referers = [];
  const bodies = [];
  const server = await listen(async (request, response) => {
    log.push(`${request.method} ${request.url}`);
    if (request.headers.referer) referers.push(request.headers.referer);
    if (request.method === 'POST') bodies.push(Buffer.concat(await request.toArray()).toString());
    const found = await find(request, { root, prefix, pages });
    const isLost = found.status === 404 && fallback;
    const reply = isLost ? await find({ method: request.method, url: prefix + fallback }, { root, prefix, pages }) : found;
    if (rewrite && Buffer.isBuffer(reply.body)) reply.body = rewrite(reply.body);
    response.writeHead(reply.status, { 'content-type': reply.type ?? 'text/plain; charset=utf-8', ...headers, ...headersOf(request.url), ...reply.headers });
    response.end(request.method === 'HEAD' ? undefined : reply.body);
  }, port);
  const origin = `http://localhost:${server.port}`;
  return { origin, url: origin + prefix, log, bodies, referers, close: server.close };
}

async function find(request, { root, prefix, pages }) {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return { status: 405, headers: { allow: 'GET, HEAD' }, body: 'Method not allowed\n' };
  }
  const { pathname } = new URL(request.url, 'http://localhost');
  if (!pathname.startsWith(prefix)) return notFound();
  const asked = pathname.slice(prefix.length);
  const name = asked === '' || asked.endsWith('/') ? `${asked}index.html` : asked;
  const page = pages[name];
  if (typeof page === 'string') return { status: 200, type: TYPES[path.extname(name)], body: page };
  const file = path.join(root, decodeName(name));
  if (file !== root && !file.startsWith(root + path.sep)) return notFound();
  try {
    const read = await readFile(file);
    const body = page ? page(read.toString()) : read;
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
