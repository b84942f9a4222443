// React in strict mode, which runs effects twice in development: as a hook of a few lines, and as the element in JSX.

import { expect, test } from './fixtures.mjs';
import { KINDS, button, deny, expectSignedIn, nameAt, signIn, signOut } from './flow.mjs';

for (const dev of [false, true]) {
  const how = dev ? 'in development' : 'built';
  for (const kind of KINDS) {
    test(`${how}, ${kind}: a hook signs in with one token request, and out`, async ({ host, page, watch }) => {
      const app = await host('react', kind, { dev });
      await page.addInitScript(noteStatus);
      await page.goto(app.url);
      await expect(page.getByText('Signed out')).toBeVisible();
      await signIn(page, app);
      await expect(page.getByText(`Signed in as ${nameAt(kind)}`)).toBeVisible();
      expect(page.url()).toBe(app.url);
      expect(watch.tokenRequests).toBe(1);
      // Nobody is told in between that they are signed out.
      expect(await page.evaluate(() => window.testStatus)).toEqual(['Getting ready…', `Signed in as ${nameAt(kind)}`]);
      await watch.expectClean(page);
      await button(page, 'Sign out').click();
      await expect(page.getByText('Signed out')).toBeVisible();
      expect(watch.tokenRequests).toBe(1);
    });

    test(`${how}, ${kind}: the element in JSX signs in with one token request, and out`, async ({ host, page, watch }) => {
      const app = await host('react', kind, { dev });
      await page.goto(`${app.url}?element`);
      await signIn(page, app);
      await expectSignedIn(page, app);
      await expect(page.getByText(`Hello ${nameAt(kind)}`)).toBeVisible();
      expect(page.url()).toBe(`${app.url}?element`);
      expect(watch.tokenRequests).toBe(1);
      await watch.expectClean(page);
      await signOut(page, app);
    });
  }
}

test('in development: who denies is told so once, and may try again', async ({ host, page, watch }) => {
  const app = await host('react', 'built-in', { dev: true });
  await page.goto(app.url);
  await deny(page, app);
  await expect(page.getByRole('status')).not.toHaveText(/^(Signed out|Getting ready…)?$/);
  await expect(button(page, 'Sign in')).toBeVisible();
  expect(watch.tokenRequests).toBe(0);
});

// Runs in each page: what its status said, one after the other.
function noteStatus() {
  window.testStatus = [];
  new MutationObserver(() => {
    const text = document.querySelector('[role=status]')?.textContent;
    if (text && text !== window.testStatus.at(-1)) window.testStatus.push(text);
  }).observe(document, { subtree: true, childList: true, characterData: true });
}
