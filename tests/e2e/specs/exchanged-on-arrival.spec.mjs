// A code that the callback worker exchanges while the app's page is on its way: the published package, on a host of its own, with
// oidc-provider. What the app may still be when it arrives, and what must not be sent.

import { PACKAGE } from '../element.mjs';
import { expect, test as base } from '../fixtures.mjs';
import * as oidcProvider from '../servers/oidc-provider.mjs';
import * as staticHost from '../servers/static.mjs';
import { allowThere } from '../ways.mjs';

// `more` is what the page adds to its options.
const html = ({ more = '', login = '' }) => `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>App</title><link rel="icon" href="data:,"></head><body><button>Sign in</button><p id="state"></p><script type="module">
import { createAuth } from './headless.js';
import { options } from './options.js';
const auth = await createAuth({ ...options, ${more} });
document.querySelector('#state').textContent = auth.isSignedIn ? 'in as ' + auth.user.sub : 'out ' + (auth.error?.code ?? '');
document.querySelector('button').onclick = () => auth.login({ ${login} }).catch(() => {});
</script></body></html>`;

const test = base.extend({
  there: async ({}, use) => {
    const pages = {
      'index.html': html({}),
      // Leaves from a page that has no transport of its own, and comes back to one that has.
      'leaves.html': html({ login: "returnTo: '/own.html'" }),
      'own.html': html({ more: 'fetch: (...given) => fetch(...given)' }),
    };
    const host = await staticHost.start({ root: PACKAGE, pages });
    const provider = await oidcProvider.start({ app: host.url });
    pages['options.js'] = `export const options = ${JSON.stringify({ issuer: provider.issuer, clientId: provider.clientId, scope: 'openid' })};`;
    await use({ host, provider });
    await provider.close();
    await host.close();
  },
});

const tokenRequests = ({ provider }) => provider.log.filter(({ method, path: at }) => method === 'POST' && at === '/token').length;
const state = (page) => page.locator('#state');

// Goes to the authorizer with a login that left its token request for the worker, and gives what the tab keeps of that login.
async function leave(page, { host }, name = '') {
  const logins = [];
  await page.exposeBinding('testKept', (_, key, text) => key.startsWith('pkce-login.pending.') && logins.push(JSON.parse(text)));
  await page.addInitScript(() => {
    const set = Storage.prototype.setItem;
    Storage.prototype.setItem = function (key, text) {
      set.call(this, key, text);
      window.testKept(key, text);
    };
  });
  // The worker is made ready when the page has nothing else to do, and a press may come before that.
  await expect(async () => {
    await page.goto(host.url + name);
    await expect(state(page)).toHaveText(/^out/);
    await page.getByRole('button').click();
    await page.getByRole('button', { name: 'Sign in as Ada Demo' }).waitFor();
    expect(logins.at(-1)).toHaveProperty('token_request');
  }).toPass();
  return logins.at(-1);
}

test('a page that sends its requests itself is signed in with what the worker was told', async ({ page, there }) => {
  await leave(page, there, 'leaves.html');
  await allowThere(page);
  await expect(state(page)).toHaveText(/^in as/);
  expect(page.url()).toBe(`${there.host.url}own.html`);
  expect(tokenRequests(there)).toBe(1);
});

for (const [title, answer, code] of [
  ['of another issuer', 'code=theirs&iss=https%3A%2F%2Fevil.example', 'iss_mismatch'],
  ['with a second code', 'code=theirs&code=others', 'duplicate_parameter'],
  ['with a token in it', 'code=theirs&access_token=theirs', 'unexpected_token'],
]) {
  test(`an answer ${title} is refused, and nothing was sent for it before`, async ({ page, there }) => {
    const login = await leave(page, there);
    await page.goto(`${there.host.url}callback.html?${answer}&state=${login.state}`);
    await expect(state(page)).toHaveText(`out ${code}`);
    expect(tokenRequests(there)).toBe(0);
  });
}
