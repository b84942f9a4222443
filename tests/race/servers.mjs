// The hosts of the pages, and the authorizer: gzip, caching by hash, and a network that is as slow as a profile says. The authorizer
// has https, which msal-browser asks for; the pages do not, as a browser caches nothing of a host whose certificate nobody signed.

import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';

import { generate } from 'selfsigned';

const TYPES = { '.css': 'text/css', '.html': 'text/html', '.js': 'text/javascript', '.json': 'application/json', '.wasm': 'application/wasm' };

// One line for all servers: what one sends, another waits for.
export class Network {
  #sockets = new Set();
  #ended = 0;
  #free = 0;
  #profile = {};

  set(profile) {
    this.#profile = profile;
    this.#free = 0;
  }

  // What was sent and received since the start, headers and all.
  get octets() {
    return [...this.#sockets].reduce((sum, socket) => sum + socket.bytesRead + socket.bytesWritten, this.#ended);
  }

  count(server) {
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => {
        this.#sockets.delete(socket);
        this.#ended += socket.bytesRead + socket.bytesWritten;
      });
    });
  }

  // Holds an answer of so many octets back for as long as it takes.
  async carry(octets) {
    const { rate, latency } = this.#profile;
    if (!rate) return;
    const now = performance.now();
    const begins = Math.max(now + latency, this.#free);
    this.#free = begins + (octets * 8000) / rate;
    await wait(this.#free - now);
  }
}

export async function listenSecurely(handler, port, network) {
  const certificate = await generate([{ name: 'commonName', value: 'localhost' }], { keyType: 'ec', days: 30, extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }, { type: 2, value: 'as.localhost' }] }] });
  return listening(createSecureServer({ key: certificate.private, cert: certificate.cert }, handler), port, network);
}

async function listening(server, port, network) {
  network.count(server);
  await new Promise((resolve) => server.listen(port, resolve));
  const close = () => new Promise((resolve) => (server.closeAllConnections(), server.close(resolve)));
  return { port: server.address().port, close };
}

// `files`: path -> octets. What has a hash in its name is kept for ever, all else is asked about each time.
export async function serve(files, network) {
  const ready = new Map();
  for (const [name, octets] of Object.entries(files)) {
    const etag = `"${createHash('sha256').update(octets).digest('hex').slice(0, 16)}"`;
    const isKept = !name.endsWith('.html') && !name.endsWith('callback-worker.js');
    ready.set(name, { body: gzipSync(octets, { level: 9 }), etag, type: TYPES[path.extname(name)], cache: isKept ? 'max-age=31536000, immutable' : 'no-cache' });
  }
  return listening(createServer(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    const found = ready.get(pathname.endsWith('/') ? `${pathname}index.html` : pathname);
    const headers = found && { 'content-type': found.type, 'cache-control': found.cache, etag: found.etag, vary: 'accept-encoding', 'content-encoding': 'gzip' };
    const isSame = found && request.headers['if-none-match'] === found.etag;
    const body = found && !isSame ? found.body : Buffer.alloc(0);
    await network.carry(body.length + 300);
    response.writeHead(found ? (isSame ? 304 : 200) : 404, headers);
    response.end(body);
  }), 0, network);
}

// Every file below a directory, by its path from it.
export async function below(directory, prefix = '/') {
  const files = {};
  for (const entry of await readdir(directory, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath ?? entry.path, entry.name);
    files[prefix + path.relative(directory, file).split(path.sep).join('/')] = await readFile(file);
  }
  return files;
}
