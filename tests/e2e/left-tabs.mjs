// Tabs that show no page of the app while somebody signs out in another one: the same tests in each browser, because what a
// page that was left still hears is the browser's choice.

import { address, expectState, open, pressSignIn } from './ways.mjs';

async function signIn(page, expect) {
  await pressSignIn(page);
  // The second time, the authorizer knows the person.
  await expect(async () => {
    for (const name of ['Sign in as Ada Demo', 'Allow']) {
      const button = page.getByRole('button', { name });
      if (await button.isVisible()) await button.click();
    }
    expect(await page.locator('#state').textContent({ timeout: 500 })).toContain('signed_in');
  }).toPass();
}

// `test` has the fixtures `context`, `page` and `host`.
export function leftTabs(test, expect) {
  test.describe('a tab that shows another site while somebody signs out', () => {
    for (const storage of ['memory', 'tab']) {
      test(`is signed out when the person goes back (${storage})`, async ({ context, page, host }) => {
        const provider = await host.provider();
        const url = address({ app: host.app, provider }, { storage, stay: '1' });
        const left = await context.newPage();
        for (const tab of [page, left]) {
          await open(tab, url);
          await signIn(tab, expect);
        }
        await left.goto(host.app.url.replace('localhost', 'elsewhere.localhost'));
        await page.bringToFront();
        await page.getByRole('button', { name: 'Sign out' }).click();
        await expectState(page, { status: 'signed_out' });
        await left.bringToFront();
        await left.goBack();
        await expectState(left, { status: 'signed_out' });
        await left.reload();
        await expectState(left, { status: 'signed_out' });
      });
    }

    test('works again with a new sign-in, and stays so', async ({ context, page, host }) => {
      const provider = await host.provider();
      const url = address({ app: host.app, provider }, { storage: 'tab', stay: '1' });
      await open(page, url);
      await signIn(page, expect);
      await page.getByRole('button', { name: 'Sign out' }).click();
      await expectState(page, { status: 'signed_out' });
      const other = await context.newPage();
      for (const tab of [page, other]) {
        await open(tab, url);
        await signIn(tab, expect);
      }
      for (const tab of [page, other]) {
        await tab.reload();
        await expectState(tab, { status: 'signed_in', person: 'ada' });
      }
    });
  });
}
