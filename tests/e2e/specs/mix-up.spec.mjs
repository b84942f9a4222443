// Two elements on one page, each with an authorizer and a redirect URI of its own, and one of the authorizers lies
// (RFC 9700, section 4.4): the honest one's code goes to nobody else, and the honest element shows nobody else's person.

import { readFile } from 'node:fs/promises';
import path from 'node:path';

import { PACKAGE, drawn, expect, test as base } from '../element.mjs';
import * as mixUp from '../servers/mix-up.mjs';
import * as staticHost from '../servers/static.mjs';

const test = base.extend({
  authorizers: [
    async ({}, use) => {
      const two = await mixUp.start();
      await use(two);
      await two.close();
    },
    { scope: 'worker' },
  ],
  two: async ({ authorizers }, use) => {
    authorizers.reset();
    const callback = await readFile(path.join(PACKAGE, 'callback.html'), 'utf8');
    const element = (name, more = '') => {
      const { issuer, clientId } = authorizers[name];
      return `<pkce-login id="${name}" issuer="${issuer}" client-id="${clientId}" redirect-uri="/cb-${name}.html"${more}></pkce-login>`;
    };
    const page = (names, more) => `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Two authorizers</title>
      <script>window.told = []; for (const type of ['signed-in', 'error']) addEventListener('pkce-' + type, (event) => told.push([type, event.target.id]), true);</script>
      <script type="module" src="element.js"></script></head><body><h1>Two</h1>${names.map((name) => element(name, more)).join(' ')}</body></html>`;
    const site = await staticHost.start({
      root: PACKAGE,
      pages: {
        'cb-honest.html': callback,
        'cb-evil.html': callback,
        'honest-first.html': page(['honest', 'evil']),
        'evil-first.html': page(['evil', 'honest']),
        'popup.html': page(['honest', 'evil'], ' mode="popup"'),
      },
    });
    for (const name of ['honest', 'evil']) authorizers[name].redirectUri = `${site.url}cb-${name}.html`;
    await use({ ...authorizers, site });
    await site.close();
  },
});

const button = (page, name) => page.locator(`#${name}`).getByRole('button', { name: /^(Sign in|Try again)$/ });

async function open(page, site, file) {
  await page.goto(new URL(file, site.url).href);
  for (const name of ['honest', 'evil']) {
    await button(page, name).hover();
    await drawn(page, `#${name}`);
  }
}

// Nobody is signed in, nothing was sent to a token endpoint, and nothing lies in the tab.
async function expectNothing(page, { honest, evil }) {
  for (const name of ['honest', 'evil']) {
    await drawn(page, `#${name}`);
    await expect(button(page, name)).toBeVisible();
    expect(await page.locator(`#${name}`).evaluate((element) => element.user)).toBeNull();
  }
  await expect.poll(() => page.evaluate(() => sessionStorage.getItem('pkce-login.answer'))).toBeNull();
  expect(await page.evaluate(() => window.told.filter(([type]) => type === 'signed-in'))).toEqual([]);
  expect([evil.tokenRequests.length, honest.tokenRequests.length]).toEqual([0, 0]);
}

for (const file of ['honest-first.html', 'evil-first.html']) {
  for (const mode of ['pass-on', 'answer-elsewhere']) {
    test(`an evil authorizer that does "${mode}" gets nothing (${file})`, async ({ page, two }) => {
      two.evil.mode = mode;
      await open(page, two.site, file);
      const back = page.waitForRequest((request) => request.url().startsWith(two.honest.redirectUri));
      await button(page, 'evil').click();
      await back;
      await page.waitForURL((url) => url.pathname.endsWith(file));
      await expectNothing(page, two);
      expect(two.honest.authorizations).toBe(mode === 'pass-on' ? 1 : 0);
      // The honest one still signs in, on the same page.
      await button(page, 'honest').click();
      await expect(page.locator('#honest').getByRole('button', { name: 'Sign out' })).toBeVisible();
      expect(await page.locator('#honest').evaluate((element) => element.user.sub)).toBe('honest-person');
      expect(two.evil.tokenRequests).toHaveLength(0);
    });
  }

  test(`each of two authorizers signs its own people in (${file})`, async ({ page, two }) => {
    for (const name of ['evil', 'honest']) {
      await open(page, two.site, file);
      await button(page, name).click();
      await expect(page.locator(`#${name}`).getByRole('button', { name: 'Sign out' })).toBeVisible();
      expect(await page.locator(`#${name}`).evaluate((element) => element.user.sub)).toBe(`${name}-person`);
      expect(two[name].tokenRequests).toHaveLength(1);
    }
  });
}

for (const mode of ['pass-on', 'answer-elsewhere']) {
  test(`in a window of its own "${mode}" gets nothing either`, async ({ page, two }) => {
    two.evil.mode = mode;
    await open(page, two.site, 'popup.html');
    const opened = page.waitForEvent('popup');
    await button(page, 'evil').click();
    await opened;
    await expect.poll(() => page.evaluate(() => window.told)).toContainEqual(['error', 'evil']);
    await expectNothing(page, two);
  });
}
