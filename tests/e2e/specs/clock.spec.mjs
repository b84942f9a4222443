// A device whose clock is wrong, at an authorizer whose `Date` no page of another origin may read.

import { readFile } from 'node:fs/promises';
import path from 'node:path';

import { PACKAGE, expect, test as base } from '../element.mjs';
import * as mixUp from '../servers/mix-up.mjs';
import * as staticHost from '../servers/static.mjs';

const test = base.extend({
  there: async ({}, use) => {
    const { honest, close } = await mixUp.start();
    const callback = await readFile(path.join(PACKAGE, 'callback.html'), 'utf8');
    const page = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A clock</title>
      <script>window.told = []; addEventListener('pkce-signed-in', (event) => told.push(event.detail.clockIsAheadBy), true);</script>
      <script type="module" src="element.js"></script></head><body>
      <pkce-login issuer="${honest.issuer}" client-id="${honest.clientId}" redirect-uri="/callback.html"></pkce-login></body></html>`;
    const site = await staticHost.start({ root: PACKAGE, pages: { 'index.html': page, 'callback.html': callback } });
    honest.redirectUri = `${site.url}callback.html`;
    await use({ site, honest });
    await site.close();
    await close();
  },
});

for (const hours of [-23, -1, 1, 23]) {
  test(`behaviour 10: a clock that is ${hours} h off signs in where nobody can read the authorizer’s, and is told`, async ({ page, there }) => {
    await page.addInitScript((ahead) => {
      const now = Date.now.bind(Date);
      Date.now = () => now() + ahead;
    }, hours * 3_600_000);
    await page.goto(there.site.url);
    await page.locator('pkce-login').getByRole('button', { name: 'Sign in' }).click();
    await expect(page.locator('pkce-login').getByRole('button', { name: 'Sign out' })).toBeVisible();
    expect(there.honest.tokenRequests).toHaveLength(1);
    const [told] = await page.evaluate(() => window.told);
    expect(Math.abs(told - hours * 3_600)).toBeLessThan(60);
  });
}
