// An HTTP server on both loopback addresses: a browser that looks up `as.localhost` may try either.

import { createServer } from 'node:http';

const ADDRESSES = ['127.0.0.1', '::1'];

// Listens on `port`, or on a free one for 0. Resolves to `{ port, close }`.
export async function listen(handler, port = 0) {
  const servers = [];
  for (const address of ADDRESSES) {
    const server = createServer(handler);
    try {
      await listening(server, servers[0]?.address().port ?? port, address);
      servers.push(server);
    } catch (error) {
      // A machine may be without IPv6; one address is then all there is.
      const absent = error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT';
      if (servers.length > 0 && absent) continue;
      await closeAll(servers);
      throw error;
    }
  }
  return { port: servers[0].address().port, close: () => closeAll(servers) };
}

function listening(server, port, host) {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host }, resolve);
  });
}

// Open connections are cut: some are kept waiting on purpose and would never end.
async function closeAll(servers) {
  await Promise.all(
    servers.map((server) => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      return closed;
    }),
  );
}
