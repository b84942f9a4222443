// An app with Vite and TypeScript: built, and on Vite's development server.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { expect, test } from './fixtures.mjs';
import { KINDS, button, expectSignedIn, nameAt, signIn, signOut } from './flow.mjs';
import { home } from './prepare.mjs';

for (const dev of [false, true]) {
  const how = dev ? 'in development' : 'built';
  for (const kind of KINDS) {
    test(`${how}, ${kind}: the element signs in and tells the app`, async ({ host, page, watch }) => {
      const app = await host('vite', kind, { dev });
      await page.goto(app.url);
      await signIn(page, app);
      await expectSignedIn(page, app);
      await expect(page.getByText(`Hello ${nameAt(kind)}`)).toBeVisible();
      expect(page.url()).toBe(app.url);
      expect(watch.tokenRequests).toBe(1);
      await watch.expectClean(page);
      await signOut(page, app);
      await expect(page.getByText('Hello')).toBeHidden();
    });

    test(`${how}, ${kind}: six lines of TypeScript sign in and out`, async ({ host, page, watch }) => {
      const app = await host('vite', kind, { dev });
      await page.goto(`${app.url}headless.html`);
      await signIn(page, app);
      await expect(button(page, `Sign out ${nameAt(kind)}`)).toBeVisible();
      expect(page.url()).toBe(`${app.url}headless.html`);
      expect(watch.tokenRequests).toBe(1);
      await watch.expectClean(page);
      await button(page, `Sign out ${nameAt(kind)}`).click();
      await expect(button(page, 'Sign in')).toBeVisible();
    });
  }
}

// As a framework does that draws its pages on a server first.
test('importing the package on a server does nothing', async () => {
  const script = `
    const [element, headless] = [await import('pkce-login'), await import('pkce-login/headless')];
    console.log(typeof headless.createAuth, typeof element);
  `;
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { cwd: home('vite') });
  expect(stdout).toBe('function object\n');
  expect(stderr).toBe('');
});
