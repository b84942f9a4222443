// A server for tests that asks nobody anything: whoever comes is `johndoe`.

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

export const title = 'oauth2-mock-server';

export const settings = [
  'Nothing but a key for RS256: it takes every client, every address and every origin.',
  'Its issuer has no slash at the end; `issuer.url` sets another one.',
];

const ASKS_NOBODY = 'it has no pages and asks nobody';
export const notOffered = { consent: ASKS_NOBODY, denied: ASKS_NOBODY };

// Every code and every refresh token, from whoever has it.
export const takesAnything = true;

export const people = { usual: 'johndoe' };
export const nameOf = { johndoe: 'johndoe' };

export async function start({ home }) {
  const at = path.join(home, 'node_modules/oauth2-mock-server');
  const { version, exports } = JSON.parse(await readFile(path.join(at, 'package.json'), 'utf8'));
  const entry = exports?.['.']?.import ?? exports?.['.'] ?? './dist/index.mjs';
  const { OAuth2Server } = await import(pathToFileURL(path.join(at, entry.default ?? entry)));
  const server = new OAuth2Server();
  await server.issuer.keys.generate('RS256');
  server.service.on('beforeResponse', ({ body }) => {
    body.expires_in = 30;
  });
  await server.start(0, 'localhost');
  const stop = () => server.stop();
  return { issuer: server.issuer.url, clientId: 'pkce-login-demo', scope: 'openid profile', accessTokenSeconds: 30, version, stop };
}
