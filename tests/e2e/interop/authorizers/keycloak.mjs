// Keycloak in its development mode, with one realm that is imported at the start and forgotten at the end.

import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { freePort, startProgram } from '../program.mjs';

export const title = 'Keycloak';

export const settings = [
  'A client with "Client authentication" off (`publicClient`) and "Standard flow" alone.',
  '"Valid redirect URIs": the address of `callback.html`; "Valid post logout redirect URIs": the page to come back to.',
  '"Web origins": the origin of the app, without a slash at the end. Without it the browser keeps the answers from the page.',
  '"Proof Key for Code Exchange Code Challenge Method": S256.',
  'In the realm, "Revoke Refresh Token" on and reuse 0, so that refresh tokens rotate; "Consent required" where people shall be asked.',
  'The issuer is `…/realms/NAME`, without a slash at the end.',
];

export const notOffered = {};

export { nameOf, people } from '../people.mjs';

const PASSWORD = 'interop';

export async function start({ home, work, demo, page }) {
  // A copy: it writes beside its programs, and the next run shall find nothing of this one.
  const run = path.join(work, 'keycloak');
  await rm(run, { recursive: true, force: true });
  await cp(home, run, { recursive: true });
  await mkdir(path.join(run, 'data/import'), { recursive: true });
  const realm = await readFile(new URL('keycloak-realm.json', import.meta.url), 'utf8');
  const places = { DEMO: demo, PAGE: page, DEMO_ORIGIN: new URL(demo).origin, PAGE_ORIGIN: new URL(page).origin };
  const filled = realm.replace(/\$\{(\w+)\}/g, (_, name) => places[name]);
  await writeFile(path.join(run, 'data/import/realm.json'), filled);
  const port = await freePort();
  const management = await freePort();
  const issuer = `http://localhost:${port}/realms/interop`;
  const words = [`--http-port=${port}`, `--http-management-port=${management}`, '--http-host=127.0.0.1', '--import-realm'];
  const stop = await startProgram({
    name: title,
    command: [path.join(run, 'bin/kc.sh'), 'start-dev', ...words],
    env: { JAVA_OPTS_KC_HEAP: '-Xms64m -Xmx384m', KC_DB: 'dev-mem' },
    log: path.join(work, 'keycloak.log'),
    url: `${issuer}/.well-known/openid-configuration`,
    seconds: 300,
  });
  const version = (await readFile(path.join(home, 'version.txt'), 'utf8')).match(/\d+\.\d+\.\d+/)[0];
  return { issuer, clientId: 'pkce-login-demo', scope: 'openid profile email', accessTokenSeconds: 30, version, stop };
}

export const signInPage = (page) => page.getByLabel('Username or email');

export async function signIn(page, person) {
  await page.getByLabel('Username or email').fill(person);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign In' }).click();
}

export const allowButton = (page) => page.getByRole('button', { name: 'Yes', exact: true });
export const denyButton = (page) => page.getByRole('button', { name: 'No', exact: true });
