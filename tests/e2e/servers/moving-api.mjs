// An API that has moved, in ways that APIs do, and one that never stops talking.

import { gzipSync } from 'node:zlib';

import { listen } from './listen.mjs';

const ALLOW = {
  'access-control-allow-origin': '*',
  'access-control-allow-headers': 'authorization, dpop',
};

// What `/squeezed` answers is small on the way and larger than any answer once it is unpacked.
const SQUEEZED = gzipSync(Buffer.alloc(8 * 1024 * 1024, ' '));

// `got` holds `{ host, path, authorization }` of each request. `/items` leads to `/items/` of the same origin, `/away` to an
// origin that is no API of the app, and `/round` there and back.
export async function start() {
  const got = [];
  const stopped = [];
  const server = await listen((request, response) => {
    if (request.method === 'OPTIONS') return response.writeHead(204, ALLOW).end();
    const { host, authorization = '' } = request.headers;
    const { pathname } = new URL(request.url, 'http://api.localhost');
    got.push({ host: host.split(':')[0], path: pathname, authorization });
    const go = (location) => response.writeHead(307, { ...ALLOW, location }).end();
    switch (pathname) {
      case '/items':
        return go('/items/');
      case '/away':
        return go(`http://elsewhere.localhost:${server.port}/taken`);
      case '/round':
        return go(`http://elsewhere.localhost:${server.port}/back`);
      case '/back':
        return go(`http://api.localhost:${server.port}/items/`);
      case '/endless':
        response.writeHead(200, { ...ALLOW, 'content-type': 'application/json' });
        response.on('close', () => stopped.push(pathname));
        return talk(response);
      case '/squeezed':
        response.writeHead(200, { ...ALLOW, 'content-type': 'application/json', 'content-encoding': 'gzip', 'content-length': SQUEEZED.length });
        return response.end(SQUEEZED);
      default:
        response.writeHead(200, { ...ALLOW, 'content-type': 'application/json' });
        return response.end('{}');
    }
  });
  return { url: `http://api.localhost:${server.port}`, got, stopped, close: server.close };
}

// For as long as somebody listens.
function talk(response) {
  const piece = Buffer.alloc(64 * 1024, ' ');
  const more = () => {
    while (!response.destroyed && response.write(piece));
  };
  response.on('drain', more);
  more();
}
